// A table of signing keys on the memory backend, and an issuer over it.
#pragma once

#include "crypto/password.hpp"
#include "jose/jwk.hpp"
#include "support/domain.hpp"
#include "support/log.hpp"
#include "token/issuer.hpp"

namespace countersign::token {

namespace st = storage::statements;
using testing_support::noon;

inline constexpr Seconds minute{60}, hour{3600}, day{86400};
inline constexpr std::string_view test_secret = "a secret of the test, 32 letters or more";

struct Parts {
    std::string header, claims;
};

inline Parts parts_of(const std::string& token) {
    const std::size_t first = token.find('.'), last = token.rfind('.');
    const auto text = [](std::string_view encoded) {
        const auto bytes = parse_base64url(encoded);
        return bytes ? std::string{text_of(*bytes)} : std::string{"no base64url"};
    };
    return {.header = text(std::string_view{token}.substr(0, first)),
            .claims = text(std::string_view{token}.substr(first + 1, last - first - 1))};
}

inline std::string member(const std::string& text, std::string_view name) {
    const auto parsed = json::parse(text);
    const json::Value* found = parsed.ok() ? parsed->find(name) : nullptr;
    const std::string* value = found == nullptr ? nullptr : found->as_string();
    return value == nullptr ? "absent" : *value;
}

/// Both halves of a new key, as JWK texts without labels.
struct Pair {
    std::string public_jwk, private_jwk;
};
inline Pair make_pair(Random& random, jose::Alg alg = jose::Alg::eddsa_ed25519) {
    auto jwk = jose::Jwk::generate(alg, random);
    EXPECT_TRUE(jwk.ok());
    jwk->kid = jwk->alg = jwk->use = "";
    return {*jwk->write_public(), std::string{jwk->write_private()->reveal_text()}};
}

class Tokens : public testing::Test, protected testing_support::Domain {
  protected:
    Tokens() : secrets_{Secret::from_text(test_secret)} {}
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
        keys_.emplace(*storage, secrets_, clock, random, log_, keys);
        options_ = {.profile = profile,
                    .issuer = "https://id.example/api/auth",
                    .audiences = {"https://api.example", "https://other.example"},
                    .life = 5 * minute};
        use_options();
    }
    void use_options() { issuer_.emplace(*keys_, clock, random, options_); }
    Result<std::string> ask(std::optional<std::string_view> audience = std::nullopt) {
        CS_TRY(const std::optional<std::string> token, issuer_->issue(who_, audience, Effort::any));
        EXPECT_TRUE(token.has_value());
        return token.value_or("absent");
    }
    std::string issue(std::optional<std::string_view> audience = std::nullopt) {
        const auto token = ask(audience);
        EXPECT_TRUE(token.ok()) << token.error().detail();
        return token.value_or("");
    }
    std::string kid() { return member(parts_of(issue()).header, "kid"); }
    /// Newest first.
    std::vector<storage::Row> key_rows() {
        return storage->reader().find_many(st::jwks_all, {}).value_or(std::vector<storage::Row>{});
    }
    std::string column(std::size_t row, std::string_view name) {
        return std::get<std::string>(key_rows().at(row).at(*storage::jwks_table.index_of(name)));
    }
    /// Puts a key row there as a neighbour would.
    void add_row(const storage::Row& row) {
        EXPECT_TRUE(storage->transact([&](storage::Tx& tx) { return tx.create(st::jwks_create, row); }).ok());
    }
    void add_key(const std::string& id, const std::string& public_jwk, const std::string& private_jwk) {
        add_row({id, public_jwk, private_jwk, clock.now(), {}, "EdDSA", "Ed25519"});
    }
    std::string key_set() { return keys_->published(Effort::any)->value_or("absent"); }
    std::vector<std::string> published_ids() {
        std::vector<std::string> ids;
        const auto set = keys_->published(Effort::any);
        if (!set.ok() || !set->has_value()) return {"no set"};
        const auto parsed = json::parse(**set);
        for (const json::Value& key : *parsed->find("keys")->as_array()) ids.push_back(*key.find("kid")->as_string());
        return ids;
    }

    crypto::Keyring secrets_;
    testing_support::TextLog log_;
    session::SignedIn who_;
    std::optional<SigningKeys> keys_;
    IssuerOptions options_;
    std::optional<Issuer> issuer_;
};

}    // namespace countersign::token
