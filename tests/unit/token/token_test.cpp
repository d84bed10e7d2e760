// What stands in our tokens, with which key, and when one is given out again.
#include <latch>
#include <thread>

#include "base/encoding.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/password.hpp"
#include "support/domain.hpp"
#include "token/issuer.hpp"

namespace countersign::token {
namespace {

namespace st = storage::statements;
using testing_support::noon;

constexpr Seconds minute{60}, day{86400};

struct Parts {
    std::string header, claims, signed_text;
    crypto::Ed25519Signature signature{};
};

Parts parts_of(const std::string& token) {
    Parts parts;
    const std::size_t first = token.find('.'), last = token.rfind('.');
    const auto text = [](std::string_view encoded) {
        const auto bytes = parse_base64url(encoded);
        return bytes ? std::string{text_of(*bytes)} : std::string{"no base64url"};
    };
    parts.header = text(std::string_view{token}.substr(0, first));
    parts.claims = text(std::string_view{token}.substr(first + 1, last - first - 1));
    parts.signed_text = token.substr(0, last);
    const auto signature = parse_base64url(std::string_view{token}.substr(last + 1));
    EXPECT_TRUE(signature && signature->size() == parts.signature.size());
    if (signature && signature->size() == parts.signature.size())
        std::ranges::copy(*signature, parts.signature.begin());
    return parts;
}

std::string member(const std::string& text, std::string_view name) {
    const auto parsed = json::parse(text);
    const json::Value* found = parsed.ok() ? parsed->find(name) : nullptr;
    const std::string* value = found == nullptr ? nullptr : found->as_string();
    return value == nullptr ? "absent" : *value;
}

class Tokens : public testing::Test, protected testing_support::Domain {
  protected:
    Tokens() : secrets_{Secret::from_text("a secret of the test, 32 letters or more")} {}
    void SetUp() override {
        ASSERT_TRUE(crypto::start().ok());
        who_.session = {.id = SessionId{"session-1"}, .expires_at = noon + day, .token = "t", .user = UserId{"ann"}};
        who_.user = {.id = UserId{"ann"},
                     .name = "Ann",
                     .email = "ann@x.co",
                     .email_state = identity::EmailState::verified,
                     .created_at = noon,
                     .updated_at = noon};
        use({});
    }
    void use(const KeyOptions& keys, TokenProfile profile = TokenProfile::access) {
        keys_.emplace(*storage, secrets_, clock, random, keys);
        options_ = {.profile = profile,
                    .issuer = "https://id.example/api/auth",
                    .audiences = {"https://api.example", "https://other.example"},
                    .life = 5 * minute};
        use_options();
    }
    void use_options() { issuer_.emplace(*keys_, clock, random, options_); }
    std::string issue(std::optional<std::string_view> audience = std::nullopt) {
        EXPECT_TRUE(issuer_->ensure_key().ok());
        const auto token = issuer_->issue(who_, audience);
        EXPECT_TRUE(token.ok() && token->has_value()) << (token.ok() ? "absent" : token.error().detail());
        return token.ok() ? token->value_or("") : "";
    }
    std::vector<storage::Row> key_rows() {
        return storage->reader().find_many(st::jwks_all, {}).value_or(std::vector<storage::Row>{});
    }
    std::string column(std::size_t row, std::string_view name) {
        return std::get<std::string>(key_rows().at(row).at(*storage::jwks_table.index_of(name)));
    }
    /// Puts a key row there as a neighbour would.
    void add_key(const std::string& id, const std::string& public_jwk, const std::string& private_jwk) {
        const storage::Row row{id, public_jwk, private_jwk, clock.now(), {}, "EdDSA", "Ed25519"};
        EXPECT_TRUE(storage->transact([&](storage::Tx& tx) { return tx.create(st::jwks_create, row); }).ok());
    }
    std::vector<std::string> published_ids() {
        std::vector<std::string> ids;
        const auto set = keys_->published();
        if (!set.ok() || !set->has_value()) return {"no set"};
        const auto parsed = json::parse(**set);
        for (const json::Value& key : *parsed->find("keys")->as_array()) ids.push_back(*key.find("kid")->as_string());
        return ids;
    }

    crypto::Keyring secrets_;
    session::SignedIn who_;
    std::optional<SigningKeys> keys_;
    IssuerOptions options_;
    std::optional<Issuer> issuer_;
};

TEST_F(Tokens, TOK_22_an_access_token_has_exactly_these_members) {
    const Parts parts = parts_of(issue());
    const std::string kid = column(0, "id");
    EXPECT_EQ(parts.header, R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + kid + R"("})");
    const std::string jti = member(parts.claims, "jti");
    EXPECT_EQ(jti.size(), id_length);
    EXPECT_EQ(parts.claims,
              R"({"iss":"https://id.example/api/auth","sub":"ann","aud":"https://api.example","iat":1795521600,)"
              R"("exp":1795521900,"jti":")" +
                  jti + R"(","sid":"session-1"})");
}

TEST_F(Tokens, a_session_token_has_exactly_the_members_of_Better_Auth) {
    use({}, TokenProfile::session_jwt);
    const Parts parts = parts_of(issue());
    EXPECT_EQ(parts.header, R"({"alg":"EdDSA","kid":")" + column(0, "id") + R"("})");
    EXPECT_EQ(parts.claims,
              R"({"iat":1795521600,"name":"Ann","email":"ann@x.co","emailVerified":true,"image":null,)"
              R"("createdAt":"2026-11-24T12:00:00.000Z","updatedAt":"2026-11-24T12:00:00.000Z","id":"ann",)"
              R"("sub":"ann","exp":1795521900,"iss":"https://id.example/api/auth","aud":"https://api.example"})");
}

TEST_F(Tokens, fields_claims_and_subject_of_a_session_token_follow_the_options) {
    use({}, TokenProfile::session_jwt);
    options_.payload_fields = {"email"};
    options_.constant_claims = {{"tenant", json::Value{std::string{"x"}}}};
    options_.subject_field = "email";
    use_options();
    EXPECT_EQ(parts_of(issue()).claims,
              R"({"iat":1795521600,"email":"ann@x.co","tenant":"x","sub":"ann@x.co","exp":1795521900,)"
              R"("iss":"https://id.example/api/auth","aud":"https://api.example"})");
}

TEST_F(Tokens, TOK_21_the_audience_is_one_of_the_list) {
    EXPECT_EQ(member(parts_of(issue("https://other.example")).claims, "aud"), "https://other.example");
    for (const std::string_view audience :
         {"", "https://api.example/", "https://evil.example", "HTTPS://API.EXAMPLE"}) {
        const auto refused = issuer_->issue(who_, audience);
        ASSERT_FALSE(refused.ok()) << audience;
        EXPECT_EQ(refused.error().code(), Code::token_aud_mismatch);
    }
}

TEST_F(Tokens, the_signature_is_that_of_the_published_key) {
    const Parts parts = parts_of(issue());
    const auto x = parse_base64url(member(column(0, "publicKey"), "x"));
    ASSERT_TRUE(x && x->size() == 32);
    crypto::Ed25519Public key{};
    std::ranges::copy(*x, key.begin());
    EXPECT_EQ(crypto::verify_ed25519(key, bytes_of(parts.signed_text), parts.signature), crypto::SignatureCheck::match);
    EXPECT_EQ(crypto::verify_ed25519(key, bytes_of(parts.signed_text + "x"), parts.signature),
              crypto::SignatureCheck::mismatch);
}

TEST_F(Tokens, one_token_for_session_and_audience_in_the_first_half_of_its_life) {
    const std::string first = issue();
    struct Case {
        std::string_view name;
        Milliseconds later;
        std::optional<std::string_view> audience;
        bool again;
    };
    const Case cases[]{
        {"at once", Milliseconds{0}, std::nullopt, true},
        {"the same audience, named", Milliseconds{0}, "https://api.example", true},
        {"another audience", Milliseconds{0}, "https://other.example", false},
        {"just before half of its life", 150 * Seconds{1} - Milliseconds{1}, std::nullopt, true},
        {"at half of its life", 150 * Seconds{1}, std::nullopt, false},
    };
    for (const Case& c : cases) {
        clock.set(noon + c.later);
        EXPECT_EQ(issue(c.audience) == first, c.again) << c.name;
    }
    const std::string second = issue();
    EXPECT_EQ(member(parts_of(second).claims, "iss"), options_.issuer);
    EXPECT_NE(member(parts_of(second).claims, "jti"), member(parts_of(first).claims, "jti"));
    clock.set(noon);    // a clock that is set back: a token from the future is not given out
    EXPECT_NE(issue(), second);
}

TEST_F(Tokens, ISO_01_nobody_gets_the_token_of_another) {
    const std::string of_ann = issue();
    who_.session.id = SessionId{"session-2"};
    const std::string of_her_other_session = issue();
    who_.session.user = who_.user.id = UserId{"bob"};
    const std::string of_bob = issue();
    EXPECT_EQ(member(parts_of(of_her_other_session).claims, "sid"), "session-2");
    EXPECT_EQ(member(parts_of(of_bob).claims, "sub"), "bob");
    EXPECT_NE(of_ann, of_her_other_session);
    EXPECT_NE(of_her_other_session, of_bob);
}

TEST_F(Tokens, a_token_that_would_say_something_else_now_is_made_anew) {
    struct Case {
        std::string_view name;
        std::function<void(identity::User&)> change;
    };
    const Case cases[]{
        {"name", [](identity::User& user) { user.name = "Anna"; }},
        {"email", [](identity::User& user) { user.email = "anna@x.co"; }},
        {"verified", [](identity::User& user) { user.email_state = identity::EmailState::unverified; }},
        {"image", [](identity::User& user) { user.image = "https://x.co/a.png"; }},
    };
    use({}, TokenProfile::session_jwt);
    for (const Case& c : cases) {
        const std::string before = issue();
        c.change(who_.user);
        const std::string after = issue();
        EXPECT_NE(after, before) << c.name;
        EXPECT_EQ(issue(), after) << c.name;
    }
}

TEST_F(Tokens, sessions_without_number_take_bounded_memory) {
    TokenReuse reuse{5 * minute};
    const auto wanted = [](std::size_t i) {
        return TokenReuse::For{SessionId{"s" + std::to_string(i)}, "a", KeyId{"k"}, "u"};
    };
    constexpr std::size_t many = 4 * TokenReuse::places;
    for (std::size_t i = 0; i < many; ++i) reuse.keep(wanted(i), noon, "token " + std::to_string(i));
    std::size_t kept = 0;
    for (std::size_t i = 0; i < many; ++i) {
        const auto found = reuse.find(wanted(i), noon);
        if (!found) continue;
        EXPECT_EQ(*found, "token " + std::to_string(i));
        ++kept;
    }
    EXPECT_LE(kept, TokenReuse::places);
    EXPECT_GT(kept, TokenReuse::places / 2);
}

TEST_F(Tokens, there_is_no_token_and_no_key_set_before_the_first_key) {
    EXPECT_EQ(issuer_->issue(who_, std::nullopt).value_or("an error"), std::nullopt);
    EXPECT_EQ(keys_->published().value_or("an error"), std::nullopt);
}

TEST_F(Tokens, the_first_key_is_made_once_however_many_ask) {
    constexpr int askers = 16;
    std::latch together{askers};
    std::vector<std::thread> threads;
    for (int i = 0; i < askers; ++i) {
        threads.emplace_back([&] {
            together.arrive_and_wait();
            EXPECT_TRUE(issuer_->ensure_key().ok());
            const auto token = issuer_->issue(who_, std::nullopt);
            EXPECT_TRUE(token.ok() && token->has_value());
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(key_rows().size(), 1U);
}

TEST_F(Tokens, KEY_07_the_private_half_is_sealed_in_the_form_of_Better_Auth) {
    issue();
    const std::string stored = column(0, "privateKey");
    const auto text = json::parse(stored);
    ASSERT_TRUE(text.ok() && text->as_string() != nullptr) << "a JSON string, quotes included";
    const auto opened = crypto::symmetric_decrypt(secrets_, *text->as_string());
    ASSERT_TRUE(opened.ok());
    const auto key = crypto::Ed25519Key::from_jwk(opened->reveal_text());
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->public_jwk(), column(0, "publicKey"));
    EXPECT_FALSE(stored.contains(member(std::string{opened->reveal_text()}, "d")));
}

TEST_F(Tokens, KEY_10_a_key_that_an_older_secret_sealed_still_signs) {
    issue();
    crypto::Keyring changed{Secret::from_text("a secret of the test, 32 letters or more")};
    changed.add_version(2, Secret::from_text("another secret of the test, longer yet"));
    SigningKeys keys{*storage, changed, clock, random, {}};
    const auto current = keys.find_current();
    ASSERT_TRUE(current.ok() && current->has_value());
    EXPECT_TRUE(keys.sign(**current, "{}", "").ok());
}

TEST_F(Tokens, a_key_stored_without_encryption_signs_too) {
    const auto key = crypto::Ed25519Key::generate(random);
    add_key("plain", key.public_jwk(), std::string{key.private_jwk().reveal_text()});
    EXPECT_EQ(member(parts_of(issue()).header, "kid"), "plain");
}

TEST_F(Tokens, ERR_01_a_private_half_that_cannot_be_read_is_a_fault_of_ours_that_names_the_key) {
    const auto key = crypto::Ed25519Key::generate(random), other = crypto::Ed25519Key::generate(random);
    const crypto::Keyring foreign{Secret::from_text("the secret of another installation, 32")};
    std::string sealed;
    json::Writer{sealed}.value(*crypto::symmetric_encrypt(foreign, key.private_jwk().reveal_text(), random));
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
        {"a number", "7", Code::secret_unusable},
        {"no key", "{}", Code::secret_unusable},
        {"d of another key",
         R"({"crv":"Ed25519","d":")" + member(std::string{other.private_jwk().reveal_text()}, "d") + R"(","x":")" +
             member(key.public_jwk(), "x") + R"(","kty":"OKP"})",
         Code::secret_unusable},
    };
    int number = 0;
    for (const Case& c : cases) {
        clock.advance(minute);    // the newest key signs
        const std::string id = "broken-" + std::to_string(number++);
        add_key(id, key.public_jwk(), c.stored);
        const auto refused = issuer_->issue(who_, std::nullopt);
        ASSERT_FALSE(refused.ok()) << c.name;
        EXPECT_EQ(refused.error().code(), c.expected) << c.name;
        EXPECT_EQ(refused.error().face().http, 500) << c.name;
        if (c.name == "sealed with another secret") EXPECT_TRUE(refused.error().detail().contains(id));
    }
}

TEST_F(Tokens, KEY_12_the_key_set_shows_public_members_only) {
    const auto key = crypto::Ed25519Key::generate(random);
    std::string with_private = key.public_jwk();
    with_private.insert(1, R"("d":"c2VjcmV0","secret":"x",)");
    add_key("odd", with_private, std::string{key.private_jwk().reveal_text()});
    const auto set = keys_->published();
    ASSERT_TRUE(set.ok() && set->has_value());
    EXPECT_EQ(**set, R"({"keys":[{"alg":"EdDSA","crv":"Ed25519","x":")" + member(key.public_jwk(), "x") +
                         R"(","kty":"OKP","kid":"odd"}]})");
}

TEST_F(Tokens, ERR_01_a_public_half_that_is_no_JSON_is_a_fault_of_ours) {
    for (const std::string broken : {"", "{", R"({"x":7})"}) {
        testing_support::Domain fresh;
        storage = std::move(fresh.storage);
        use({});
        add_key("broken", broken, "{}");
        const auto set = keys_->published();
        ASSERT_FALSE(set.ok()) << broken;
        EXPECT_EQ(set.error().code(), Code::storage_corrupt) << broken;
    }
}

TEST_F(Tokens, KEY_06_keys_rotate_and_the_retired_one_is_shown_for_the_grace_period) {
    use({.rotation_interval = day, .grace_period = 2 * day});
    issue();
    const std::string first = column(0, "id");
    EXPECT_EQ(std::get<Instant>(key_rows()[0][4]), noon + day);

    clock.set(noon + day - Milliseconds{1});
    EXPECT_EQ(member(parts_of(issue()).header, "kid"), first);
    EXPECT_EQ(key_rows().size(), 1U);

    clock.set(noon + day);
    EXPECT_EQ(issuer_->issue(who_, std::nullopt).value_or("an error"), std::nullopt);    // asks for the next one
    const std::string second = member(parts_of(issue()).header, "kid");
    EXPECT_NE(second, first);
    EXPECT_EQ(key_rows().size(), 2U);
    EXPECT_EQ(published_ids(), (std::vector{second, first}));

    clock.set(noon + 3 * day - Milliseconds{1});
    EXPECT_EQ(published_ids(), (std::vector{second, first}));
    clock.set(noon + 3 * day);
    EXPECT_EQ(published_ids(), (std::vector{second}));
    EXPECT_EQ(key_rows().size(), 2U);    // hidden, not deleted
}

TEST_F(Tokens, a_kept_token_is_not_given_out_once_its_key_has_expired) {
    use({.rotation_interval = minute, .grace_period = Seconds{0}});
    const std::string first = issue();
    clock.advance(minute);
    const std::string second = issue();
    EXPECT_NE(member(parts_of(second).header, "kid"), member(parts_of(first).header, "kid"));
}

TEST_F(Tokens, without_rotation_a_key_has_no_end) {
    issue();
    EXPECT_EQ(key_rows()[0][4], storage::Value{});
    clock.advance(1000 * day);
    issue();
    EXPECT_EQ(key_rows().size(), 1U);
}

TEST_F(Tokens, keys_of_other_algorithms_are_shown_but_do_not_sign) {
    const storage::Row row{"rsa", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", "\"\"", clock.now() + day, {}, "RS256", {}};
    ASSERT_TRUE(storage->transact([&](storage::Tx& tx) { return tx.create(st::jwks_create, row); }).ok());
    const std::string kid = member(parts_of(issue()).header, "kid");
    EXPECT_NE(kid, "rsa");
    EXPECT_EQ(published_ids(), (std::vector<std::string>{"rsa", kid}));
}

}    // namespace
}    // namespace countersign::token
