// Signing keys at rest, in the key set, and made by several at once.
#include <latch>
#include <thread>

#include "jose/jws.hpp"
#include "support/database.hpp"
#include "unit/token/rig.hpp"

namespace countersign::token {
namespace {

constexpr std::array offered{jose::Alg::eddsa_ed25519, jose::Alg::es256, jose::Alg::es512, jose::Alg::rs256,
                             jose::Alg::ps256};

TEST_F(Tokens, every_algorithm_signs_what_the_published_key_verifies) {
    for (const jose::Alg alg : offered) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({.algorithm = alg});
        const std::string token = issue();
        const std::string_view name = jose::row_of(alg).name;
        EXPECT_EQ(parts_of(token).header,
                  R"({"alg":")" + std::string{name} + R"(","typ":"at+jwt","kid":")" + column(0, "id") + R"("})");
        EXPECT_EQ(column(0, "alg"), name);
        const auto keys = jose::KeySet::parse(key_set(), {alg});
        ASSERT_TRUE(keys.ok()) << keys.error().detail();
        EXPECT_TRUE(jose::verify_compact(*keys, token).ok()) << name;
        EXPECT_FALSE(jose::verify_compact(*keys, "e" + token).ok()) << name;
    }
}

TEST_F(Tokens, a_longer_RSA_key_is_made_if_asked_for) {
    use({.algorithm = jose::Alg::rs256, .rsa_bits = 3072});
    issue();
    EXPECT_EQ(parse_base64url(member(column(0, "publicKey"), "n"))->size(), 384U);
}

TEST_F(Tokens, small_effort_gets_nothing_before_the_first_key) {
    EXPECT_EQ(issuer_->issue(who_, std::nullopt, Effort::small).value_or("an error"), std::nullopt);
    EXPECT_EQ(keys_->published(Effort::small).value_or("an error"), std::nullopt);
    EXPECT_TRUE(key_rows().empty());
}

TEST_F(Tokens, the_first_key_is_made_once_however_many_ask) {
    constexpr int askers = 16;
    std::latch together{askers};
    std::vector<std::thread> threads;
    for (int i = 0; i < askers; ++i) {
        threads.emplace_back([&] {
            together.arrive_and_wait();
            const auto token = issuer_->issue(who_, std::nullopt, Effort::any);
            EXPECT_TRUE(token.ok() && token->has_value());
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(key_rows().size(), 1U);
}

/// One file, as several processes have it open: what is made by one is seen by the others.
TEST(SigningKeysTogether, KEY_06_two_processes_that_rotate_at_once_make_one_key) {
    ASSERT_TRUE(crypto::start().ok());
    const testing_support::TemporaryFolder folder;
    struct Process {
        std::unique_ptr<storage::Storage> storage;
        crypto::Keyring secrets{Secret::from_text(test_secret)};
        FixedClock clock{noon};
        SystemRandom random;
        testing_support::TextLog log;
        std::optional<SigningKeys> keys;
    };
    constexpr KeyOptions options{.rotation_interval = day, .publish_ahead = hour, .grace_period = day};
    std::array<Process, 2> processes;
    static constexpr const storage::Table* tables[]{&storage::jwks_table};
    for (Process& one : processes) {
        one.storage = *storage::open_sqlite({.path = folder.file("keys.db")});
        ASSERT_TRUE(one.storage->migrate(tables).ok());
        one.keys.emplace(*one.storage, one.secrets, one.clock, one.random, one.log, options);
    }
    std::size_t expected = 0;
    constexpr int rounds = 20, threads_each = 3;
    for (int round = 0; round < rounds; ++round) {
        const bool asked = round % 2 == 1;
        for (Process& one : processes) one.clock.set(noon + round * day);
        std::latch together{2 * threads_each};
        std::vector<std::thread> threads;
        for (int i = 0; i < 2 * threads_each; ++i) {
            threads.emplace_back([&, i] {
                SigningKeys& keys = *processes[static_cast<std::size_t>(i % 2)].keys;
                together.arrive_and_wait();
                if (asked) EXPECT_TRUE(keys.rotate(Takeover::when_published).ok());
                EXPECT_TRUE(keys.published(Effort::any).ok());
                EXPECT_TRUE(keys.signer(Effort::any).ok());
            });
        }
        for (std::thread& thread : threads) thread.join();
        const auto ring = processes[0].keys->look();
        ASSERT_TRUE(ring.ok());
        // A key that is due and the one that was asked for are one and the same, but for the round that begins.
        EXPECT_GT(ring->keys().size(), expected) << round;
        EXPECT_LE(ring->keys().size(), expected + (asked ? 2U : 1U)) << round;
        expected = ring->keys().size();
        EXPECT_EQ(ring->next(), Next::not_yet) << round;
    }
}

TEST_F(Tokens, KEY_07_the_private_half_is_sealed_in_the_form_of_Better_Auth) {
    for (const jose::Alg alg : offered) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({.algorithm = alg});
        issue();
        const std::string stored = column(0, "privateKey");
        const auto text = json::parse(stored);
        ASSERT_TRUE(text.ok() && text->as_string() != nullptr) << "a JSON string, quotes included";
        const auto opened = crypto::symmetric_decrypt(secrets_, *text->as_string());
        ASSERT_TRUE(opened.ok());
        const auto key = jose::Jwk::parse(opened->reveal_text());
        ASSERT_TRUE(key.ok());
        EXPECT_EQ(key->write_public().value_or(""), column(0, "publicKey"));
        for (const std::string_view half : {"d", "p", "q", "dp", "dq", "qi"}) {
            const std::string number = member(std::string{opened->reveal_text()}, half);
            EXPECT_FALSE(stored.contains(number)) << half;
            EXPECT_EQ(member(column(0, "publicKey"), half), "absent") << half;
        }
    }
}

TEST_F(Tokens, KEY_07_a_flipped_byte_of_a_sealed_key_is_a_refusal_and_no_new_key) {
    issue();
    const std::string sealed = column(0, "privateKey"), id = column(0, "id"), half = column(0, "publicKey");
    const std::size_t flips[]{1, 24, sealed.size() / 2, sealed.size() - 2};
    for (const std::size_t at : flips) {
        std::string changed = sealed;
        changed[at] = changed[at] == '0' ? '1' : '0';
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({});
        add_key(id, half, changed);
        const auto refused = ask();
        ASSERT_FALSE(refused.ok()) << at;
        EXPECT_EQ(refused.error().code(), Code::secret_unusable) << at;
        EXPECT_TRUE(refused.error().detail().contains(id));
        EXPECT_EQ(refused.error().face().http, 500) << at;
        EXPECT_EQ(key_rows().size(), 1U) << at;
        EXPECT_EQ(published_ids(), std::vector{id}) << at;    // what it has signed can still be verified
    }
    testing_support::Domain fresh;
    storage = std::move(fresh.storage);
    use({});
    add_key(id, half, sealed);
    EXPECT_EQ(kid(), id);
}

TEST_F(Tokens, KEY_07_a_public_half_that_was_changed_is_noticed_before_it_signs) {
    issue();
    const std::string sealed = column(0, "privateKey"), other = make_pair(random).public_jwk;
    testing_support::Domain fresh;
    storage = std::move(fresh.storage);
    use({});
    add_key("changed", other, sealed);
    const auto refused = ask();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::storage_corrupt);
}

TEST_F(Tokens, a_key_is_stored_without_encryption_only_if_asked_for) {
    use({.at_rest = AtRest::plain});
    const std::string first = kid();
    EXPECT_TRUE(jose::Jwk::parse(column(0, "privateKey")).ok());
    use({});
    EXPECT_EQ(kid(), first);
    clock.advance(minute);
    const Pair pair = make_pair(random);
    add_key("plain", pair.public_jwk, pair.private_jwk);
    EXPECT_EQ(kid(), "plain");
}

TEST_F(Tokens, KEY_10_a_key_that_an_older_secret_sealed_still_signs) {
    const std::string first = kid();
    crypto::Keyring changed{Secret::from_text(test_secret)};
    changed.add_version(2, Secret::from_text("another secret of the test, longer yet"));
    std::swap(secrets_, changed);
    use({});
    EXPECT_EQ(kid(), first);
    ASSERT_TRUE(keys_->rotate(Takeover::at_once).ok());
    EXPECT_NE(kid(), first);
    EXPECT_TRUE(column(0, "privateKey").starts_with("\"$ba$2$"));
}

TEST_F(Tokens, ERR_01_a_private_half_that_cannot_be_read_is_a_fault_of_ours_that_names_the_key) {
    const Pair key = make_pair(random), other = make_pair(random);
    const crypto::Keyring foreign{Secret::from_text("the secret of another installation, 32")};
    std::string sealed;
    json::Writer{sealed}.value(*crypto::symmetric_encrypt(foreign, key.private_jwk, random));
    struct Case {
        std::string_view name;
        std::string stored;
        Code expected;
    };
    const Case cases[]{
        {"sealed with another secret", sealed, Code::secret_unusable},
        {"no JSON", "-----BEGIN", Code::storage_corrupt},
        {"nothing", "", Code::storage_corrupt},
        {"a string of nothing", "\"\"", Code::secret_unusable},
        {"a number", "7", Code::storage_corrupt},
        {"no key", "{}", Code::storage_corrupt},
        {"a public key", key.public_jwk, Code::storage_corrupt},
        {"a whole key that is another one", other.private_jwk, Code::storage_corrupt},
        {"d of another key",
         R"({"crv":"Ed25519","d":")" + member(other.private_jwk, "d") + R"(","x":")" + member(key.public_jwk, "x") +
             R"(","kty":"OKP"})",
         Code::storage_corrupt},
        {"a secret", R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})", Code::storage_corrupt},
    };
    int number = 0;
    for (const Case& c : cases) {
        clock.advance(minute);    // the newest key signs
        const std::string id = "broken-" + std::to_string(number++);
        add_key(id, key.public_jwk, c.stored);
        const auto refused = ask();
        ASSERT_FALSE(refused.ok()) << c.name;
        EXPECT_EQ(refused.error().code(), c.expected) << c.name;
        EXPECT_EQ(refused.error().face().http, 500) << c.name;
        EXPECT_TRUE(refused.error().detail().contains(id)) << c.name;
    }
}

TEST_F(Tokens, KEY_12_the_key_set_shows_public_members_only) {
    const Pair key = make_pair(random);
    std::string with_private = key.public_jwk;
    with_private.insert(1, R"("d":"c2VjcmV0","k":"c2VjcmV0","secret":"x",)");
    add_key("odd", with_private, key.private_jwk);
    EXPECT_EQ(key_set(), R"({"keys":[{"alg":"EdDSA","crv":"Ed25519","x":")" + member(key.public_jwk, "x") +
                             R"(","kty":"OKP","kid":"odd"}]})");
}

TEST_F(Tokens, KEY_12_no_algorithm_shows_more_than_the_members_of_its_type) {
    constexpr std::array<std::string_view, 8> allowed{"kty", "crv", "x", "y", "n", "e", "kid", "alg"};
    for (const jose::Alg alg : offered) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({.algorithm = alg});
        const auto set = json::parse(key_set());
        for (const auto& [name, value] : *set->find("keys")->as_array()->front().as_object()) {
            EXPECT_NE(std::ranges::find(allowed, name), allowed.end()) << name;
        }
    }
}

TEST_F(Tokens, ERR_01_a_public_half_that_is_no_JSON_is_a_fault_of_ours) {
    for (const std::string broken : {"", "{", R"({"x":7})"}) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({});
        add_key("broken", broken, "{}");
        const auto set = keys_->published(Effort::any);
        ASSERT_FALSE(set.ok()) << broken;
        EXPECT_EQ(set.error().code(), Code::storage_corrupt) << broken;
    }
}

TEST_F(Tokens, a_symmetric_key_in_the_table_never_signs_and_is_not_shown) {
    add_row({"oct",
             R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
             R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
             clock.now() + day,
             {},
             "HS256",
             {}});
    EXPECT_NE(kid(), "oct");
    EXPECT_FALSE(key_set().contains("\"k\""));
}

TEST_F(Tokens, opened_keys_are_few_and_signing_pins_them) {
    OpenedKeys opened;
    const auto open = [&](const std::string& id) {
        const auto jwk = jose::Jwk::generate(jose::Alg::eddsa_ed25519, random);
        return opened.add(KeyId{id}, *jose::SigningKey::bind(*jwk, jose::Alg::eddsa_ed25519));
    };
    const auto pinned = open("pinned");
    for (int i = 0; i < 10; ++i) std::ignore = open("key " + std::to_string(i));
    EXPECT_TRUE(opened.find(KeyId{"pinned"}).has_value());
    EXPECT_TRUE(opened.find(KeyId{"key 9"}).has_value());
    EXPECT_FALSE(opened.find(KeyId{"key 8"}).has_value());
    EXPECT_TRUE(pinned.key().sign(bytes_of("x")).ok());
}

TEST_F(Tokens, KEY_08_a_retired_key_is_gone_from_the_set_at_once_and_its_tokens_are_refused) {
    const std::string token = issue(), first = column(0, "id");
    const auto before = jose::KeySet::parse(key_set(), {jose::Alg::eddsa_ed25519});
    ASSERT_TRUE(jose::verify_compact(*before, token).ok());
    const auto gone = keys_->retire(KeyId{first});
    ASSERT_TRUE(gone.ok() && gone->has_value());
    EXPECT_TRUE(log_.text().contains("signing_key.retired"));
    const auto after = jose::KeySet::parse(key_set(), {jose::Alg::eddsa_ed25519});    // with a new key
    const auto refused = jose::verify_compact(*after, token);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::token_kid_unknown);
    EXPECT_NE(kid(), first);
    EXPECT_FALSE(keys_->retire(KeyId{first})->has_value());
}

TEST_F(Tokens, KEY_06_a_rotation_with_another_secret_is_refused_before_it_harms) {
    const std::string first = kid();
    crypto::Keyring foreign{Secret::from_text("the secret of another installation, 32")};
    SigningKeys other{*storage, foreign, clock, random, log_, {}};
    for (const Takeover when : {Takeover::at_once, Takeover::when_published}) {
        const auto refused = other.rotate(when);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::secret_unusable);
    }
    EXPECT_EQ(key_rows().size(), 1U);
    EXPECT_EQ(kid(), first);
}

}    // namespace
}    // namespace countersign::token
