// What users do with their own sessions, and cannot do with those of others.
#include "unit/session/rig.hpp"

namespace countersign::session {
namespace {

class OwnSessions : public SessionTest {
  protected:
    Actor actor(const Session& session) { return identify(session.token)->actor; }
    std::vector<SessionId> listed(const Session& own) {
        std::vector<SessionId> ids;
        for (const Session& each : *sessions_->list(actor(own), own)) ids.push_back(each.id);
        return ids;
    }
    bool is_alive(const Session& session) { return identify(session.token).ok(); }
};

INSTANTIATE_TEST_SUITE_P(Kept, OwnSessions,
                         testing::Values(Place::table, Place::store, Place::both, Place::store_with_record),
                         [](const auto& param) { return name_of(param.param); });

TEST_P(OwnSessions, ISO_01_SES_08_a_list_has_the_callers_own_that_are_alive_oldest_first) {
    const Session brief = issue("ann", Remember::no);
    clock.advance(hour);
    const Session first = issue();
    clock.advance(hour);
    const Session second = issue(), other = issue("bob");
    EXPECT_EQ(listed(first), (std::vector{brief.id, first.id, second.id}));
    EXPECT_EQ(listed(other), std::vector{other.id});
    clock.advance(day);
    EXPECT_EQ(listed(first), (std::vector{first.id, second.id})) << "the brief one has expired";
}

TEST_P(OwnSessions, SES_08_one_of_the_callers_own_is_ended_by_its_token) {
    const Session own = issue(), second = issue(), other = issue("bob");
    ASSERT_TRUE(sessions_->revoke(actor(own), other.token).ok()) << "whether there is one is not told";
    ASSERT_TRUE(sessions_->revoke(actor(own), "no token").ok());
    EXPECT_TRUE(is_alive(own) && is_alive(second) && is_alive(other));
    ASSERT_TRUE(sessions_->revoke(actor(own), second.token).ok());
    EXPECT_TRUE(is_alive(own) && !is_alive(second) && is_alive(other));
}

TEST_P(OwnSessions, SES_10_a_hashed_table_lists_hashes_which_end_a_session_and_open_none) {
    SessionOptions options = usual;
    options.at_rest = TokenAtRest::hashed;
    use(options);
    const Session own = issue(), second = issue(), other = issue("bob");
    const auto sessions = sessions_->list(actor(own), own);
    ASSERT_TRUE(sessions.ok());
    ASSERT_EQ(sessions->size(), 2U);
    const auto at = [&](const Session& of) { return *std::ranges::find(*sessions, of.id, &Session::id); };
    EXPECT_EQ(at(own).token, own.token) << "the client finds the one that it has by this";
    const std::string handle = at(second).token;
    EXPECT_NE(handle, second.token);
    EXPECT_EQ(refusal(handle), Code::session_unknown);
    ASSERT_TRUE(sessions_->revoke(actor(other), handle).ok());
    EXPECT_TRUE(is_alive(second)) << "another user's call";
    ASSERT_TRUE(sessions_->revoke(actor(own), handle).ok());
    EXPECT_FALSE(is_alive(second));
    EXPECT_TRUE(is_alive(own) && is_alive(other));
}

TEST_P(OwnSessions, SES_08_all_or_all_others_of_one_user_end_and_nobody_elses) {
    const Session own = issue(), second = issue(), third = issue(), other = issue("bob");
    ASSERT_TRUE(sessions_->revoke_others(actor(own)).ok());
    EXPECT_TRUE(is_alive(own) && !is_alive(second) && !is_alive(third) && is_alive(other));
    const Session again = issue();
    ASSERT_TRUE(sessions_->revoke_all(actor(own)).ok());
    EXPECT_TRUE(!is_alive(own) && !is_alive(again) && is_alive(other));
}

TEST_P(OwnSessions, a_session_is_fresh_up_to_its_age_and_not_by_being_prolonged) {
    SessionOptions options = usual;
    options.fresh_age = hour;
    use(options);
    const Session own = issue();
    const SessionGate gate{*sessions_};
    const Actor who = actor(own);
    EXPECT_TRUE(gate.check_fresh(who, own.created_at + hour - Milliseconds{1}).ok());
    const auto stale = gate.check_fresh(who, own.created_at + hour);
    ASSERT_FALSE(stale.ok());
    EXPECT_EQ(stale.error().code(), Code::session_not_fresh);
    clock.advance(day);
    ASSERT_TRUE(sessions_->refresh(who, own).ok());
    EXPECT_FALSE(gate.check_fresh(actor(own), clock.now()).ok());
    use(usual);
    EXPECT_TRUE(SessionGate{*sessions_}.check_fresh(who, clock.now()).ok()) << "0 switches it off";
}

}    // namespace
}    // namespace countersign::session
