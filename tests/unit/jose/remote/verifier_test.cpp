#include <thread>

#include "jose/token_cache.hpp"
#include "unit/jose/remote/rig.hpp"

namespace countersign::jose {
namespace {

const Rig& one() {
    static const Rig rig{Alg::es256, "k1"};
    return rig;
}
const Rig& two() {
    static const Rig rig{Alg::es256, "k2"};
    return rig;
}

std::string_view label(const Result<VerifiedToken>& verified) {
    return verified.ok() ? "ok" : verified.error().label();
}

TEST(RemoteVerifier, keys_are_fetched_before_the_first_token_and_renewed_before_their_end) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()}), "max-age=600"));
    RemoteVerifier verifier = follow(fetch);
    EXPECT_EQ(fetch.count(), 0);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), "ok");
    EXPECT_EQ(fetch.asked(0).url, keys_url);
    EXPECT_EQ(fetch.asked(0).timeout, key_fetch_time);
    EXPECT_EQ(fetch.asked(0).max_bytes, max_key_set_size);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 479))), "ok");
    EXPECT_EQ(fetch.count(), 1);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 480))), "ok");
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, a_life_stays_within_its_bounds) {
    struct Row {
        std::string_view says;
        std::int64_t quiet;    // seconds without a second fetch
    };
    const Row table[]{{"", 720},
                      {"max-age=0", 48},
                      {"no-store", 48},
                      {"max-age=100", 80},
                      {"max-age=99999999999999999999", 2880},
                      {"max-age=x", 720},
                      {"private, max-age=100, no-cache", 48}};
    for (const Row& row : table) {
        ScriptedFetch fetch;
        fetch.answer(keys_url, json_answer(set_of({&one()}), std::string{row.says}));
        RemoteVerifier verifier = follow(fetch);
        EXPECT_TRUE(verifier.prepare(at(test_now)).ok()) << row.says;
        static_cast<void>(verifier.generation(at(test_now + row.quiet - 1)));
        EXPECT_EQ(fetch.count(), 1) << row.says;
        static_cast<void>(verifier.generation(at(test_now + row.quiet)));
        EXPECT_EQ(fetch.count(), 2) << row.says;
    }
}

TEST(RemoteVerifier, KEY_04_random_kids_of_several_threads_cause_one_fetch) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    ASSERT_TRUE(verifier.prepare(at(test_now)).ok());
    ASSERT_EQ(fetch.count(), 1);
    constexpr int threads = 4, tokens = 2'500;
    const auto flood = [&](int thread, std::int64_t now) {
        for (int i = 0; i < tokens; ++i) {
            const std::string kid = "r" + std::to_string(thread) + "-" + std::to_string(i);
            const std::string token =
                base64url(bytes_of(swapped(one().header(), "k1", kid))) + ".e30." + std::string(86, 'A');
            if (label(verifier.verify(token, at(now))) != "token.kid_unknown") return 1;
        }
        return 0;
    };
    const auto run = [&](std::int64_t now) {
        std::atomic<int> wrong{0};
        std::vector<std::thread> running;
        for (int t = 0; t < threads; ++t) running.emplace_back([&, t] { wrong += flood(t, now); });
        for (std::thread& thread : running) thread.join();
        EXPECT_EQ(wrong, 0);
    };
    run(test_now + 29);    // the first fetch counts
    EXPECT_EQ(fetch.count(), 1);
    run(test_now + 30);
    EXPECT_EQ(fetch.count(), 2);
    run(test_now + 59);
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, a_new_key_is_found_by_its_kid_and_a_withdrawn_one_stops) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), "ok");
    const std::uint64_t before = verifier.generation(at(test_now));
    fetch.answer(keys_url, json_answer(set_of({&two()})));
    EXPECT_EQ(label(verifier.verify(lasting(two()), at(test_now + 29))), "token.kid_unknown");
    EXPECT_EQ(verifier.generation(at(test_now + 29)), before);
    EXPECT_EQ(label(verifier.verify(lasting(two()), at(test_now + 30))), "ok");
    EXPECT_NE(verifier.generation(at(test_now + 30)), before);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 31))), "token.kid_unknown");
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, the_same_set_again_keeps_its_generation) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    const std::uint64_t first = verifier.generation(at(test_now));
    EXPECT_EQ(verifier.generation(at(test_now + 500)), first);
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, only_an_unknown_kid_makes_it_ask_again) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    ASSERT_TRUE(verifier.prepare(at(test_now)).ok());
    const std::string good = lasting(one());
    const std::string refused[]{"",
                                "a.b.c",
                                good.substr(0, good.size() - 4) + "AAAA",
                                one().sign(swapped(one().header(), "ES256", "RS256"), Rig::claims()),
                                one().sign(swapped(one().header(), "ES256", "none"), Rig::claims()),
                                one().sign(swapped(one().header(), "at+jwt", "other"), Rig::claims())};
    for (const std::string& token : refused) {
        const auto verified = verifier.verify(token, at(test_now + 100));
        EXPECT_FALSE(verified.ok()) << token;
    }
    EXPECT_EQ(fetch.count(), 1);
}

TEST(RemoteVerifier, TOK_06_no_address_in_a_token_is_ever_asked) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    const std::string members[]{R"("jku":"http://127.0.0.1:9/keys")", R"("x5u":"http://127.0.0.1:9/cert")",
                                R"("jku":"https://id.test/keys","x5u":"https://id.test/keys")"};
    std::int64_t now = test_now;
    for (const std::string& member : members) {
        for (const std::string_view kid : {"k1", "http://127.0.0.1:9/"}) {
            const std::string header = swapped(swapped(one().header(), "{", "{" + member + ","), "k1", kid);
            static_cast<void>(verifier.verify(
                one().sign(header, swapped(Rig::claims(), "https://id.test", "http://127.0.0.1:9/")), at(now += 60)));
        }
    }
    EXPECT_GE(fetch.count(), 3);    // the kids that nobody knows
    for (std::size_t i = 0; i < fetch.count(); ++i) EXPECT_EQ(fetch.asked(i).url, keys_url);
}

TEST(RemoteVerifier, KEY_05_without_the_issuer_keys_are_good_for_a_while_and_then_for_nothing) {
    ScriptedFetch fetch;
    Events events;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch, &events);
    const std::string token = lasting(one());
    EXPECT_EQ(label(verifier.verify(token, at(test_now))), "ok");
    fetch.answer(keys_url, fail(Code::fetch_failed));
    const std::int64_t bound = RemoteTimes{}.max_age.count();
    EXPECT_EQ(label(verifier.verify(token, at(test_now + 3'600))), "ok");
    EXPECT_TRUE(events.has("jwks.refused"));
    EXPECT_EQ(label(verifier.verify(token, at(test_now + bound - 1))), "ok");
    const auto late = verifier.verify(token, at(test_now + bound));
    EXPECT_EQ(label(late), "jwks.too_old");
    EXPECT_EQ(late.error().face().id, Public::unauthorized);
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    EXPECT_EQ(label(verifier.verify(token, at(test_now + bound + 60))), "ok");
}

TEST(RemoteVerifier, KEY_05_a_clock_that_is_set_back_does_not_prolong_anything) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), "ok");
    fetch.answer(keys_url, json_answer(set_of({&two()})));
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now - 29))), "ok");
    EXPECT_EQ(fetch.count(), 1);
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now - 3'600))), "token.kid_unknown");
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, KEY_03_KEY_12_nothing_but_a_usable_set_replaces_a_good_one) {
    const std::string secret = R"({"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}]})";
    std::string many = R"({"keys":[)" + *one().jwk().write_public();
    for (int i = 0; i < 100; ++i) many += R"(,{"kty":"x"})";
    const Secret private_half = *two().jwk().write_private();
    const std::string leaked{reinterpret_cast<const char*>(private_half.reveal().data()), private_half.reveal().size()};
    const std::string good = set_of({&two()});
    FetchResponse wrong_type = json_answer(good), no_type = json_answer(good), error = json_answer(good),
                  gone = json_answer(good), key_type = json_answer(good), with_charset = json_answer(good);
    wrong_type.headers[0].second = "text/html";
    no_type.headers.erase(no_type.headers.begin());
    error.status = 500;
    gone.status = 404;
    key_type.headers[0].second = "application/jwk-set+json";
    with_charset.headers[0].second = "Application/JSON ; charset=utf-8";
    struct Row {
        std::string_view name;
        Result<FetchResponse> answer;
        std::string_view event;    // empty: replaces
    };
    const Row table[]{
        {"good", json_answer(good), ""},
        {"type of key sets", key_type, ""},
        {"charset", with_charset, ""},
        {"one unusable key beside", json_answer(swapped(good, "[", R"([{"kty":"x"},)")), ""},
        {"empty", json_answer(R"({"keys":[]})"), "jwks.refused"},
        {"no usable key", json_answer(R"({"keys":[{"kty":"x"},{"kty":"y"}]})"), "jwks.refused"},
        {"no JSON", json_answer("<html>"), "jwks.refused"},
        {"cut off", json_answer(good.substr(0, good.size() - 2)), "jwks.refused"},
        {"a member twice", json_answer(swapped(good, "{", R"({"keys":[],)")), "jwks.refused"},
        {"101 keys", json_answer(many + "]}"), "jwks.refused"},
        {"over 1 MiB", json_answer(good + std::string(max_key_set_size, ' ')), "jwks.refused"},
        {"private half", json_answer(R"({"keys":[)" + leaked + "]}"), "jwks.alarm"},
        {"secret", json_answer(secret), "jwks.alarm"},
        {"text/html", wrong_type, "jwks.refused"},
        {"no type", no_type, "jwks.refused"},
        {"500", error, "jwks.refused"},
        {"404", gone, "jwks.refused"},
        {"no answer", fail(Code::fetch_timeout), "jwks.refused"},
    };
    for (const Row& row : table) {
        ScriptedFetch fetch;
        Events events;
        fetch.answer(keys_url, json_answer(set_of({&one()})));
        RemoteVerifier verifier = follow(fetch, &events);
        ASSERT_TRUE(verifier.prepare(at(test_now)).ok());
        fetch.answer(keys_url, row.answer);
        const bool replaces = row.event.empty();
        EXPECT_EQ(label(verifier.verify(lasting(two()), at(test_now + 60))), replaces ? "ok" : "token.kid_unknown")
            << row.name;
        EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 60))), replaces ? "token.kid_unknown" : "ok")
            << row.name;
        EXPECT_EQ(fetch.count(), 2) << row.name;
        if (!replaces) EXPECT_TRUE(events.has(row.event)) << row.name;
        EXPECT_EQ(events.worst() == Level::error, row.event == "jwks.alarm") << row.name;
    }
}

TEST(RemoteVerifier, an_issuer_without_keys_fails_closed_with_its_cause_and_is_asked_again) {
    struct Row {
        Result<FetchResponse> answer;
        std::string_view cause;
    };
    const Row table[]{{fail(Code::fetch_failed), "jwks.unreachable"},
                      {fail(Code::fetch_timeout), "jwks.unreachable"},
                      {fail(Code::fetch_tls_untrusted), "jwks.tls_untrusted"},
                      {fail(Code::fetch_redirect), "fetch.redirect"},
                      {fail(Code::fetch_address_refused), "fetch.address_refused"},
                      {json_answer("[]"), "key.malformed"},
                      {json_answer(R"({"keys":[]})"), "key.set_unusable"}};
    for (const Row& row : table) {
        ScriptedFetch fetch;
        fetch.answer(keys_url, row.answer);
        RemoteVerifier verifier = follow(fetch);
        EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), row.cause);
        EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 4))), row.cause);
        EXPECT_EQ(fetch.count(), 1) << row.cause;
        const auto prepared = verifier.prepare(at(test_now + 4));
        ASSERT_FALSE(prepared.ok());
        EXPECT_EQ(prepared.error().label(), row.cause);
        fetch.answer(keys_url, json_answer(set_of({&one()})));
        EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 5))), "ok");
    }
}

TEST(RemoteVerifier, callers_without_keys_share_one_fetch) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    fetch.hold_back();
    RemoteVerifier verifier = follow(fetch);
    std::atomic<int> good{0}, started{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            ++started;
            if (verifier.verify(lasting(one()), at(test_now)).ok()) ++good;
        });
    }
    fetch.wait_for_asks(1);
    while (started < 4) std::this_thread::yield();
    fetch.let_go();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 4);
    EXPECT_EQ(fetch.count(), 1);
}

TEST(RemoteVerifier, nobody_waits_for_a_renewal_while_there_are_keys) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    ASSERT_TRUE(verifier.prepare(at(test_now)).ok());
    fetch.hold_back();
    std::thread renewing{[&] { static_cast<void>(verifier.verify(lasting(one()), at(test_now + 500))); }};
    fetch.wait_for_asks(2);    // and is not answered until the others are done
    for (int i = 0; i < 100; ++i) EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 500))), "ok");
    fetch.let_go();
    renewing.join();
    EXPECT_EQ(fetch.count(), 2);
}

TEST(RemoteVerifier, readers_and_a_changing_set_agree) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    ASSERT_TRUE(verifier.prepare(at(test_now)).ok());
    std::atomic<std::int64_t> now{test_now};
    std::atomic<bool> stop{false};
    std::atomic<int> wrong{0};
    const std::string token = lasting(one());
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!stop) wrong += verifier.verify(token, at(now)).ok() ? 0 : 1;
        });
    }
    const std::uint64_t first = verifier.generation(at(now));
    for (int i = 0; i < 60; ++i) {
        fetch.answer(keys_url, json_answer(i % 2 == 0 ? set_of({&one(), &two()}) : set_of({&one()})));
        now += 500;
        static_cast<void>(verifier.prepare(at(now)));
    }
    stop = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_NE(verifier.generation(at(now)), first);
}

TEST(RemoteVerifier, times_that_no_clock_shows_do_no_harm) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    for (const std::int64_t ms : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                  std::int64_t{0}, std::int64_t{-1}}) {
        EXPECT_NE(verifier.use(Instant::from_unix_ms(ms))->number, 0) << ms;
    }
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), "ok");
}

TEST(RemoteVerifier, TOK_08_issuers_keep_their_keys_and_a_dead_one_stops_no_other) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, fail(Code::fetch_failed));
    std::vector<IssuerWithKeys> issuers;
    issuers.push_back(published());
    issuers.push_back({.policy = policy_of("https://two.test"), .keys = FixedKeys{Secret{bytes_of(set_of({&two()}))}}});
    RemoteVerifier verifier = *RemoteVerifier::make(std::move(issuers), fetch, nullptr);
    EXPECT_EQ(label(verifier.verify(lasting(two(), "https://two.test"), at(test_now))), "ok");
    EXPECT_EQ(label(verifier.verify(lasting(two(), "https://id.test"), at(test_now))), "token.iss_mismatch");
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now))), "jwks.unreachable");
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    EXPECT_EQ(label(verifier.verify(lasting(one()), at(test_now + 30))), "ok");
    EXPECT_EQ(label(verifier.verify(lasting(one(), "https://two.test"), at(test_now + 30))), "token.iss_mismatch");
    EXPECT_EQ(label(verifier.verify(lasting(two(), "https://two.test"), at(test_now + 30))), "ok");
}

TEST(RemoteVerifier, a_kid_that_another_issuer_has_too_hides_no_rotation) {
    const Rig rsa{Alg::rs256, "k1"}, ecdsa{Alg::es256, "k1"}, fresh{Alg::es256, "k2"}, other{Alg::es256, "k2"};
    const std::pair<const Rig*, std::string_view> table[]{{&rsa, "the kid with another algorithm"},
                                                          {&other, "the kid and the algorithm with another key"}};
    for (const auto& [neighbour, name] : table) {
        const std::string kid = neighbour->jwk().kid;
        const Rig old{Alg::es256, "k0"}, rotated{Alg::es256, kid};
        ScriptedFetch fetch;
        fetch.answer(keys_url, json_answer(set_of({&old})));
        std::vector<IssuerWithKeys> issuers;
        issuers.push_back(published());
        VerifyPolicy policy = policy_of("https://two.test");
        policy.algorithms = Algorithms{Alg::rs256, Alg::es256};
        issuers.push_back({.policy = policy, .keys = FixedKeys{Secret{bytes_of(set_of({neighbour}))}}});
        RemoteVerifier verifier = *RemoteVerifier::make(std::move(issuers), fetch, nullptr);
        EXPECT_EQ(label(verifier.verify(lasting(old), at(test_now))), "ok") << name;
        fetch.answer(keys_url, json_answer(set_of({&old, &rotated})));
        EXPECT_EQ(label(verifier.verify(lasting(rotated), at(test_now + 31))), "ok") << name;
    }
}

TEST(RemoteVerifier, a_cache_forgets_with_the_keys) {
    ScriptedFetch fetch;
    fetch.answer(keys_url, json_answer(set_of({&one()})));
    RemoteVerifier verifier = follow(fetch);
    SystemRandom random;
    const Revocations revocations;
    TokenCache cache{revocations, random, {.entries = 64}};
    const std::string token = lasting(one());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(cache.verify(verifier, token, at(test_now)).ok());
    EXPECT_EQ(cache.size(), 1U);
    // The issuer withdraws the key; the set is renewed before the entry would have ended.
    fetch.answer(keys_url, json_answer(set_of({&two()}), "max-age=60"));
    ASSERT_TRUE(verifier.prepare(at(test_now + 599)).ok());
    const auto refused = cache.verify(verifier, token, at(test_now + 600));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().label(), "token.kid_unknown");
    EXPECT_EQ(cache.size(), 0U);
}

TEST(RemoteVerifier, what_cannot_be_followed_is_refused_when_it_is_made) {
    ScriptedFetch fetch;
    const auto made = [&](std::vector<IssuerWithKeys> issuers) {
        const auto verifier = RemoteVerifier::make(std::move(issuers), fetch, nullptr);
        return verifier.ok() ? std::string_view{"ok"} : verifier.error().label();
    };
    const auto list = [](auto... each) {
        std::vector<IssuerWithKeys> out;
        (out.push_back(std::move(each)), ...);
        return out;
    };
    EXPECT_EQ(made(list(published())), "ok");
    EXPECT_EQ(made({}), "policy.invalid");
    EXPECT_EQ(made(list(published(), published())), "policy.invalid");
    IssuerWithKeys secret = published();
    secret.policy = policy_of("https://id.test", Alg::hs256);
    EXPECT_EQ(made(list(std::move(secret))), "policy.invalid");
    EXPECT_EQ(made(list(published({.min_life = Seconds{7'200}}))), "policy.invalid");
    EXPECT_EQ(made(list(published({.cool_down = Seconds{0}}))), "policy.invalid");
}

}    // namespace
}    // namespace countersign::jose
