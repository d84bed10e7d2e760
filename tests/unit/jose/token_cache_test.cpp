// The six rules of a cache of verified tokens, one test each, and that it answers as the verifier does.
#include "jose/token_cache.hpp"

#include <cstdio>
#include <fstream>

#include "crypto/digest.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

constexpr std::string_view issuer = "https://id.test";

class Cached : public testing::TestWithParam<TokenCache::Keeps> {
  protected:
    Result<const VerifiedToken*> verify(std::string_view token, std::int64_t now = test_now) {
        return cache.verify(verifier, token, at(now));
    }
    /// Shown until it is kept.
    void keep(std::string_view token, std::int64_t now = test_now) {
        for (int i = 0; i < 2; ++i) ASSERT_TRUE(verify(token, now).ok());
    }
    std::string user(std::string_view name) const {
        return rig.sign(rig.header(), swapped(Rig::claims(), "user-a", name));
    }

    SystemRandom random;
    Revocations revocations;
    const Rig rig;
    Verifier verifier = rig.verifier();
    TokenCache cache{revocations, random, {.entries = 64, .keeps = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Both, Cached, testing::Values(TokenCache::Keeps::token, TokenCache::Keeps::digest));

TEST_P(Cached, rule_1_a_hit_is_a_whole_token) {
    const std::string good = user("user-a");
    keep(good);
    ASSERT_EQ(cache.size(), 1U);
    EXPECT_EQ((*verify(good))->subject(), "user-a");
    // Each character changed, and a part of one token with the rest of another: found by nobody.
    const std::string other = user("user-b");
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify(changed).ok()) << i;
    }
    const std::string mixed = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
    EXPECT_FALSE(verify(mixed).ok());
    EXPECT_FALSE(verify(good + "A").ok());
    EXPECT_FALSE(verify(good.substr(1)).ok());
    EXPECT_EQ((*verify(good))->subject(), "user-a");
}

TEST_P(Cached, rule_2_a_hit_ends_with_its_token_its_age_and_its_verifier) {
    const std::string good = user("user-a");
    keep(good);
    EXPECT_TRUE(verify(good, test_now + 599).ok());
    keep(good, test_now + 598);
    EXPECT_EQ(verify(good, test_now + 600).error().label(), "token.expired");
    EXPECT_EQ(cache.size(), 0U);
    keep(good);
    // Of the age it is seen that the entry is gone: the token is verified anew.
    EXPECT_TRUE(verify(good, test_now + 59).ok());
    EXPECT_EQ(cache.size(), 1U);
    const Verifier strict = rig.verifier();    // the same policy and keys, another generation
    EXPECT_TRUE(cache.verify(strict, good, at(test_now)).ok());
    Rig stranger;
    const Verifier foreign = stranger.verifier();
    EXPECT_EQ(cache.verify(foreign, good, at(test_now)).error().label(), "token.secret_mismatch");
    // A clock that goes back makes nothing good that was not yet.
    keep(good, test_now + 100);
    EXPECT_EQ(verify(good, test_now - 60).error().label(), "token.clock_skew");
}

TEST_P(Cached, rule_2_no_age_is_too_long_or_overflows) {
    const std::string good = user("user-a");
    for (const Seconds age : {Seconds{3600}, Seconds::max(), Seconds{60}, Seconds{1}, Seconds{0}, Seconds::min()}) {
        TokenCache own{revocations, random, {.entries = 16, .max_age = age, .keeps = GetParam()}};
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(own.verify(verifier, good, at(test_now)).ok());
        EXPECT_EQ(own.size(), age > Seconds{0} ? 1U : 0U) << age.count();
    }
}

TEST_P(Cached, rule_2_a_revocation_is_seen_by_the_next_hit) {
    const std::string text =
        rig.sign(rig.header(), swapped(Rig::claims(), "\"iat\"", R"("jti":"t1","sid":"s1","iat")"));
    const Instant until = at(test_now + 600), now = at(test_now);
    const std::function<Result<void>()> ways[]{
        [&] { return revocations.revoke_token(issuer, "t1", until, now); },
        [&] { return revocations.revoke_session(issuer, "s1", until, now); },
        [&] { return revocations.revoke_subject(issuer, "user-a", until, now); },
    };
    for (const auto& revoke : ways) {
        revocations.~Revocations();
        new (&revocations) Revocations;
        keep(text);
        ASSERT_EQ(cache.size(), 1U);
        ASSERT_TRUE(revocations.revoke_session(issuer, "somebody else's", until, now).ok());
        EXPECT_TRUE(verify(text).ok());
        EXPECT_EQ(cache.size(), 1U);
        ASSERT_TRUE(revoke().ok());
        const auto refused = verify(text);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().label(), "token.revoked");
        EXPECT_EQ(&refused.error().face(), &face_of(Public::unauthorized));
        EXPECT_EQ(cache.size(), 0U);
    }
}

TEST_P(Cached, rule_3_tokens_of_one_use_and_tokens_bound_to_a_key_are_not_kept) {
    VerifyPolicy once = rig.policy();
    once.uses = Uses::once;
    const Verifier one_time = *rig.verifier(std::move(once));
    const std::string good = user("user-a");
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(cache.verify(one_time, good, at(test_now)).ok());
    EXPECT_EQ(cache.size(), 0U);
    const std::string bound = rig.sign(
        rig.header(),
        swapped(Rig::claims(), "\"iat\"", R"("cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},"iat")"));
    for (int i = 0; i < 4; ++i) EXPECT_EQ(verify(bound).error().label(), "token.cnf_unproved");
    EXPECT_EQ(cache.size(), 0U);
}

TEST_P(Cached, rule_4_only_good_tokens_are_kept_and_only_when_they_come_again) {
    const std::string good = user("user-a"), bad = Rig{}.good();
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(verify(bad).ok());
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_TRUE(verify(good).ok());
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_TRUE(verify(good).ok());
    EXPECT_EQ(cache.size(), 1U);
    // Three times as many tokens as there is room for, each shown once, push out nothing.
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(verify(user("once-" + std::to_string(i))).ok());
    EXPECT_LE(cache.size(), 4U) << "but for two that look alike at first";
    EXPECT_EQ((*verify(good))->subject(), "user-a");
}

/// Whether the text stands in a page of this process that core dumps leave out (`dd` of smaps).
bool stands_in_secret_pages(std::string_view text) {
    std::ifstream maps{"/proc/self/smaps"};
    std::uintptr_t begin = 0, end = 0;
    for (std::string line; std::getline(maps, line);) {
        unsigned long long from = 0, to = 0;
        if (std::sscanf(line.c_str(), "%llx-%llx ", &from, &to) == 2) {
            begin = from;
            end = to;
        }
        constexpr std::uintptr_t most = 1U << 24U;    // a sanitizer has larger ones
        if (!line.starts_with("VmFlags:") || !line.contains(" dd") || !line.contains(" wr") || end - begin > most)
            continue;
        const std::string copy{reinterpret_cast<const char*>(begin), end - begin};
        if (copy.contains(text)) return true;
    }
    return false;
}

TEST_P(Cached, rule_5_what_is_kept_is_in_no_core_dump_and_wiped_when_it_goes) {
    const std::string good = user("user-a");
    EXPECT_FALSE(stands_in_secret_pages(good));
    keep(good);
    const std::string digest{text_of(crypto::sha256(bytes_of(good)))};
    EXPECT_EQ(stands_in_secret_pages(good), GetParam() == TokenCache::Keeps::token);
    EXPECT_EQ(stands_in_secret_pages(digest), GetParam() == TokenCache::Keeps::digest);
    EXPECT_FALSE(verify(good, test_now + 600).ok());
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_FALSE(stands_in_secret_pages(good));
    EXPECT_FALSE(stands_in_secret_pages(digest));
}

TEST_P(Cached, rule_5_its_size_is_fixed) {
    for (int i = 0; i < 300; ++i) keep(user("user-" + std::to_string(i)));
    EXPECT_LE(cache.size(), 64U);
    EXPECT_GE(cache.size(), 32U);
    for (int i = 0; i < 300; ++i) {
        const std::string name = "user-" + std::to_string(i);
        EXPECT_EQ((*verify(user(name)))->subject(), name);
    }
    const std::string longer =
        rig.sign(rig.header(), swapped(Rig::claims(), "user-a", std::string(1000, 'u')) + std::string(1000, ' '));
    ASSERT_GT(longer.size(), TokenCache::longest_token);
    const std::size_t before = cache.size();
    keep(longer);
    EXPECT_EQ(cache.size(), before);
}

TEST_P(Cached, rule_6_a_hit_asks_nobody) {
    const std::string good = user("user-a");
    keep(good);
    const std::size_t headers = verifier.known_headers();
    const VerifiedToken* first = *verify(good);
    EXPECT_EQ(*verify(good), first) << "the entry itself";
    EXPECT_EQ(verifier.known_headers(), headers);
}

TEST_P(Cached, the_answer_of_a_miss_stands_until_the_next_call) {
    const std::string first = user("user-a"), second = user("user-b");
    EXPECT_EQ((*verify(first))->subject(), "user-a");
    EXPECT_EQ((*verify(second))->subject(), "user-b");
    EXPECT_EQ((*verify(first))->subject(), "user-a");
    EXPECT_EQ((*verify(second))->subject(), "user-b");
    EXPECT_EQ((*verify(first))->subject(), "user-a");
}

}    // namespace
}    // namespace countersign::jose
