#include "jose/revocations.hpp"

#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& rig() {
    static const Rig made;
    return made;
}
VerifiedToken verified(std::string_view claims = Rig::claims()) {
    static const Verifier verifier = rig().verifier();
    auto token = verifier.verify(rig().sign(rig().header(), claims), at(test_now));
    EXPECT_TRUE(token.ok()) << claims;
    return *std::move(token);
}
std::string with(std::string_view more) { return swapped(Rig::claims(), "\"iat\"", std::string{more} + ",\"iat\""); }
constexpr std::string_view issuer = "https://id.test";
const Instant now = at(test_now), later = at(test_now + 600);
/// The label of the refusal; empty: accepted.
std::string_view refusal(const Revocations& store, const VerifiedToken& token) {
    const auto checked = store.check(token);
    return checked.ok() ? "" : checked.error().label();
}

TEST(Revocations, TOK_26_each_kind_hits_its_tokens_and_no_others) {
    const std::string mine = with(R"("jti":"t1","sid":"s1")");
    struct Row {
        std::string_view name;
        std::string claims;
        bool by_token, by_session, by_subject;
    };
    const Row table[]{
        {"the same", mine, true, true, true},
        {"another jti", swapped(mine, "t1", "t2"), false, true, true},
        {"another session", swapped(mine, "s1", "s2"), true, false, true},
        {"another user", swapped(mine, "user-a", "user-b"), true, true, false},
        {"issued in the next second", swapped(mine, "1799999990", "1800000001"), true, true, false},
        {"issued in the same second", swapped(mine, "1799999990", "1800000000"), true, true, true},
        {"another spelling of jti", swapped(mine, R"("t1")", R"("\u00741")"), true, true, true},
        {"a sid that is no text", swapped(mine, R"("s1")", "1"), true, false, true},
    };
    VerifyPolicy policy = rig().policy();
    policy.leeway = Seconds{60};
    const Verifier verifier = *rig().verifier(policy);
    for (const Row& row : table) {
        const auto token = verifier.verify(rig().sign(rig().header(), row.claims), now);
        ASSERT_TRUE(token.ok()) << row.name;
        Revocations by_token, by_session, by_subject, elsewhere;
        ASSERT_TRUE(by_token.revoke_token(issuer, "t1", later, now).ok());
        ASSERT_TRUE(by_session.revoke_session(issuer, "s1", later, now).ok());
        ASSERT_TRUE(by_subject.revoke_subject(issuer, "user-a", later, now).ok());
        ASSERT_TRUE(elsewhere.revoke_token("https://id2.test", "t1", later, now).ok());
        ASSERT_TRUE(elsewhere.revoke_session("https://id2.test", "s1", later, now).ok());
        ASSERT_TRUE(elsewhere.revoke_subject("https://id2.test", "user-a", later, now).ok());
        EXPECT_EQ(refusal(by_token, *token), row.by_token ? "token.revoked" : "") << row.name;
        EXPECT_EQ(refusal(by_session, *token), row.by_session ? "token.revoked" : "") << row.name;
        EXPECT_EQ(refusal(by_subject, *token), row.by_subject ? "token.revoked" : "") << row.name;
        EXPECT_EQ(refusal(elsewhere, *token), "") << row.name;
    }
}

TEST(Revocations, TOK_26_a_token_without_jti_is_revoked_in_both_spellings_of_its_signature) {
    const std::string text = rig().good();
    // s and order - s are both right: the second text of one token (RFC 7518 §3.4 does not rule it out).
    constexpr std::array<std::uint8_t, 32> order{0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF,
                                                 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17,
                                                 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
    Bytes signature = *parse_base64url(std::string_view{text}.substr(text.rfind('.') + 1));
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        const int value = order[i] - std::to_integer<int>(signature[32 + i]) - borrow;
        borrow = value < 0 ? 1 : 0;
        signature[32 + i] = static_cast<std::byte>(value & 0xFF);
    }
    const std::string second = text.substr(0, text.rfind('.') + 1) + base64url(signature);
    ASSERT_NE(second, text);
    const Verifier verifier = rig().verifier();
    const auto one = verifier.verify(text, now), other = verifier.verify(second, now);
    ASSERT_TRUE(one.ok() && other.ok());
    Revocations store;
    EXPECT_EQ(refusal(store, *other), "");
    ASSERT_TRUE(store.revoke_token(*one, now).ok());
    EXPECT_EQ(refusal(store, *one), "token.revoked");
    EXPECT_EQ(refusal(store, *other), "token.revoked");
    EXPECT_EQ(refusal(store, verified(swapped(Rig::claims(), "user-a", "user-b"))), "");
}

TEST(Revocations, a_full_store_refuses_everything_issued_before_and_nothing_issued_later) {
    Revocations store{2};
    const VerifiedToken before = verified();
    VerifyPolicy policy = rig().policy();
    policy.leeway = Seconds{60};
    const auto after = rig().verifier(policy)->verify(
        rig().sign(rig().header(), swapped(Rig::claims(), "1799999990", "1800000001")), now);
    ASSERT_TRUE(after.ok());
    ASSERT_TRUE(store.revoke_session(issuer, "a", later, now).ok());
    ASSERT_TRUE(store.revoke_session(issuer, "b", later, now).ok());
    ASSERT_TRUE(store.revoke_session(issuer, "b", later, now).ok()) << "known already: it needs no room";
    EXPECT_EQ(refusal(store, before), "");
    const auto full = store.revoke_session(issuer, "c", later, now);
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().label(), "token.revocations_full");
    EXPECT_EQ(refusal(store, before), "token.revoked");
    EXPECT_EQ(refusal(store, *after), "");
}

TEST(Revocations, what_can_hit_nothing_any_more_makes_room) {
    Revocations store{2};
    ASSERT_TRUE(store.revoke_session(issuer, "a", later, now).ok());
    ASSERT_TRUE(store.revoke_session(issuer, "b", at(test_now + 601), now).ok());
    EXPECT_FALSE(store.revoke_session(issuer, "c", later, at(test_now + 599)).ok());
    const Instant ended = at(test_now + 660);
    EXPECT_TRUE(store.revoke_session(issuer, "c", at(test_now + 900), ended).ok()) << "a has ended";
    EXPECT_EQ(store.size(), 3U) << "two, and the mark for all that could not be kept";
}

TEST(Revocations, TOK_17_what_makes_room_can_hit_nothing_within_its_leeway_either) {
    VerifyPolicy policy = rig().policy();
    policy.leeway = max_leeway;
    const Verifier lenient = *rig().verifier(policy);
    const std::string text = rig().good();
    for (const std::int64_t seconds : {599, 600, 659}) {
        Revocations store{1};
        ASSERT_TRUE(store.revoke_token(*lenient.verify(text, now), now).ok());
        const auto still = lenient.verify(text, at(test_now + seconds));
        ASSERT_TRUE(still.ok()) << seconds;
        // The store is pressed for room while the token is still taken.
        EXPECT_FALSE(store.revoke_session(issuer, "b", at(test_now + 900), at(test_now + seconds)).ok()) << seconds;
        EXPECT_EQ(refusal(store, *still), "token.revoked") << seconds;
    }
    Revocations store{1};
    ASSERT_TRUE(store.revoke_token(*lenient.verify(text, now), now).ok());
    EXPECT_FALSE(lenient.verify(text, at(test_now + 660)).ok());
    EXPECT_TRUE(store.revoke_session(issuer, "b", at(test_now + 900), at(test_now + 660)).ok());
}

TEST(Revocations, a_token_without_exp_is_revoked_for_good) {
    VerifyPolicy policy = rig().policy();
    policy.not_required.push_back({.claim = "exp", .reason = "of a test"});
    const Verifier verifier = *rig().verifier(policy);
    const std::string text = rig().sign(rig().header(), swapped(Rig::claims(), ",\"exp\":1800000600", ""));
    Revocations store{1};
    const auto token = verifier.verify(text, now);
    ASSERT_TRUE(token.ok());
    ASSERT_TRUE(store.revoke_token(*token, now).ok());
    constexpr std::int64_t year = 31'536'000;
    const Instant next_year = at(test_now + year);
    // By its mark, not by the mark for all that a store without room makes.
    EXPECT_FALSE(store.revoke_session(issuer, "b", next_year, next_year).ok());
    EXPECT_EQ(refusal(store, *verifier.verify(text, next_year)), "token.revoked");
}

TEST(Revocations, a_full_store_refuses_the_revoked_token_of_an_issuer_whose_clock_is_ahead) {
    VerifyPolicy policy = rig().policy();
    policy.leeway = max_leeway;
    const std::string text = rig().sign(rig().header(), swapped(Rig::claims(), "1799999990", "1800000030"));
    const auto ahead = rig().verifier(policy)->verify(text, now);
    ASSERT_TRUE(ahead.ok());
    Revocations store{1};
    ASSERT_TRUE(store.revoke_session(issuer, "a", later, now).ok());
    EXPECT_EQ(refusal(store, *ahead), "");
    EXPECT_EQ(store.revoke_token(*ahead, now).error().label(), "token.revocations_full");
    EXPECT_EQ(refusal(store, *ahead), "token.revoked");
}

TEST(Revocations, what_names_nothing_revokes_nothing_and_says_so) {
    Revocations store;
    const VerifiedToken plain = verified();
    ASSERT_EQ(plain.session(), "");
    EXPECT_EQ(store.revoke_session(issuer, plain.session(), later, now).error().label(), "token.claim_missing");
    EXPECT_EQ(store.revoke_token(issuer, plain.id(), later, now).error().label(), "token.claim_missing");
    EXPECT_EQ(store.size(), 0U);
    EXPECT_TRUE(store.revoke_session(issuer, "s1", later, now).ok());
    EXPECT_TRUE(store.revoke_token(issuer, "t1", later, now).ok());
    EXPECT_EQ(store.size(), 2U);
}

TEST(Revocations, the_epoch_says_that_something_changed) {
    Revocations store;
    const std::uint64_t first = store.epoch();
    EXPECT_EQ(store.epoch(), first);
    ASSERT_TRUE(store.revoke_session(issuer, "a", later, now).ok());
    EXPECT_NE(store.epoch(), first);
}

}    // namespace
}    // namespace countersign::jose
