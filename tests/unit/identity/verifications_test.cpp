// Single-use values: who can take one, how often, until when, and what stands in the table meanwhile.
#include "identity/verifications.hpp"

#include <cmath>
#include <latch>
#include <thread>

#include "crypto/digest.hpp"
#include "identity/outbox.hpp"
#include "storage/cells.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

namespace st = storage::statements;

/// Where values are kept.
enum class Place : std::uint8_t { table, store, both };
std::string name_of(Place place) {
    constexpr std::string_view names[]{"table", "store", "both"};
    return std::string{names[static_cast<std::size_t>(place)]};
}

class SingleUseRig : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override { use({.store = StoreIdentifier::hashed, .earlier = Earlier::replaced}); }
    virtual Place place() const = 0;
    void use(VerificationOptions options) {
        options.beside = place() == Place::both ? ValueRows::all : ValueRows::none;
        made_.emplace(*storage, clock, random, options, place() == Place::table ? nullptr : &kept_);
    }
    Verifications& made() { return *made_; }

    std::string issue(Purpose purpose, const std::string& user = "ann") {
        const std::string token = made().new_token(purpose);
        EXPECT_TRUE(
            storage->transact([&](storage::Tx& tx) { return made().issue(tx, purpose, token, UserId{user}); }).ok());
        return token;
    }
    /// Who takes it; empty for nobody.
    std::string take(Purpose purpose, std::string_view token) {
        std::string user;
        EXPECT_TRUE(storage
                        ->transact([&](storage::Tx& tx) -> Result<void> {
                            CS_TRY(const std::optional<UserId> taken, made().take(tx, purpose, token));
                            if (taken) user = taken->text();
                            return {};
                        })
                        .ok());
        return user;
    }
    bool is_there(Purpose purpose, std::string_view token) {
        const auto found = made().find(purpose, token);
        return found.ok() && found->has_value();
    }
    std::int64_t rows() {
        std::int64_t removed = 0;
        EXPECT_FALSE(storage
                         ->transact([&](storage::Tx& tx) -> Result<void> {
                             const storage::Value end = clock.now() + Seconds{1'000'000};
                             CS_TRY(removed, tx.remove_many(st::verification_purge, {&end, 1}));
                             return fail(Code::internal_fault, "only counted");
                         })
                         .ok());
        return removed;
    }
    std::vector<std::string> stored_keys() const {
        std::vector<std::string> keys;
        for (const auto& entry : kept_.entries()) keys.push_back(entry.key);
        return keys;
    }
    storage::MemoryKeyValues kept_{clock};
    std::optional<Verifications> made_;
};

/// What holds wherever values are kept.
class SingleUse : public SingleUseRig, public testing::WithParamInterface<Place> {
  protected:
    Place place() const override { return GetParam(); }
};
class SingleUseTable : public SingleUseRig {
  protected:
    Place place() const override { return Place::table; }
};
class SingleUseStore : public SingleUseRig {
  protected:
    Place place() const override { return place_; }
    void keep_in(Place where, const VerificationOptions& options) {
        place_ = where;
        use(options);
    }
    Place place_ = Place::store;
};

INSTANTIATE_TEST_SUITE_P(Kept, SingleUse, testing::Values(Place::table, Place::store, Place::both),
                         [](const auto& param) { return name_of(param.param); });

TEST_P(SingleUse, REC_01_tokens_have_at_least_128_bits_and_live_no_longer_than_a_day) {
    for (const PurposeRow& row : purposes) {
        const double bits = static_cast<double>(row.token_length) * std::log2(static_cast<double>(row.alphabet.size()));
        EXPECT_GE(bits, 128) << row.prefix;
        // What takes an address back waits for an owner who is away (REC-06).
        EXPECT_LE(row.life, Seconds{(row.id == Purpose::revert_email ? 7 : 1) * 86'400}) << row.prefix;
        EXPECT_EQ(made().new_token(row.id).size(), row.token_length);
    }
    EXPECT_EQ(purposes[static_cast<std::size_t>(Purpose::reset_password)].life, Seconds{3600});
}

TEST_P(SingleUse, REC_06_what_takes_an_address_back_is_ended_by_what_came_before_it_only) {
    const std::string first = issue(Purpose::revert_email);
    clock.advance(Milliseconds{1});
    const std::string second = issue(Purpose::revert_email), reset = issue(Purpose::reset_password);
    clock.advance(Milliseconds{1});
    const std::string third = issue(Purpose::revert_email), foreign = issue(Purpose::revert_email, "bob");
    EXPECT_TRUE(storage->transact([&](storage::Tx& tx) { return made().revoke_all(tx, UserId{"ann"}); }).ok());
    EXPECT_FALSE(is_there(Purpose::reset_password, reset));
    for (const std::string& token : {first, second, third}) EXPECT_TRUE(is_there(Purpose::revert_email, token));
    EXPECT_TRUE(storage
                    ->transact([&](storage::Tx& tx) -> Result<void> {
                        CS_TRY(const auto held, made().take_held(tx, Purpose::revert_email, second));
                        EXPECT_EQ(held->user, UserId{"ann"});
                        return made().revoke_since(tx, held->user, held->since);
                    })
                    .ok());
    EXPECT_TRUE(is_there(Purpose::revert_email, first));
    EXPECT_FALSE(is_there(Purpose::revert_email, second));
    EXPECT_FALSE(is_there(Purpose::revert_email, third));
    EXPECT_TRUE(is_there(Purpose::revert_email, foreign));
}

TEST_P(SingleUse, REC_02_REC_04_a_token_is_taken_once_for_its_purpose_and_in_time) {
    const std::string good = issue(Purpose::reset_password);
    struct Case {
        std::string_view name;
        Purpose purpose;
        std::string token;
    };
    const Case refused[]{
        {"of another purpose", Purpose::delete_account, good},
        {"of another purpose, named in the token", Purpose::email_token, "reset-password:" + good},
        {"empty", Purpose::reset_password, ""},
        {"cut", Purpose::reset_password, good.substr(0, 23)},
        {"longer", Purpose::reset_password, good + "a"},
        {"with NUL behind", Purpose::reset_password, good + std::string(1, '\0')},
        {"with NUL in front", Purpose::reset_password, std::string(1, '\0') + good},
        {"emoji", Purpose::reset_password, "🔑"},
        {"1 MB", Purpose::reset_password, std::string(1'000'000, 'a')},
        {"SQL", Purpose::reset_password, "' OR 1=1 --"},
        {"any text", Purpose::reset_password, "%"},
        {"what stands in the table", Purpose::reset_password, crypto::token_hash("reset-password:" + good)},
    };
    for (const Case& c : refused) {
        EXPECT_EQ(take(c.purpose, c.token), "") << c.name;
        EXPECT_FALSE(is_there(c.purpose, c.token)) << c.name;
    }
    EXPECT_TRUE(is_there(Purpose::reset_password, good));
    EXPECT_EQ(take(Purpose::reset_password, good), "ann");
    EXPECT_EQ(take(Purpose::reset_password, good), "");
    EXPECT_FALSE(is_there(Purpose::reset_password, good));
}

TEST_P(SingleUse, a_token_ends_at_its_end) {
    const std::string token = issue(Purpose::reset_password);
    clock.advance(Seconds{3600} - Milliseconds{1});
    EXPECT_TRUE(is_there(Purpose::reset_password, token));
    clock.advance(Milliseconds{1});
    EXPECT_FALSE(is_there(Purpose::reset_password, token));
    EXPECT_EQ(take(Purpose::reset_password, token), "");
}

TEST_P(SingleUse, REC_03_a_newer_token_ends_the_earlier_one_of_the_same_user_and_purpose_only) {
    const std::string first = issue(Purpose::reset_password), other_purpose = issue(Purpose::delete_account),
                      other_user = issue(Purpose::reset_password, "bob"), second = issue(Purpose::reset_password);
    EXPECT_EQ(take(Purpose::reset_password, first), "");
    EXPECT_EQ(take(Purpose::delete_account, other_purpose), "ann");
    EXPECT_EQ(take(Purpose::reset_password, other_user), "bob");
    EXPECT_EQ(take(Purpose::reset_password, second), "ann");
}

TEST_P(SingleUse, REC_03_all_of_a_user_are_revoked_together) {
    const std::string reset = issue(Purpose::reset_password), removal = issue(Purpose::delete_account),
                      link = issue(Purpose::email_token), other = issue(Purpose::reset_password, "bob");
    ASSERT_TRUE(storage->transact([&](storage::Tx& tx) { return made().revoke_all(tx, UserId{"ann"}); }).ok());
    EXPECT_FALSE(is_there(Purpose::reset_password, reset));
    EXPECT_FALSE(is_there(Purpose::delete_account, removal));
    EXPECT_FALSE(is_there(Purpose::email_token, link));
    EXPECT_TRUE(is_there(Purpose::reset_password, other));
}

TEST_P(SingleUse, as_in_Better_Auth_earlier_ones_stay_where_that_is_asked) {
    use({.store = StoreIdentifier::plain, .earlier = Earlier::kept});
    const std::string first = issue(Purpose::reset_password), second = issue(Purpose::reset_password);
    EXPECT_EQ(take(Purpose::reset_password, second), "ann");
    EXPECT_EQ(take(Purpose::reset_password, first), "ann");
}

TEST_F(SingleUseTable, REC_01_the_table_holds_a_hash_or_as_configured_the_token_itself) {
    const auto identifier = [&](const std::string& stored) {
        const storage::Value keys[]{stored, clock.now()};
        const auto row = storage->reader().find_one(st::verification_find, keys);
        return row.ok() && row->has_value();
    };
    const std::string hashed = issue(Purpose::reset_password);
    EXPECT_TRUE(identifier(crypto::token_hash("reset-password:" + hashed)));
    EXPECT_FALSE(identifier("reset-password:" + hashed));
    use({.store = StoreIdentifier::plain, .earlier = Earlier::kept});
    const std::string plain = issue(Purpose::delete_account);
    EXPECT_TRUE(identifier("delete-account-" + plain));
    EXPECT_FALSE(is_there(Purpose::reset_password, hashed));    // plain mode reads no hashes, as Better Auth
    use({.store = StoreIdentifier::hashed, .earlier = Earlier::kept});
    EXPECT_TRUE(is_there(Purpose::delete_account, plain));    // but hashed mode reads what was plain
    EXPECT_EQ(take(Purpose::delete_account, plain), "ann");
    EXPECT_EQ(take(Purpose::reset_password, hashed), "ann");
}

TEST_P(SingleUse, INP_12_of_50_redeemers_at_once_one_succeeds) {
    const std::string token = issue(Purpose::reset_password);
    constexpr int redeemers = 50;
    std::latch together{redeemers};
    std::atomic<int> won{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < redeemers; ++i) {
        threads.emplace_back([&] {
            together.arrive_and_wait();
            if (take(Purpose::reset_password, token) == "ann") ++won;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(won, 1);
}

TEST_P(SingleUse, what_takes_it_and_then_fails_has_not_taken_it) {
    const std::string token = issue(Purpose::reset_password);
    const auto failed = storage->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(const std::optional<UserId> user, made().take(tx, Purpose::reset_password, token));
        EXPECT_TRUE(user.has_value());
        return fail(Code::storage_unavailable);
    });
    EXPECT_FALSE(failed.ok());
    EXPECT_EQ(take(Purpose::reset_password, token), "ann");
}

TEST_F(SingleUseTable, expired_rows_are_purged_at_most_once_a_minute) {
    for (const char* user : {"a", "b", "c"}) issue(Purpose::reset_password, user);
    clock.advance(Seconds{4000});
    issue(Purpose::reset_password, "d");    // the purge is due, and comes with it
    EXPECT_EQ(rows(), 1);
    clock.advance(Seconds{4000});
    issue(Purpose::delete_account, "e");
    EXPECT_EQ(rows(), 1);
    issue(Purpose::reset_password, "f");
    clock.advance(Seconds{59});
    issue(Purpose::reset_password, "g");
    EXPECT_EQ(rows(), 3);
}

/// Counts what is asked of it, and does nothing.
class Counter final : public storage::Executor {
  public:
    Result<void> query(const storage::Statement& statement, storage::Values,
                       const std::function<void(storage::Row)>&) override {
        asked.emplace_back(*statement.table->name);
        return {};
    }
    Result<std::int64_t> execute(const storage::Statement& statement, storage::Values) override {
        asked.emplace_back(*statement.table->name);
        return std::int64_t{1};
    }
    std::vector<std::string_view> asked;
};

TEST_F(SingleUseTable, ENU_04_nobody_costs_the_statements_of_somebody) {
    Outbox outbox{*storage, clock, random, crypto::Keyring{Secret::from_text("a secret of the test, 32 bytes!!")}};
    const Message mail{
        .at = {}, .to = "ann@x.co", .kind = "k", .subject = "s", .text = "t", .url = "u", .token = "v", .otp = {}};
    Counter known, unknown;
    storage::Tx known_tx{known}, unknown_tx{unknown};
    ASSERT_TRUE(made().issue(known_tx, Purpose::reset_password, "token", UserId{"ann"}).ok());
    ASSERT_TRUE(outbox.put(known_tx, mail).ok());
    ASSERT_TRUE(made().issue_nothing(unknown_tx, Purpose::reset_password, "token").ok());
    ASSERT_TRUE(outbox.put_nothing(unknown_tx, mail).ok());
    EXPECT_EQ(known.asked.size(), 5U);
    EXPECT_EQ(known.asked, unknown.asked);
}

TEST_P(SingleUse, ENU_04_nothing_stays_of_nobody) {
    ASSERT_TRUE(storage
                    ->transact([&](storage::Tx& tx) {
                        return made().issue_nothing(tx, Purpose::reset_password, "abcdefghijklmnopqrstuvwx");
                    })
                    .ok());
    EXPECT_EQ(rows(), 0);
    EXPECT_TRUE(stored_keys().empty());
    EXPECT_FALSE(is_there(Purpose::reset_password, "abcdefghijklmnopqrstuvwx"));
}

TEST_F(SingleUseStore, stand_there_as_Better_Auth_writes_them_and_in_no_row) {
    keep_in(Place::store, {.store = StoreIdentifier::plain, .earlier = Earlier::kept});
    clock.advance(Milliseconds{1});
    const std::string token = issue(Purpose::reset_password);
    const auto all = kept_.entries();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].key, "verification:reset-password:" + token);
    EXPECT_EQ(all[0].value, R"({"identifier":"reset-password:)" + token +
                                R"(","value":"ann","expiresAt":"2026-11-24T13:00:00.001Z",)" +
                                R"("createdAt":"2026-11-24T12:00:00.001Z","updatedAt":"2026-11-24T12:00:00.001Z"})");
    EXPECT_EQ(all[0].ttl, Seconds{3600});
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(take(Purpose::reset_password, token), "ann");
    EXPECT_TRUE(stored_keys().empty());
}

TEST_F(SingleUseStore, REC_01_hashed_ones_hold_no_token) {
    const std::string token = issue(Purpose::reset_password);
    const std::string stored = crypto::token_hash("reset-password:" + token);
    EXPECT_EQ(stored_keys(),
              (std::vector{"verification-of:" + crypto::token_hash("reset-password:ann"), "verification:" + stored}));
    for (const auto& entry : kept_.entries()) EXPECT_FALSE((entry.key + entry.value).contains(token));
    EXPECT_EQ(take(Purpose::reset_password, stored), "");
    EXPECT_EQ(take(Purpose::reset_password, token), "ann");
}

TEST_F(SingleUseStore, hashed_mode_takes_what_was_plain_as_Better_Auth_does) {
    const VerificationOptions plain{.store = StoreIdentifier::plain, .earlier = Earlier::kept},
        hashed{.store = StoreIdentifier::hashed, .earlier = Earlier::kept};
    for (const Place where : {Place::store, Place::both}) {
        keep_in(where, plain);
        const std::string before = issue(Purpose::delete_account);
        keep_in(where, hashed);
        const std::string after = issue(Purpose::reset_password);
        EXPECT_TRUE(is_there(Purpose::delete_account, before));
        EXPECT_EQ(take(Purpose::delete_account, before), "ann");
        EXPECT_EQ(take(Purpose::delete_account, before), "");
        keep_in(where, plain);
        EXPECT_FALSE(is_there(Purpose::reset_password, after)) << "plain mode reads no hashes";
        keep_in(where, hashed);
        EXPECT_EQ(take(Purpose::reset_password, after), "ann");
        EXPECT_TRUE(stored_keys().empty());
    }
}

TEST_F(SingleUseStore, with_rows_beside_it_they_decide_and_outlive_it) {
    keep_in(Place::both, {.store = StoreIdentifier::hashed, .earlier = Earlier::replaced});
    const std::string token = issue(Purpose::reset_password), other = issue(Purpose::delete_account);
    EXPECT_EQ(rows(), 2);
    const std::string key = "verification:" + crypto::token_hash("reset-password:" + token);
    EXPECT_TRUE(kept_.get(key)->value_or("").contains(R"({"id":")"));
    kept_.clear();
    EXPECT_TRUE(is_there(Purpose::reset_password, token));
    EXPECT_EQ(take(Purpose::reset_password, token), "ann");
    // Whatever the store still says of one that was taken.
    ASSERT_TRUE(kept_
                    .set(key,
                         R"({"identifier":"x","value":"ann","expiresAt":"2027-01-01T00:00:00.000Z",)"
                         R"("createdAt":"2026-01-01T00:00:00.000Z"})",
                         Seconds{60})
                    .ok());
    EXPECT_EQ(take(Purpose::reset_password, token), "");
    EXPECT_EQ(take(Purpose::delete_account, other), "ann");
}

TEST_F(SingleUseStore, what_is_given_back_ends_when_it_would_have) {
    const std::string token = issue(Purpose::reset_password);
    clock.advance(Seconds{3000});
    EXPECT_FALSE(storage
                     ->transact([&](storage::Tx& tx) -> Result<void> {
                         CS_TRY(const std::optional<UserId> user, made().take(tx, Purpose::reset_password, token));
                         EXPECT_TRUE(user.has_value());
                         EXPECT_FALSE(is_there(Purpose::reset_password, token)) << "nobody else has it meanwhile";
                         return fail(Code::storage_unavailable);
                     })
                     .ok());
    EXPECT_TRUE(is_there(Purpose::reset_password, token));
    clock.advance(Seconds{600});
    EXPECT_FALSE(is_there(Purpose::reset_password, token));
    EXPECT_TRUE(kept_.entries().empty());
}

TEST_F(SingleUseStore, REC_03_of_two_issued_at_once_one_stays) {
    constexpr int issuers = 8;
    std::latch together{issuers};
    std::vector<std::string> tokens(issuers);
    std::vector<std::thread> threads;
    for (int i = 0; i < issuers; ++i) {
        threads.emplace_back([&, i] {
            together.arrive_and_wait();
            for (int n = 0; n < 20; ++n) tokens[static_cast<std::size_t>(i)] = issue(Purpose::reset_password);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(kept_.entries().size(), 2U) << "the last one, and who has it";
    EXPECT_EQ(
        std::ranges::count_if(tokens, [&](const std::string& one) { return is_there(Purpose::reset_password, one); }),
        1);
}

}    // namespace
}    // namespace countersign::identity
