// One verifier, many threads, and what changes beside them. Runs under the thread sanitizer too.
#include <atomic>
#include <thread>

#include "jose/token_cache.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::jose {
namespace {

constexpr int threads = 4;
constexpr std::string_view issuer = "https://id.test";

template <class Work>
void together(const Work& work) {
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) all.emplace_back([&, i] { work(i); });
    for (std::thread& one : all) one.join();
}

TEST(Threads, one_verifier_serves_all_of_them) {
    for (const Alg alg : {Alg::hs256, Alg::rs256, Alg::es256, Alg::eddsa_ed25519}) {
        const Rig rig{alg};
        const Verifier verifier = rig.verifier();
        std::atomic<int> wrong{0};
        together([&](int thread) {
            for (int i = 0; i < 40; ++i) {
                // Headers that are new to the verifier, remembered by several threads at once.
                const std::string header = swapped(rig.header(), "{", "{\"x\":" + std::to_string(i) + ",");
                const std::string user = "user-" + std::to_string(thread);
                const std::string token = rig.sign(header, swapped(Rig::claims(), "user-a", user));
                const auto good = verifier.verify(token, at(test_now));
                const auto bad = verifier.verify(token + "A", at(test_now));
                wrong += good.ok() && good->subject() == user && !bad.ok() ? 0 : 1;
            }
        });
        EXPECT_EQ(wrong, 0) << row_of(alg).name;
        // Threads that meet at one spelling may each add it; nothing is lost by that.
        EXPECT_GE(verifier.known_headers(), 40U) << row_of(alg).name;
        EXPECT_LE(verifier.known_headers(), 40U * threads) << row_of(alg).name;
    }
}

TEST(Threads, a_revocation_is_seen_by_every_cache) {
    const Rig rig;
    const Verifier verifier = rig.verifier();
    Revocations revocations;
    std::atomic<int> ready{0}, wrong{0};
    std::atomic<bool> revoked{false};
    const std::string token = rig.sign(rig.header(), swapped(Rig::claims(), "\"iat\"", R"("sid":"s1","iat")"));
    std::thread writer{[&] {
        for (int i = 0; ready < threads; ++i)
            wrong +=
                revocations.revoke_session(issuer, "other-" + std::to_string(i % 100), at(test_now + 600), at(test_now))
                        .ok()
                    ? 0
                    : 1;
        wrong += revocations.revoke_session(issuer, "s1", at(test_now + 600), at(test_now)).ok() ? 0 : 1;
        revoked = true;
    }};
    together([&](int) {
        SystemRandom random;
        TokenCache cache{revocations, random, {.entries = 64}};
        for (int i = 0; i < 200; ++i) {
            const bool before = revoked;
            const bool good = cache.verify(verifier, token, at(test_now)).ok();
            wrong += before && good ? 1 : 0;
        }
        ++ready;
        while (!revoked) std::this_thread::yield();
        wrong += cache.verify(verifier, token, at(test_now)).ok() ? 1 : 0;
    });
    writer.join();
    EXPECT_EQ(wrong, 0);
}

}    // namespace
}    // namespace countersign::jose
