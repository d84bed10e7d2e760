// Sessions wherever they can be kept, with two users and a clock that is moved by hand.
#pragma once

#include "session/gate.hpp"
#include "storage/cells.hpp"
#include "support/domain.hpp"

namespace countersign::session {

namespace st = storage::statements;
using testing_support::noon;

inline constexpr Seconds hour{3600}, day{86400}, week{7 * 86400};
inline constexpr SessionOptions usual{.expires_in = week, .unremembered_expires_in = day, .update_age = day};

/// Where sessions are kept.
enum class Place : std::uint8_t { table, store, both, store_with_record };
inline constexpr std::pair<Place, std::string_view> places[]{{Place::table, "table"},
                                                             {Place::store, "store"},
                                                             {Place::both, "both"},
                                                             {Place::store_with_record, "store_with_record"}};
inline std::string name_of(Place place) { return std::string{places[static_cast<std::size_t>(place)].second}; }

class SessionRig : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override {
        add_user("ann", "ann@x.co");
        add_user("bob", "bob@x.co");
        use(usual);
    }
    virtual Place place() const = 0;
    void use(SessionOptions options) {
        constexpr RowsBeside rows[]{RowsBeside::none, RowsBeside::none, RowsBeside::live, RowsBeside::also_ended};
        options.beside = rows[static_cast<std::size_t>(place())];
        sessions_.emplace(*storage, clock, random, options, place() == Place::table ? nullptr : &store);
    }
    Session issue(const std::string& user = "ann", Remember remember = Remember::yes) {
        std::optional<Session> made;
        EXPECT_TRUE(storage
                        ->transact([&](storage::Tx& tx) -> Result<void> {
                            CS_TRY(made, sessions_->issue(tx, UserId{user}, remember, {"192.0.2.7", "agent/1"}));
                            return {};
                        })
                        .ok());
        return *made;
    }
    Result<SessionGate::Found> identify(const std::string& token) {
        return SessionGate{*sessions_}.identify(token, clock.now());
    }
    Code refusal(const std::string& token) {
        const auto found = identify(token);
        return found.ok() ? Code::count_ : found.error().code();
    }
    /// A row says why it opens nothing any more; an entry is gone.
    Code refusal_at_end() const {
        return place() == Place::table || place() == Place::both ? Code::session_expired : Code::session_unknown;
    }
    std::vector<std::string> stored_keys() const {
        std::vector<std::string> keys;
        for (const auto& entry : store.entries()) keys.push_back(entry.key);
        return keys;
    }
    /// Rows and entries.
    std::string everything_of(std::string_view user) {
        std::string all;
        for (const storage::Row& row : identify_any(user))
            all += std::get<std::string>(row[2]) + to_iso8601(std::get<Instant>(row[1]));
        for (const auto& entry : store.entries()) all += entry.key + entry.value;
        return all;
    }
    /// What stands in the token column; sessions are few here.
    std::vector<std::string> stored_tokens(std::string_view user) {
        const auto found = identify_any(user);
        std::vector<std::string> tokens;
        for (const storage::Row& row : found) tokens.push_back(std::get<std::string>(row[2]));
        return tokens;
    }
    std::vector<storage::Row> identify_any(std::string_view user) {
        static constexpr storage::Where of_user[]{{.column = "userId"}};
        static constexpr storage::Unowned all{.statement = {.id = "t.sessions_of",
                                                            .op = storage::Op::find_many,
                                                            .table = &storage::session_table,
                                                            .where = of_user},
                                              .reason = "test"};
        const storage::Value key = std::string{user};
        return storage->reader().find_many(all, {&key, 1}).value_or(std::vector<storage::Row>{});
    }

    storage::MemoryKeyValues store{clock};
    std::optional<Sessions> sessions_;
};

/// What holds wherever sessions are kept.
class SessionTest : public SessionRig, public testing::WithParamInterface<Place> {
  protected:
    Place place() const override { return GetParam(); }
};
/// Of rows, and of entries.
class SessionTable : public SessionRig {
  protected:
    Place place() const override { return Place::table; }
};
class SessionStore : public SessionRig {
  protected:
    Place place() const override { return Place::store; }
};

}    // namespace countersign::session
