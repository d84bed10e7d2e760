// Whoever checks a password asks before it costs anything, and again before the outcome is told or has an effect.
#include "support/attempt.hpp"

#include "base/encoding.hpp"
#include "identity/users.hpp"
#include "session/gate.hpp"
#include "support/domain.hpp"

namespace countersign::identity {
namespace {

using testing_support::StepAttempt;
using Steps = std::vector<std::string>;

constexpr std::string_view password = "correct horse battery", wrong = "wrong horse battery";

class Attempts : public testing::Test, protected testing_support::Domain {
  protected:
    void SetUp() override {
        ASSERT_TRUE(crypto::start().ok());
        std::optional<session::Session> made;
        const auto user = users_.sign_up({.name = "A", .email = "ann@x.co", .password = password},
                                         [&](storage::Tx& tx, const User& who) -> Result<void> {
                                             CS_TRY(made, sessions_.issue(tx, who.id, session::Remember::yes, {}));
                                             return {};
                                         });
        ASSERT_TRUE(user.ok());
        id_ = user->id.text();
        ann_ = SessionGate{sessions_}.identify(made->token, clock.now())->actor;
        add_user("federated", "federated@x.co");
        add_credential("federated", std::nullopt, "github");
        add_user("odd", "odd@x.co");
        add_credential("odd", "$2b$10$abcdefghijklmnopqrstuv");
    }
    Code sign_in(StepAttempt& attempt, std::string_view email, std::string_view secret) {
        const auto done = users_.sign_in(attempt, email, secret, [this](storage::Tx&, const User&) -> Result<void> {
            ++effects_;
            return {};
        });
        return done.ok() ? Code::count_ : done.error().code();
    }
    Code change(StepAttempt& attempt, std::string_view current) {
        const auto done = users_.change_password(attempt, *ann_, current, "another horse", [this](storage::Tx&) {
            ++effects_;
            return Result<void>{};
        });
        return done.ok() ? Code::count_ : done.error().code();
    }
    Code verify(StepAttempt& attempt, std::string_view secret) {
        const auto done = users_.verify_password(attempt, *ann_, secret);
        return done.ok() ? Code::count_ : done.error().code();
    }

    crypto::HashPermits permits_{2, 64};
    session::Sessions sessions_{*storage, clock, random, {.expires_in = Seconds{86400}}};
    Users users_{*storage, permits_, clock, random, crypto::HmacKey{bytes_of("a key of the test")}, {}};
    std::optional<Actor> ann_;
    std::string id_;
    int effects_ = 0;
};

TEST_F(Attempts, ENU_07_what_is_an_attempt_and_how_it_ends) {
    struct Case {
        std::string_view name, email, secret;
        Steps steps;
    };
    const Case table[]{
        {"the right password", "Ann@X.co", password, {"begin ann@x.co", "proved"}},
        {"a wrong one", "ann@x.co", wrong, {"begin ann@x.co", "failed"}},
        {"nobody", "nobody@x.co", wrong, {"begin nobody@x.co", "failed"}},
        {"who has no password", "federated@x.co", wrong, {"begin federated@x.co", "failed"}},
        {"an unreadable hash", "odd@x.co", wrong, {"begin odd@x.co", "failed"}},
        {"no address", "ann", wrong, {}},
        {"a blank in front", " ann@x.co", wrong, {}},
    };
    for (const Case& row : table) {
        StepAttempt attempt;
        sign_in(attempt, row.email, row.secret);
        EXPECT_EQ(attempt.steps, row.steps) << row.name;
    }
    StepAttempt attempt;
    const std::string long_one(129, 'x');
    EXPECT_EQ(sign_in(attempt, "ann@x.co", long_one), Code::password_too_long);
    EXPECT_EQ(attempt.steps, Steps{}) << "refused by its length alone";
}

TEST_F(Attempts, of_a_caller_are_the_callers) {
    StepAttempt right, not_right, changing;
    EXPECT_EQ(verify(right, password), Code::count_);
    EXPECT_EQ(right.steps, (Steps{"begin of " + id_, "proved"}));
    EXPECT_EQ(verify(not_right, wrong), Code::login_password);
    EXPECT_EQ(not_right.steps, (Steps{"begin of " + id_, "failed"}));
    EXPECT_EQ(change(changing, wrong), Code::login_password);
    EXPECT_EQ(changing.steps, (Steps{"begin of " + id_, "failed"}));
}

TEST_F(Attempts, that_may_not_begin_cost_no_hash) {
    const std::uint64_t before = crypto::hashes_done();
    StepAttempt attempt;
    attempt.refuse_at = "begin";
    EXPECT_EQ(sign_in(attempt, "ann@x.co", password), Code::login_limited);
    EXPECT_EQ(sign_in(attempt, "nobody@x.co", password), Code::login_limited);
    EXPECT_EQ(change(attempt, password), Code::login_limited);
    EXPECT_EQ(verify(attempt, password), Code::login_limited);
    EXPECT_EQ(crypto::hashes_done(), before);
    EXPECT_EQ(attempt.steps.size(), 4U);
    EXPECT_EQ(effects_, 0);
}

TEST_F(Attempts, ENU_11_that_may_not_end_tell_nothing_and_have_no_effect) {
    StepAttempt attempt;
    attempt.refuse_at = "proved";
    EXPECT_EQ(sign_in(attempt, "ann@x.co", password), Code::login_limited);
    EXPECT_EQ(change(attempt, password), Code::login_limited);
    EXPECT_EQ(verify(attempt, password), Code::login_limited);
    EXPECT_EQ(effects_, 0);
    attempt.refuse_at = "failed";
    EXPECT_EQ(sign_in(attempt, "ann@x.co", wrong), Code::login_limited);
    EXPECT_EQ(sign_in(attempt, "nobody@x.co", wrong), Code::login_limited);
    EXPECT_EQ(change(attempt, wrong), Code::login_limited);
    EXPECT_EQ(verify(attempt, wrong), Code::login_limited);
    StepAttempt free;
    EXPECT_EQ(sign_in(free, "ann@x.co", password), Code::count_) << "the old password stands";
    EXPECT_EQ(effects_, 1);
}

TEST_F(Attempts, without_outcome_count_for_nobody) {
    crypto::HashPermits none{1, 0};
    Users busy{*storage, none, clock, random, crypto::HmacKey{bytes_of("k")}, {}};
    const auto held = none.acquire();
    StepAttempt attempt;
    for (const std::string_view email : {"ann@x.co", "nobody@x.co"}) {
        const auto done =
            busy.sign_in(attempt, email, wrong, [](storage::Tx&, const User&) -> Result<void> { return {}; });
        ASSERT_FALSE(done.ok());
        EXPECT_EQ(done.error().code(), Code::overload_hash_full);
    }
    EXPECT_EQ(attempt.steps, (Steps{"begin ann@x.co", "begin nobody@x.co"}));
}

}    // namespace
}    // namespace countersign::identity
