// From the cookie to the Actor, over a real database in memory.
#include "guard/session_caller.hpp"

#include "storage/statements.hpp"
#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

namespace st = storage::statements;
using http::Asked;
using session::Remember;

constexpr Instant noon = Instant::from_unix(Seconds{1'795'000'000});
constexpr Seconds life{604'800};
constexpr Seconds absolute{3 * 604'800};

constexpr http::Endpoint row_of(http::Caller caller) {
    return {.method = http::Method::get,
            .path = "/row",
            .caller = caller,
            .origin = http::OriginRule::safe_method,
            .limit = http::Limit::general(),
            .lane = http::Lane::inline_,
            .run = [](http::Exchange&) -> Result<http::Response> { return http::Response::json("1"); },
            .summary = "s"};
}
constexpr http::Endpoint any_age = row_of(http::Caller::session), young = row_of(http::Caller::fresh_session),
                         if_any = row_of(http::Caller::session_if_any),
                         sure = row_of(http::Caller::authoritative_session),
                         sure_if_any = row_of(http::Caller::authoritative_if_any);

class SessionCallerTest : public testing::Test {
  protected:
    void SetUp() override {
        auto opened = storage::open_sqlite({.path = ":memory:"});
        ASSERT_TRUE(opened.ok());
        storage_ = *std::move(opened);
        constexpr const storage::Table* tables[]{&storage::user_table, &storage::session_table};
        ASSERT_TRUE(storage_->migrate(tables).ok());
        sessions_.emplace(*storage_, clock_, random_,
                          session::SessionOptions{.expires_in = life,
                                                  .unremembered_expires_in = Seconds{86'400},
                                                  .update_age = Seconds{86'400},
                                                  .absolute_life = absolute,
                                                  .fresh_age = Seconds{86'400}});
        ada_ = sign_in("ada");
        bob_ = sign_in("bob");
    }

    session::Session sign_in(const std::string& name) {
        session::Session made;
        const auto done = storage_->transact([&](storage::Tx& tx) -> Result<void> {
            const identity::User user{.id = UserId{name},
                                      .name = name,
                                      .email = name + "@example.com",
                                      .created_at = noon,
                                      .updated_at = noon};
            CS_CHECK(tx.create(st::user_create, identity::row_from_user(user)));
            CS_TRY(made, sessions_->issue(tx, user.id, Remember::yes, {"203.0.113.7", "test"}));
            return {};
        });
        EXPECT_TRUE(done.ok()) << name;
        return made;
    }
    /// What a browser sends back of what `cookies` sets for a session.
    static std::vector<std::string> sent_by(const SessionCookies& cookies, const session::SignedIn& signed_in,
                                            Instant now = noon) {
        http::Response answer;
        Asked asked{{}, now};
        EXPECT_TRUE(cookies.append_session(answer, asked.x(), signed_in, Remember::yes).ok());
        std::vector<std::string> sent;
        for (const std::string& line : answer.set_cookies) sent.push_back(line.substr(0, line.find(';')));
        return sent;
    }
    std::string cookie_of(std::string_view token) const {
        return sent_by(cookies_, {.session = {.token = std::string{token}}, .user = {}}).front();
    }
    /// As one turn of a loop does it.
    Result<void> identify(Asked& asked, const http::Endpoint& row = any_age) {
        return identify_with(cookies_, asked, row);
    }
    Result<void> identify_with(const SessionCookies& cookies, Asked& asked, const http::Endpoint& row) {
        asked.x().endpoint = &row;
        SessionCaller caller{SessionGate{*sessions_}, cookies, *storage_};
        caller.begin_turn();
        Result<void> done = caller.identify(asked.x());
        caller.end_turn();
        return done;
    }
    std::string who(const std::string& cookie, Instant now = noon) {
        Asked asked{{.headers = {{"Cookie", cookie}}}, now};
        EXPECT_TRUE(identify(asked).ok());
        if (asked.x().has_actor()) return asked.x().actor().user().text();
        if (!asked.x().caller_refusal()) return "nobody, and no reason";
        return std::string{asked.x().caller_refusal()->label()};
    }

    FixedClock clock_{noon};
    SystemRandom random_;
    SessionCookies cookies_{{.session_life = life},
                            crypto::HmacKey{std::as_bytes(std::span{"a secret of a test", 18})}};
    std::unique_ptr<storage::Storage> storage_;
    std::optional<session::Sessions> sessions_;
    session::Session ada_, bob_;
};

TEST_F(SessionCallerTest, a_session_is_its_own_users_and_nobody_elses) {
    EXPECT_EQ(who(cookie_of(ada_.token)), "ada");
    EXPECT_EQ(who(cookie_of(bob_.token)), "bob");
    Asked asked{{.headers = {{"Cookie", cookie_of(ada_.token)}}}, noon};
    ASSERT_TRUE(identify(asked).ok());
    ASSERT_TRUE(asked.x().has_actor());
    EXPECT_EQ(asked.x().actor().session(), ada_.id);
    EXPECT_EQ(asked.x().actor().since(), noon);
    const auto* state = asked.x().caller_state<SessionState>();
    ASSERT_NE(state, nullptr);
    EXPECT_EQ(state->signed_in.user.email, "ada@example.com");
    EXPECT_EQ(state->signed_in.session.token, ada_.token);
}

TEST_F(SessionCallerTest, ERR_03_without_an_actor_there_is_a_reason) {
    EXPECT_EQ(who("other=1"), "session.missing");
    EXPECT_EQ(who("better-auth.session_token=" + ada_.token), "session.signature");
    EXPECT_EQ(who(cookie_of("a-token-that-was-never-issued")), "session.unknown");
    EXPECT_EQ(who(cookie_of("")), "session.signature");
    EXPECT_EQ(who(cookie_of(ada_.token) + "; " + cookie_of(bob_.token)), "cookie.shadowed_duplicate");
}

TEST_F(SessionCallerTest, a_session_ends_at_its_instant_and_not_after_it) {
    const std::string cookie = cookie_of(ada_.token);
    EXPECT_EQ(who(cookie, ada_.expires_at - Milliseconds{1}), "ada");
    EXPECT_EQ(who(cookie, ada_.expires_at), "session.expired");
    EXPECT_EQ(who(cookie, ada_.expires_at + Milliseconds{1}), "session.expired");
}

TEST_F(SessionCallerTest, SES_04_no_refresh_leads_past_the_absolute_end) {
    session::Session now_held = ada_;
    while (clock_.now() < noon + absolute - Seconds{86'400}) {
        clock_.advance(Seconds{86'400});
        Asked asked{{.headers = {{"Cookie", cookie_of(ada_.token)}}}, clock_.now()};
        ASSERT_TRUE(identify(asked).ok());
        ASSERT_TRUE(asked.x().has_actor());
        auto refreshed = sessions_->refresh(asked.x().actor(), now_held);
        ASSERT_TRUE(refreshed.ok());
        now_held = *std::move(refreshed);
        EXPECT_LE(now_held.expires_at, noon + absolute);
    }
    EXPECT_EQ(now_held.expires_at, noon + absolute);
    EXPECT_EQ(who(cookie_of(ada_.token), noon + absolute - Milliseconds{1}), "ada");
    EXPECT_EQ(who(cookie_of(ada_.token), noon + absolute), "session.expired");
}

TEST_F(SessionCallerTest, a_revoked_session_is_unknown_at_once_and_others_stay) {
    ASSERT_TRUE(sessions_->revoke_by_token(ada_.token).ok());
    EXPECT_EQ(who(cookie_of(ada_.token)), "session.unknown");
    EXPECT_EQ(who(cookie_of(bob_.token)), "bob");
    ASSERT_TRUE(sessions_->revoke_by_token(ada_.token).ok());    // again: nothing to do, no error
}

TEST_F(SessionCallerTest, a_row_that_wants_a_young_session_refuses_an_old_one) {
    const std::string cookie = cookie_of(ada_.token);
    const auto asked_at = [&](Instant now, const http::Endpoint& row) {
        Asked asked{{.headers = {{"Cookie", cookie}}}, now};
        const Result<void> done = identify(asked, row);
        EXPECT_EQ(done.ok(), asked.x().has_actor());
        return done.ok() ? Code::count_ : done.error().code();
    };
    const Instant old = ada_.created_at + Seconds{86'400};
    EXPECT_EQ(asked_at(old - Seconds{1}, young), Code::count_);
    EXPECT_EQ(asked_at(old, young), Code::session_not_fresh);
    EXPECT_EQ(asked_at(old, any_age), Code::count_);
}

/// Cookies with a cache over the same sessions, and what a browser holds after Ada's sign-in.
class CachedCallerTest : public SessionCallerTest {
  protected:
    SessionCookies caching(SealTrust trust) {
        auto seals = session::SealedSessions::make(keys_, {.life = Seconds{300}});
        EXPECT_TRUE(seals.ok());
        return SessionCookies{{.session_life = life},
                              crypto::HmacKey{keys_.current().reveal()},
                              SessionCache{.seals = *std::move(seals), .trust = trust, .random = &random_}};
    }
    std::string held(const session::Session& session, Instant at = noon) {
        const auto found = sessions_->find(session.token);
        const std::vector<std::string> sent = sent_by(trusting_, **found, at);
        EXPECT_EQ(sent.size(), 2U);
        return sent.at(0) + "; " + sent.at(1);
    }
    /// What the look-up made of it: the user and where they were found, or why nobody.
    std::string found(const SessionCookies& cookies, const std::string& sent, const http::Endpoint& row,
                      Instant now = noon) {
        Asked asked{{.headers = {{"Cookie", sent}}}, now};
        EXPECT_TRUE(identify_with(cookies, asked, row).ok());
        cleared_ = asked.x().extra().set_cookies.size();
        if (!asked.x().has_actor()) return std::string{asked.x().caller_refusal()->label()};
        const auto* state = asked.x().caller_state<SessionState>();
        EXPECT_EQ(asked.x().actor().user(), state->signed_in.user.id);
        constexpr std::array<std::string_view, 3> names{"", " (seal)", " (seal refused)"};
        return asked.x().actor().user().text() + std::string{names.at(static_cast<std::size_t>(state->cached))};
    }

    crypto::Keyring keys_{Secret::from_text("a secret of a test, of 40 characters or so")};
    SessionCookies trusting_ = caching(SealTrust::reads), native_ = caching(SealTrust::none);
    std::size_t cleared_ = 0;
};

TEST_F(CachedCallerTest, SES_05_a_seal_answers_rows_that_read_and_no_others) {
    const std::string sent = held(ada_);
    ASSERT_TRUE(sessions_->revoke_by_token(ada_.token).ok());
    EXPECT_EQ(found(trusting_, sent, if_any), "ada (seal)");
    EXPECT_EQ(found(trusting_, sent, any_age), "ada (seal)");
    EXPECT_EQ(cleared_, 0U);
    for (const http::Endpoint* row : {&sure, &young, &sure_if_any})
        EXPECT_EQ(found(trusting_, sent, *row), "session.unknown");
    for (const http::Endpoint* row : {&if_any, &any_age, &sure, &young, &sure_if_any})
        EXPECT_EQ(found(native_, sent, *row), "session.unknown");
    EXPECT_EQ(found(cookies_, sent, if_any), "session.signature");    // of another secret
}

TEST_F(CachedCallerTest, SES_05_a_seal_says_nothing_about_other_tokens_and_nothing_after_its_end) {
    const std::string of_ada = held(ada_), of_bob = held(bob_);
    const auto token_of = [](const std::string& sent) { return sent.substr(0, sent.find("; ")); };
    const auto seal_of = [](const std::string& sent) { return sent.substr(sent.find("; ") + 2); };
    EXPECT_EQ(found(trusting_, token_of(of_bob) + "; " + seal_of(of_ada), if_any), "bob (seal refused)");
    EXPECT_EQ(found(trusting_, seal_of(of_ada), if_any), "session.missing");
    EXPECT_EQ(found(trusting_, of_ada, if_any, noon + Seconds{299}), "ada (seal)");
    EXPECT_EQ(found(trusting_, of_ada, if_any, noon + Seconds{300}), "ada (seal refused)");
    EXPECT_EQ(found(trusting_, of_ada + "; " + seal_of(of_ada), if_any), "ada");    // twice is none (CKY-02)
    EXPECT_EQ(found(trusting_, token_of(of_ada) + "; better-auth.session_data=x", if_any), "ada (seal refused)");
}

TEST_F(CachedCallerTest, SES_04_a_seal_does_not_outlive_the_absolute_end) {
    const std::string sent = held(ada_, noon + absolute - Seconds{10});
    EXPECT_EQ(found(trusting_, sent, if_any, noon + absolute - Seconds{1}), "session.expired");
    ada_.expires_at = noon + absolute + Seconds{100};
    const session::SignedIn late{ada_, (*sessions_->find(ada_.token))->user};
    const auto lines = sent_by(trusting_, late, noon + absolute - Seconds{10});
    EXPECT_EQ(found(trusting_, lines.at(0) + "; " + lines.at(1), if_any, noon + absolute - Seconds{1}), "ada (seal)");
    EXPECT_EQ(found(trusting_, lines.at(0) + "; " + lines.at(1), if_any, noon + absolute), "session.expired");
}

TEST_F(CachedCallerTest, the_client_may_ask_for_the_truth) {
    const std::string sent = held(ada_);
    ASSERT_TRUE(sessions_->revoke_by_token(ada_.token).ok());
    Asked asked{{.target = "/row?disableCookieCache=true", .headers = {{"Cookie", sent}}}, noon};
    asked.x().set_query({{"disableCookieCache", "true"}});
    ASSERT_TRUE(identify_with(trusting_, asked, if_any).ok());
    EXPECT_FALSE(asked.x().has_actor());
}

TEST_F(CachedCallerTest, SES_03_a_refusal_takes_the_cookies_of_a_gone_session_away) {
    const std::string sent = held(ada_);
    ASSERT_TRUE(sessions_->revoke_by_token(ada_.token).ok());
    EXPECT_EQ(found(trusting_, sent, sure), "session.unknown");
    EXPECT_EQ(cleared_, 4U);
    EXPECT_EQ(found(trusting_, sent, sure_if_any), "session.unknown");
    EXPECT_EQ(cleared_, 0U);    // a row that goes on without a session answers for itself
    EXPECT_EQ(found(trusting_, "better-auth.session_token=forged", sure), "session.signature");
    EXPECT_EQ(cleared_, 0U);
}

}    // namespace
}    // namespace countersign::guard
