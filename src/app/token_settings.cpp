#include "app/token_settings.hpp"

#include <charconv>

#include "app/plugins.hpp"
#include "app/refusals.hpp"
#include "app/setting_values.hpp"
#include "crypto/asymmetric.hpp"
#include "token/claims.hpp"

namespace countersign::app {
namespace {

using config::Tree;

constexpr std::string_view alg_key = "plugins.jwt.jwks.keyPairConfig.alg";
constexpr std::string_view crv_key = "plugins.jwt.jwks.keyPairConfig.crv";
constexpr std::string_view modulus_key = "plugins.jwt.jwks.keyPairConfig.modulusLength";
constexpr std::string_view path_key = "plugins.jwt.jwks.jwksPath";
constexpr std::string_view plain_key = "plugins.jwt.jwks.disablePrivateKeyEncryption";
constexpr std::string_view ahead_key = "plugins.jwt.jwks.publishAhead";

/// What the jwt plugin of Better Auth offers: both must be able to sign with one key.
constexpr std::array offered{jose::Alg::eddsa_ed25519, jose::Alg::es256, jose::Alg::es512, jose::Alg::rs256,
                             jose::Alg::ps256};

/// "15m", "1h", "30 s", "7d".
std::optional<Seconds> parse_duration(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number <= 0 || number > 1'000'000) return std::nullopt;
    std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    while (unit.starts_with(' ')) unit.remove_prefix(1);
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> units{
        {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
    const auto found = std::ranges::find(units, unit, [](const auto& entry) { return entry.first; });
    if (found == units.end()) return std::nullopt;
    return Seconds{number * found->second};
}

void read_claims(Tree& tree, Settings& s) {
    s.token_payload = tree.list("plugins.jwt.jwt.payload");
    if (const config::Setting* claims = tree.find("plugins.jwt.jwt.claims"))
        s.token_claims = *claims->value.as_object();
    for (const auto& [name, value] : s.token_claims) {
        if (token::is_reserved_claim(name))
            tree.add_problem("plugins.jwt.jwt.claims", name + " is set by the issuer", "take it out");
    }
    s.token_subject = tree.text("plugins.jwt.jwt.subject", "id");
    if (s.token_subject != "id" && s.token_subject != "email")
        tree.add_problem("plugins.jwt.jwt.subject", s.token_subject + " does not tell two users apart",
                         "write id or email");
}

void read_algorithm(Tree& tree, Settings& s) {
    const std::string name = tree.text(alg_key, "EdDSA");
    const auto found = std::ranges::find(offered, name, [](jose::Alg alg) { return jose::row_of(alg).name; });
    if (found == offered.end())
        return tree.add_problem(alg_key, name + " is no algorithm for signing keys",
                                "write EdDSA, ES256, ES512, RS256 or PS256");
    const jose::Algorithm& row = jose::row_of(*found);
    s.key_algorithm = row.id;
    const std::string_view curve = crypto::row_of(row.curve).name;
    if (const std::string crv = tree.text(crv_key, curve); crv != curve)
        tree.add_problem(crv_key, crv + " is no curve of " + name, "take it out: the algorithm says the curve");
    const auto least = static_cast<std::int64_t>(crypto::min_rsa_bits);
    constexpr std::int64_t most = 4096;
    const std::int64_t bits = tree.integer(modulus_key, least);
    if (tree.has(modulus_key) && row.kty != jose::Kty::rsa)
        tree.add_problem(modulus_key, "is for RSA, and the algorithm is " + name, "take it out");
    if (bits < least || bits > most || bits % 8 != 0)
        tree.add_problem(modulus_key, std::to_string(bits) + " bits", "write 2048, 3072 or 4096");
    s.key_rsa_bits = static_cast<std::size_t>(std::clamp(bits, least, most));
}

void read_rotation(Tree& tree, Settings& s) {
    s.key_rotation = positive_seconds(tree, "plugins.jwt.jwks.rotationInterval", 0);
    s.key_grace = seconds_or_zero(tree, "plugins.jwt.jwks.gracePeriod", 2592000);
    if (s.key_grace < s.token_life)    // KEY-06
        tree.add_problem("plugins.jwt.jwks.gracePeriod", "is shorter than the life of a token", "make it longer");
    s.key_publish_ahead = seconds_or_zero(tree, ahead_key, 3600);
    if (s.key_rotation.count() == 0) return;
    if (tree.has(ahead_key) && s.key_publish_ahead > s.key_rotation / 2)
        tree.add_problem(ahead_key, "is more than half of rotationInterval", "rotate less often");
    s.key_publish_ahead = std::min(s.key_publish_ahead, s.key_rotation / 2);
}

void read_at_rest(Tree& tree, Settings& s) {
    s.key_encryption = to_switch(!tree.flag(plain_key, false));
    if (s.key_encryption == Switch::off && is_strict(s))    // KEY-07
        tree.add_problem(plain_key, "is on in production mode: a copied database could sign tokens", "take it out");
}

/// Whether another endpoint has the path already.
bool is_taken(std::string_view path) {
    for (const Plugin* plugin : all_plugins()) {
        for (const http::Endpoint* row : *plugin->endpoints) {
            if (*row->path == path && *row->method == http::Method::get && path != default_jwks_path) return true;
        }
    }
    return false;
}

void read_path(Tree& tree, Settings& s) {
    s.jwks_path = tree.text(path_key, default_jwks_path);
    if (relative_path(s.jwks_path) == RelativePath::unsafe || s.jwks_path.contains("..") ||
        s.jwks_path.find_first_of("?# ") != std::string::npos || s.jwks_path.ends_with('/')) {
        tree.add_problem(path_key, "is no plain path", "write it as /.well-known/jwks.json; basePath stands in front");
    } else if (is_taken(s.jwks_path)) {
        tree.add_problem(path_key, s.jwks_path + " is another endpoint", "write it as /.well-known/jwks.json");
    }
}

}    // namespace

void read_tokens(Tree& tree, Settings& s) {
    const bool native = s.profile == Profile::native;
    s.jwt = to_switch(native || tree.has_below("plugins.jwt"));
    s.jwt_header = to_switch(!tree.flag("plugins.jwt.disableSettingJwtHeader", false));
    s.token_issuer = native ? tree.text("plugins.jwt.issuer", s.base_url + s.base_path)
                            : tree.text("plugins.jwt.jwt.issuer", s.base_url);
    s.token_audiences =
        native ? tree.list("plugins.jwt.audiences") : std::vector{tree.text("plugins.jwt.jwt.audience", s.base_url)};
    if (s.token_audiences.empty()) s.token_audiences.push_back(s.base_url);
    const std::string life = tree.text("plugins.jwt.jwt.expirationTime", native ? "5m" : "15m");
    const std::optional<Seconds> parsed = parse_duration(life);
    const Seconds longest_token =
        token::row_of(native ? token::TokenProfile::access : token::TokenProfile::session_jwt).longest_life;
    if (!parsed || *parsed > longest_token)
        tree.add_problem("plugins.jwt.jwt.expirationTime", life + " is no life time up to 24 hours", "write it as 15m");
    s.token_life = parsed.value_or(Seconds{0});
    read_claims(tree, s);
    read_algorithm(tree, s);
    read_rotation(tree, s);
    read_at_rest(tree, s);
    read_path(tree, s);
}

}    // namespace countersign::app
