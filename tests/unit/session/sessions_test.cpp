// Sessions through the gate: when they begin, are prolonged, and end.
#include "crypto/digest.hpp"
#include "unit/session/rig.hpp"

namespace countersign::session {
namespace {

INSTANTIATE_TEST_SUITE_P(Kept, SessionTest,
                         testing::Values(Place::table, Place::store, Place::both, Place::store_with_record),
                         [](const auto& param) { return name_of(param.param); });

TEST_P(SessionTest, SES_01_a_session_is_found_by_its_token_with_its_user) {
    const Session made = issue();
    EXPECT_EQ(made.token.size(), id_length);
    EXPECT_NE(issue().token, made.token);    // SES-02
    const auto found = identify(made.token);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->actor.user(), UserId{"ann"});
    EXPECT_EQ(found->actor.session(), made.id);
    EXPECT_EQ(found->actor.since(), noon);
    EXPECT_EQ(found->signed_in.user.email, "ann@x.co");
    EXPECT_EQ(found->signed_in.session.token, made.token);
    EXPECT_EQ(found->signed_in.session.ip_address, "192.0.2.7");
    EXPECT_EQ(found->signed_in.session.user_agent, "agent/1");
}

TEST_P(SessionTest, SES_03_only_a_token_of_the_table_is_one) {
    const Session made = issue();
    std::string longer = made.token + "a", shorter = made.token, other = made.token;
    shorter.pop_back();
    other.front() = other.front() == 'a' ? 'b' : 'a';
    for (const std::string& token : {std::string{}, longer, shorter, other, made.id.text(), std::string{"%"}}) {
        EXPECT_EQ(refusal(token), Code::session_unknown) << token;
    }
}

TEST_F(SessionTable, SES_10_a_hashed_table_holds_no_token_and_takes_none_that_it_holds) {
    use({.expires_in = week, .unremembered_expires_in = day, .update_age = day, .at_rest = TokenAtRest::hashed});
    const Session made = issue();
    const std::vector<std::string> stored = stored_tokens("ann");
    EXPECT_EQ(stored, std::vector{crypto::token_hash(made.token)});
    EXPECT_TRUE(identify(made.token).ok());
    EXPECT_EQ(identify(made.token)->signed_in.session.token, made.token);
    EXPECT_EQ(refusal(stored.front()), Code::session_unknown);    // a copied table signs nobody in
    ASSERT_TRUE(sessions_->revoke_by_token(made.token).ok());
    EXPECT_TRUE(stored_tokens("ann").empty());
}

TEST_F(SessionTable, a_plain_table_holds_the_token_as_Better_Auth_writes_it) {
    const Session made = issue();
    EXPECT_EQ(stored_tokens("ann"), std::vector{made.token});
}

TEST_P(SessionTest, SES_04_a_session_is_dead_from_its_end_on) {
    struct Case {
        std::string_view name;
        Remember remember;
        Seconds absolute, life;
    };
    const Case cases[]{
        {"remembered", Remember::yes, Seconds{0}, week},
        {"not remembered", Remember::no, Seconds{0}, day},
        {"absolute end before the idle one", Remember::yes, hour, hour},
        {"absolute end after the idle one", Remember::yes, week + day, week},
        {"absolute end, not remembered", Remember::no, hour, hour},
    };
    for (const Case& c : cases) {
        clock.set(noon);
        SessionOptions options = usual;
        options.absolute_life = c.absolute;
        use(options);
        const Session made = issue("ann", c.remember);
        EXPECT_EQ(made.expires_at, noon + c.life) << c.name;
        clock.set(noon + c.life - Milliseconds{1});
        EXPECT_TRUE(identify(made.token).ok()) << c.name;
        clock.set(noon + c.life);
        EXPECT_EQ(refusal(made.token), refusal_at_end()) << c.name;
    }
}

TEST_P(SessionTest, SES_04_an_absolute_end_holds_for_rows_that_were_made_without_one) {
    const Session made = issue();
    SessionOptions options = usual;
    options.absolute_life = hour;
    use(options);
    clock.set(noon + hour - Milliseconds{1});
    EXPECT_TRUE(identify(made.token).ok());
    clock.set(noon + hour);
    EXPECT_EQ(refusal(made.token), Code::session_expired);
}

TEST_P(SessionTest, a_session_is_due_from_update_age_after_its_last_refresh) {
    const Session made = issue();
    using Refresh = Sessions::Refresh;
    EXPECT_EQ(sessions_->refresh_state(made, noon), Refresh::not_due);
    EXPECT_EQ(sessions_->refresh_state(made, noon + day - Milliseconds{1}), Refresh::not_due);
    EXPECT_EQ(sessions_->refresh_state(made, noon + day), Refresh::due);
    EXPECT_EQ(sessions_->refresh_state(made, noon + week), Refresh::due);
    SessionOptions always = usual;
    always.update_age = Seconds{0};
    use(always);
    EXPECT_EQ(sessions_->refresh_state(made, noon), Refresh::due);
}

TEST_P(SessionTest, asking_whether_a_session_is_due_changes_nothing) {
    const Session made = issue();
    clock.set(noon + day);
    const std::string before = everything_of("ann");
    EXPECT_EQ(sessions_->refresh_state(made, clock.now()), Sessions::Refresh::due);
    ASSERT_TRUE(identify(made.token).ok());
    EXPECT_EQ(everything_of("ann"), before);
}

TEST_P(SessionTest, SES_04_refreshing_slides_the_end_and_stops_at_the_absolute_one) {
    SessionOptions options = usual;
    options.absolute_life = week + day;
    use(options);
    const Session made = issue();
    struct Step {
        Seconds at, end;
    };
    for (const Step& step : {Step{day, week + day}, Step{2 * day, week + day}, Step{week, week + day}}) {
        clock.set(noon + step.at);
        auto found = identify(made.token);
        ASSERT_TRUE(found.ok());
        const auto fresh = sessions_->refresh(found->actor, found->signed_in.session);
        ASSERT_TRUE(fresh.ok());
        EXPECT_EQ(fresh->expires_at, noon + step.end);
        EXPECT_EQ(fresh->updated_at, clock.now());
        EXPECT_EQ(fresh->token, made.token);
        const auto stored = identify(made.token);
        ASSERT_TRUE(stored.ok());
        EXPECT_EQ(stored->signed_in.session.expires_at, fresh->expires_at);
        EXPECT_EQ(stored->signed_in.session.created_at, noon);
    }
    clock.set(noon + week + day);
    EXPECT_EQ(refusal(made.token), refusal_at_end());
}

TEST_P(SessionTest, SES_05_a_revoked_session_is_refused_at_once_and_cannot_be_refreshed) {
    const Session made = issue(), other = issue();
    const auto found = identify(made.token);
    ASSERT_TRUE(found.ok());
    storage->begin_reads();    // a turn of the engine that began before
    ASSERT_TRUE(sessions_->revoke_by_token(made.token).ok());
    EXPECT_EQ(refusal(made.token), Code::session_unknown);
    storage->end_reads();
    const auto refreshed = sessions_->refresh(found->actor, found->signed_in.session);
    ASSERT_FALSE(refreshed.ok());
    EXPECT_EQ(refreshed.error().code(), Code::session_unknown);
    EXPECT_TRUE(sessions_->revoke_by_token(made.token).ok());    // again: fine
    EXPECT_TRUE(identify(other.token).ok());
}

TEST_P(SessionTest, ISO_01_nobody_prolongs_the_session_of_another) {
    const Session of_ann = issue("ann"), of_bob = issue("bob");
    const auto bob = identify(of_bob.token);
    ASSERT_TRUE(bob.ok());
    clock.advance(day);
    const auto refreshed = sessions_->refresh(bob->actor, of_ann);
    ASSERT_FALSE(refreshed.ok());
    EXPECT_EQ(refreshed.error().code(), Code::session_unknown);
    EXPECT_EQ(identify(of_ann.token)->signed_in.session.expires_at, of_ann.expires_at);
}

TEST_F(SessionTable, a_session_goes_with_its_user) {
    const Session made = issue();
    static constexpr storage::Where by_id[]{{.column = "id"}};
    static constexpr storage::Unowned remove_user{
        .statement = {.id = "t.user_remove", .op = storage::Op::remove, .table = &storage::user_table, .where = by_id},
        .reason = "test"};
    const storage::Value key = "ann";
    ASSERT_TRUE(storage
                    ->transact([&](storage::Tx& tx) -> Result<void> {
                        CS_TRY(const auto removed, tx.remove(remove_user, {&key, 1}));
                        EXPECT_EQ(removed, 1);
                        return {};
                    })
                    .ok());
    EXPECT_EQ(refusal(made.token), Code::session_unknown);
}

TEST_P(SessionTest, a_session_whose_transaction_fails_was_never_there) {
    std::optional<Session> made;
    EXPECT_FALSE(storage
                     ->transact([&](storage::Tx& tx) -> Result<void> {
                         CS_TRY(made, sessions_->issue(tx, UserId{"ann"}, Remember::yes, {}));
                         return fail(Code::login_password);
                     })
                     .ok());
    ASSERT_TRUE(made.has_value());
    EXPECT_EQ(refusal(made->token), Code::session_unknown);
}

TEST_P(SessionTest, the_answer_shows_the_token_that_the_client_holds) {
    use({.expires_in = week, .unremembered_expires_in = day, .update_age = day, .at_rest = TokenAtRest::hashed});
    const Session made = issue();
    std::string text;
    json::Writer out{text};
    write_session(out, identify(made.token)->signed_in.session);
    EXPECT_EQ(text, R"({"expiresAt":"2026-12-01T12:00:00.000Z","token":")" + made.token +
                        R"(","createdAt":"2026-11-24T12:00:00.000Z","updatedAt":"2026-11-24T12:00:00.000Z",)" +
                        R"("ipAddress":"192.0.2.7","userAgent":"agent/1","userId":"ann","id":")" + made.id.text() +
                        R"("})");
}

}    // namespace
}    // namespace countersign::session
