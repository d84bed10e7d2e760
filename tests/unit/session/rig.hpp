// Sessions over the memory backend, with two users and a clock that is moved by hand.
#pragma once

#include "session/gate.hpp"
#include "storage/cells.hpp"
#include "support/domain.hpp"

namespace countersign::session {

namespace st = storage::statements;
using testing_support::noon;

inline constexpr Seconds hour{3600}, day{86400}, week{7 * 86400};
inline constexpr SessionOptions usual{.expires_in = week, .unremembered_expires_in = day, .update_age = day};

class SessionTest : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override {
        add_user("ann", "ann@x.co");
        add_user("bob", "bob@x.co");
        use(usual);
    }
    void use(const SessionOptions& options) { sessions_.emplace(*storage, clock, random, options); }
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

    std::optional<Sessions> sessions_;
};

}    // namespace countersign::session
