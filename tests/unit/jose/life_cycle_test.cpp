// DESIGN §8 as one table: issued -> active -> expired | revoked, and invalid for what was never ours. Every state
// against every event, through the verifier and through a cache that had kept the token before the event.
#include "jose/token_cache.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

enum class State : std::uint8_t { issued, active, expired, revoked, invalid };
constexpr std::array states{State::issued, State::active, State::expired, State::revoked, State::invalid};
enum class Event : std::uint8_t {
    shown_again,
    nbf_comes,
    exp_comes,
    clock_goes_back,
    token_revoked,
    session_revoked,
    subject_revoked,
    other_session_revoked,
    key_withdrawn,
    audience_changed,
};

constexpr std::int64_t begin = 1000, end = 1050;    // within the age of a cache entry
constexpr std::string_view issuer = "https://id.test";
constexpr std::string_view claims =
    R"({"iss":"https://id.test","aud":"https://api.test","sub":"a","sid":"s","jti":"t","nbf":1000,"iat":1000,"exp":1050})";

class World {
  public:
    World(const Rig& ours, State state) : ours_{&ours}, verifier_{ours.verifier()} {
        const Rig stranger;
        token_ = (state == State::invalid ? stranger : ours).sign(ours.header(), claims);
        for (int i = 0; i < 3; ++i) std::ignore = cache_.verify(verifier_, token_, at(begin));
        if (state == State::issued) now_ = begin - 1;
        if (state == State::expired) now_ = end;
        if (state == State::revoked) EXPECT_TRUE(store_.revoke_token(issuer, "t", at(end), at(begin)).ok());
    }

    void meet(Event event) {
        const auto revoked = [&](Result<void> done) { EXPECT_TRUE(done.ok()); };
        VerifyPolicy policy = ours_->policy();
        switch (event) {
            case Event::shown_again:
                break;
            case Event::nbf_comes:
                now_ = std::max(now_, begin);
                break;
            case Event::exp_comes:
                now_ = end;
                break;
            case Event::clock_goes_back:
                now_ = begin - 1;
                break;
            case Event::token_revoked:
                return revoked(store_.revoke_token(issuer, "t", at(end), at(now_)));
            case Event::session_revoked:
                return revoked(store_.revoke_session(issuer, "s", at(end), at(now_)));
            case Event::subject_revoked:
                return revoked(store_.revoke_subject(issuer, "a", at(end), at(begin)));
            case Event::other_session_revoked:
                return revoked(store_.revoke_session(issuer, "s2", at(end), at(now_)));
            case Event::key_withdrawn:
                verifier_ = Rig{Alg::es256, "k2"}.verifier();
                break;
            case Event::audience_changed:
                policy.audience = Expect::exactly("https://other.test");
                verifier_ = *ours_->verifier(std::move(policy));
                break;
        }
    }

    /// What the verifier and the store say, and what the cache says in one word.
    std::string said() {
        auto verified = verifier_.verify(token_, at(now_));
        std::string_view asked = verified.ok() ? "active" : verified.error().label();
        if (verified.ok()) {
            if (const auto checked = store_.check(*verified); !checked.ok()) asked = checked.error().label();
        }
        const auto kept = cache_.verify(verifier_, token_, at(now_));
        EXPECT_EQ(kept.ok() ? "active" : kept.error().label(), asked);
        return std::string{asked};
    }

  private:
    const Rig* ours_;
    Verifier verifier_;
    Revocations store_;
    SystemRandom random_;
    TokenCache cache_{store_, random_, {.entries = 16}};
    std::string token_;
    std::int64_t now_ = begin;
};

TEST(LifeCycle, TOK_17_TOK_18_TOK_26_every_state_against_every_event) {
    constexpr std::string_view early = "token.clock_skew", active = "active", expired = "token.expired",
                               revoked = "token.revoked", unknown = "token.kid_unknown", other = "token.aud_mismatch",
                               foreign = "token.secret_mismatch";
    struct Row {
        Event event;
        std::string_view name;
        std::array<std::string_view, states.size()> said;    // issued, active, expired, revoked, invalid
    };
    const Row table[]{
        {Event::shown_again, "shown again", {early, active, expired, revoked, foreign}},
        {Event::nbf_comes, "nbf comes", {active, active, expired, revoked, foreign}},
        {Event::exp_comes, "exp comes", {expired, expired, expired, expired, foreign}},
        {Event::clock_goes_back, "the clock goes back", {early, early, early, early, foreign}},
        {Event::token_revoked, "the token is revoked", {early, revoked, expired, revoked, foreign}},
        {Event::session_revoked, "its session is revoked", {early, revoked, expired, revoked, foreign}},
        {Event::subject_revoked, "its subject is revoked", {early, revoked, expired, revoked, foreign}},
        {Event::other_session_revoked, "another session is revoked", {early, active, expired, revoked, foreign}},
        {Event::key_withdrawn, "its key is withdrawn", {unknown, unknown, unknown, unknown, unknown}},
        {Event::audience_changed, "the policy changes", {early, other, expired, other, foreign}},
    };
    const Rig ours;
    for (const Row& row : table) {
        for (std::size_t i = 0; i < states.size(); ++i) {
            World world{ours, states[i]};
            world.meet(row.event);
            EXPECT_EQ(world.said(), row.said[i]) << row.name << " " << i;
            EXPECT_EQ(world.said(), row.said[i]) << row.name << " once more " << i;
        }
    }
}

TEST(LifeCycle, what_was_revoked_while_it_was_early_is_never_active) {
    const Rig ours;
    for (const Event event : {Event::token_revoked, Event::session_revoked, Event::subject_revoked}) {
        World world{ours, State::issued};
        world.meet(event);
        world.meet(Event::nbf_comes);
        EXPECT_EQ(world.said(), "token.revoked");
    }
}

}    // namespace
}    // namespace countersign::jose
