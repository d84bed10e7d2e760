// Counts our own allocations: a verify of a known header makes none, and a token over the limit makes none at all.
#include <cstdlib>
#include <new>

#include "jose/token_cache.hpp"
#include "unit/jose/rig.hpp"

namespace {
thread_local std::size_t allocations = 0;
}

// NOLINTBEGIN(misc-new-delete-overloads): the pair is complete
void* operator new(std::size_t size) {
    ++allocations;
    void* made = std::malloc(size == 0 ? 1 : size);
    if (made == nullptr) std::abort();
    return made;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return operator new(size); }
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }
// NOLINTEND(misc-new-delete-overloads)

namespace countersign::jose {
namespace {

TEST(Allocations, a_verify_of_a_known_header_makes_none) {
    for (const Alg alg : {Alg::hs256, Alg::rs256, Alg::ps256, Alg::es256, Alg::es512, Alg::eddsa_ed25519, Alg::ed448}) {
        const Rig rig{alg};
        const Verifier verifier = rig.verifier();
        const std::string good = rig.good(), bad = Rig{alg}.good();
        ASSERT_TRUE(verifier.verify(good, at(test_now)).ok());    // the header, and this thread's contexts
        const std::size_t before = allocations;
        const bool accepted = verifier.verify(good, at(test_now)).ok();
        const bool refused =
            !verifier.verify(bad, at(test_now)).ok() && !verifier.verify(good, at(test_now + 601)).ok();
        const std::size_t made = allocations - before;
        EXPECT_TRUE(accepted && refused) << row_of(alg).name;
        EXPECT_EQ(made, 0U) << row_of(alg).name;
    }
}

TEST(Allocations, a_hit_of_the_cache_makes_none) {
    const Rig rig;
    const Verifier verifier = rig.verifier();
    const std::string good = rig.good();
    SystemRandom random;
    for (const auto keeps : {TokenCache::Keeps::token, TokenCache::Keeps::digest}) {
        Revocations revocations;
        TokenCache cache{revocations, random, {.entries = 64, .keeps = keeps}};
        for (int i = 0; i < 2; ++i) ASSERT_TRUE(cache.verify(verifier, good, at(test_now)).ok());
        ASSERT_EQ(cache.size(), 1U);
        for (const bool changed : {false, true}) {    // the entry is asked again, too
            if (changed) ASSERT_TRUE(revocations.revoke_session("i", "s", at(test_now + 600), at(test_now)).ok());
            const VerifiedToken* const kept = *cache.verify(verifier, good, at(test_now));
            if (changed) ASSERT_TRUE(revocations.revoke_session("i", "s2", at(test_now + 600), at(test_now)).ok());
            const std::size_t before = allocations;
            const bool same = *cache.verify(verifier, good, at(test_now)) == kept;
            EXPECT_EQ(allocations - before, 0U) << changed;
            EXPECT_TRUE(same) << "a hit, not a verification";
        }
    }
}

TEST(Allocations, TOK_14_a_token_over_the_limit_is_refused_before_anything_is_done) {
    const Rig rig;
    const Verifier verifier = rig.verifier();
    const std::string huge = std::string(1 << 20, 'A') + "." + std::string(1 << 20, '.');
    const std::size_t before = allocations;
    const auto refused = verifier.verify(huge, at(test_now));
    EXPECT_EQ(allocations - before, 0U);
    EXPECT_EQ(refused.error().code(), Code::token_too_large);
}

}    // namespace
}    // namespace countersign::jose
