// What users change of themselves: profile, password, accounts.
#include "base/encoding.hpp"
#include "identity/users.hpp"
#include "session/gate.hpp"
#include "storage/cells.hpp"
#include "support/attempt.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

constexpr std::string_view password = "correct horse battery", next = "another horse battery";

class OwnData : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override {
        ASSERT_TRUE(crypto::start().ok());
        ann_ = actor("ann@x.co");
        bob_ = actor("bob@x.co");
    }
    Actor actor(std::string_view email) {
        std::optional<session::Session> made;
        const auto user = users_.sign_up({.name = "A", .email = email, .password = password},
                                         [&](storage::Tx& tx, const User& who) -> Result<void> {
                                             CS_TRY(made, sessions_.issue(tx, who.id, session::Remember::yes, {}));
                                             return {};
                                         });
        EXPECT_TRUE(user.ok());
        return SessionGate{sessions_}.identify(made->token, clock.now())->actor;
    }
    User stored(std::string_view email) {
        return *users_.sign_in(attempt_, email, password, [](storage::Tx&, const User&) -> Result<void> { return {}; });
    }
    Code sign_in(std::string_view secret) {
        const auto done =
            users_.sign_in(attempt_, "ann@x.co", secret, [](storage::Tx&, const User&) -> Result<void> { return {}; });
        return done.ok() ? Code::count_ : done.error().code();
    }
    Code change(std::string_view current, std::string_view wanted) {
        const auto done =
            users_.change_password(attempt_, *ann_, current, wanted, [this](storage::Tx&) -> Result<void> {
                ++followed_;
                return {};
            });
        return done.ok() ? Code::count_ : done.error().code();
    }

    crypto::HashPermits permits_{2, 64};
    session::Sessions sessions_{*storage, clock, random, {.expires_in = Seconds{86400}}};
    Users users_{*storage, permits_, clock, random, crypto::HmacKey{bytes_of("a key of the test")}, {}};
    std::optional<Actor> ann_, bob_;
    testing_support::StepAttempt attempt_;
    int followed_ = 0;
};

TEST_F(OwnData, ISO_01_a_change_names_what_changes_and_touches_the_caller_only) {
    const User before = stored("bob@x.co");
    clock.advance(Seconds{60});
    const auto updated =
        users_.update(*ann_, {.name = "Ada", .image = std::optional<std::string_view>{"i"}, .fields = {}});
    ASSERT_TRUE(updated.ok());
    EXPECT_EQ(updated->name, "Ada");
    EXPECT_EQ(updated->updated_at, clock.now());
    EXPECT_EQ(stored("ann@x.co").image, "i");
    ASSERT_TRUE(
        users_.update(*ann_, {.name = std::nullopt, .image = std::optional<std::string_view>{}, .fields = {}}).ok());
    EXPECT_EQ(stored("ann@x.co").image, std::nullopt);
    EXPECT_EQ(stored("ann@x.co").name, "Ada");
    EXPECT_EQ(row_from_user(stored("bob@x.co")), row_from_user(before));
}

TEST_F(OwnData, PWD_13_SES_07_a_password_is_changed_by_who_knows_the_old_one) {
    EXPECT_EQ(change("wrong horse battery", next), Code::login_password);
    EXPECT_EQ(change(password, "short"), Code::password_too_short);
    EXPECT_EQ(change(password, std::string(129, 'x')), Code::password_too_long);
    EXPECT_EQ(followed_, 0);
    EXPECT_EQ(sign_in(password), Code::count_);
    EXPECT_EQ(change(password, next), Code::count_);
    EXPECT_EQ(followed_, 1);
    EXPECT_EQ(sign_in(password), Code::login_password);
    EXPECT_EQ(sign_in(next), Code::count_);
    EXPECT_EQ(stored("bob@x.co").email, "bob@x.co") << "with the password of before";
}

TEST_F(OwnData, SES_07_what_follows_and_fails_leaves_the_old_password) {
    const auto done = users_.change_password(
        attempt_, *ann_, password, next, [](storage::Tx&) -> Result<void> { return fail(Code::storage_unavailable); });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(sign_in(password), Code::count_);
}

TEST_F(OwnData, SES_07_of_two_changes_that_prove_the_same_password_the_second_is_refused) {
    testing_support::AttemptWithCallback attempt;
    attempt.after_proof = [this] { EXPECT_EQ(change(password, next), Code::count_); };
    const auto late =
        users_.change_password(attempt, *ann_, password, "a thief's horse", [](storage::Tx&) -> Result<void> {
            ADD_FAILURE() << "nothing follows";
            return {};
        });
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code(), Code::login_password);
    EXPECT_EQ(sign_in(next), Code::count_);
}

TEST_F(OwnData, verifying_says_whether_it_is_the_password) {
    EXPECT_TRUE(users_.verify_password(attempt_, *ann_, password).ok());
    for (const std::string& wrong : {std::string{"wrong horse battery"}, std::string(200, 'x'), std::string{}}) {
        const auto done = users_.verify_password(attempt_, *ann_, wrong);
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error().code(), Code::login_password);
    }
}

TEST_F(OwnData, PWD_09_a_hash_of_another_system_is_verified_changed_and_replaced) {
    const std::string bcrypt = "$2b$04$nJ3MDXe6MJJxvD.mJNin3uLJQsTquHyOZ8oWxXLBq7jk3eEDIllYO";    // of `password`
    const storage::Value set[]{bcrypt, clock.now()}, keys[]{ann_->user().text(), "credential"};
    const auto import_hash = [&] {
        const auto row = storage->reader().find_one(storage::statements::account_of_user, keys);
        const storage::Value where[]{(**row)[0]};
        EXPECT_TRUE(storage
                        ->transact([&](storage::Tx& tx) -> Result<void> {
                            CS_TRY([[maybe_unused]] const auto done,
                                   tx.update(storage::statements::account_reset_password, set, where));
                            return {};
                        })
                        .ok());
    };
    const auto scheme = [&] {
        const auto row = storage->reader().find_one(storage::statements::account_of_user, keys);
        return crypto::scheme_of(*storage::cell<std::string>(**row, *storage::account_table.index_of("password")));
    };
    import_hash();
    EXPECT_FALSE(users_.verify_password(attempt_, *ann_, "correct horse batterz").ok());
    EXPECT_EQ(scheme(), crypto::PasswordScheme::foreign);
    EXPECT_TRUE(users_.verify_password(attempt_, *ann_, password).ok());
    EXPECT_EQ(scheme(), crypto::PasswordScheme::better_auth_scrypt);
    EXPECT_TRUE(users_.verify_password(attempt_, *ann_, password).ok());
    import_hash();
    EXPECT_EQ(change("correct horse batterz", next), Code::login_password);
    EXPECT_EQ(change(password, next), Code::count_);
    EXPECT_EQ(scheme(), crypto::PasswordScheme::better_auth_scrypt);
    EXPECT_EQ(sign_in(next), Code::count_);
}

TEST_F(OwnData, ISO_01_accounts_are_listed_and_taken_away_but_for_the_last) {
    const storage::Value none;
    const auto add = [&](const Actor& who, const std::string& id) {
        const storage::Row row{id,
                               "x",
                               "github",
                               who.user().text(),
                               "at",
                               "rt",
                               "it",
                               none,
                               none,
                               "a,b",
                               none,
                               testing_support::noon - Seconds{1},
                               testing_support::noon};
        EXPECT_TRUE(
            storage->transact([&](storage::Tx& tx) { return tx.create(storage::statements::account_create, row); })
                .ok());
    };
    const auto refused = [&](const Actor& who, std::string_view id) {
        const auto done = users_.unlink(who, id);
        return done.ok() ? Code::count_ : done.error().code();
    };
    const std::string last = users_.list_accounts(*ann_)->front().id;
    EXPECT_EQ(refused(*ann_, last), Code::account_last);
    add(*ann_, "of-ann");
    add(*bob_, "of-bob");
    const auto accounts = users_.list_accounts(*ann_);
    ASSERT_TRUE(accounts.ok());
    ASSERT_EQ(accounts->size(), 2U);
    EXPECT_EQ((*accounts)[0].scopes, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(refused(*ann_, "of-bob"), Code::account_unknown);
    EXPECT_EQ(users_.list_accounts(*bob_)->size(), 2U);
    EXPECT_EQ(refused(*ann_, "of-ann"), Code::count_);
    EXPECT_EQ(refused(*ann_, last), Code::account_last);
}

}    // namespace
}    // namespace countersign::identity
