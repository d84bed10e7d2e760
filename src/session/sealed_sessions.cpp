#include "session/sealed_sessions.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "jose/secret_jwt.hpp"

namespace countersign::session {
namespace {

using identity::AdditionalFields;

constexpr std::string_view jwe_salt = "better-auth-session";
constexpr std::string_view jwe_info = "BetterAuth.js Generated Encryption Key";
constexpr std::size_t jwe_key_size = 64;
constexpr jose::Encryption jwe_with{jose::KeyAlg::dir, jose::Enc::a256cbc_hs512};
constexpr Seconds unremembered_life{60};    // of a compact seal; Better Auth's own, as the longer one of the others
constexpr Seconds unremembered_claims_life{300};

jose::Jwk jwe_key(const Secret& secret) {
    jose::Jwk key{.kid = {},
                  .alg = {},
                  .use = {},
                  .operations = {},
                  .material = jose::MacSecret{crypto::hkdf_sha256(secret, jwe_salt, jwe_info, jwe_key_size)}};
    key.kid = key.thumbprint();
    return key;
}

/// What every form carries (WIRE: D), without its closing brace.
std::string open_payload(const SignedIn& signed_in, std::string_view version, Instant now) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("session");
    write_session(out, signed_in.session);
    out.key("user");
    identity::write_user(out, signed_in.user);
    out.key("updatedAt").value(now.unix_ms()).key("version").value(version);
    return text;
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

}    // namespace

Result<SealedSessions> SealedSessions::make(const crypto::Keyring& secrets, SealOptions options,
                                            const AdditionalFields& user_fields,
                                            const AdditionalFields& session_fields) {
    std::optional<Jwe> jwe;
    if (options.form == SealForm::jwe) {
        std::vector<jose::DecryptionKey> opening;
        for (const Secret* secret : secrets.all()) {
            CS_TRY(jose::DecryptionKey key, jose::DecryptionKey::bind(jwe_key(*secret), jwe_with));
            opening.push_back(std::move(key));
        }
        CS_TRY(jose::EncryptionKey sealing, jose::EncryptionKey::bind(jwe_key(secrets.current()), jwe_with));
        CS_TRY(jose::Decrypter decrypter, jose::Decrypter::make(std::move(opening)));
        jwe.emplace(std::move(sealing), std::move(decrypter));
    }
    return SealedSessions{std::move(options), crypto::HmacKeys::of(secrets), std::move(jwe), user_fields,
                          session_fields};
}

/// The MAC covers the payload with the expiry as its last member.
std::string SealedSessions::seal_compact(std::string_view payload, Instant expires_at) const {
    const std::string end = std::to_string(expires_at.unix_ms());
    const std::string covered = std::string{payload} + ",\"expiresAt\":" + end + "}";
    const std::string signature = base64url(keys_.current().mac(bytes_of(covered)));
    return base64url(bytes_of("{\"session\":" + std::string{payload} + "},\"expiresAt\":" + end + ",\"signature\":\"" +
                              signature + "\"}"));
}

Result<std::string> SealedSessions::seal(const SignedIn& signed_in, Remember remember, Instant now,
                                         Random& random) const {
    std::string payload = open_payload(signed_in, options_.version, now);
    const bool compact = options_.form == SealForm::compact;
    const Seconds forgotten = compact ? unremembered_life : unremembered_claims_life;
    const Instant end = now + (remember == Remember::yes ? options_.life : forgotten);
    if (compact) return seal_compact(payload, end);
    payload += ",\"iat\":" + std::to_string(now.unix_seconds()) + ",\"exp\":" + std::to_string(end.unix_seconds());
    if (!jwe_) return jose::sign_secret_jwt(keys_.current(), payload + "}");
    payload += ",\"jti\":\"" + random_id(random, IdForm::uuid) + "\"}";
    return jose::encrypt_compact(jwe_->sealing, bytes_of(payload), random);
}

/// Read as text and in the one way that it is written: what the MAC covers is what was sent, not what a parser made of
/// it.
std::optional<SealedSessions::Opened> SealedSessions::open_compact(std::string_view sealed) const {
    constexpr std::string_view front = "{\"session\":", expiry = "},\"expiresAt\":", sign = ",\"signature\":\"";
    const auto bytes = parse_base64url(sealed);
    if (!bytes) return std::nullopt;
    const std::string_view text = text_of(*bytes);
    const std::size_t signature_at = text.rfind(sign);
    if (!text.starts_with(front) || !text.ends_with("\"}") || signature_at == std::string_view::npos)
        return std::nullopt;
    const std::size_t expiry_at = text.substr(0, signature_at).rfind(expiry);
    const std::size_t mac_at = signature_at + sign.size();
    if (expiry_at == std::string_view::npos || expiry_at < front.size() || mac_at + 2 > text.size())
        return std::nullopt;
    const std::string_view digits = text.substr(expiry_at + expiry.size(), signature_at - expiry_at - expiry.size());
    const auto end = whole_number(digits);
    const auto mac = parse_base64url(text.substr(mac_at, text.size() - 2 - mac_at));
    if (!end || !mac) return std::nullopt;
    const std::string_view payload = text.substr(front.size(), expiry_at - front.size());
    const std::string covered = std::string{payload} + ",\"expiresAt\":" + std::string{digits} + "}";
    if (keys_.verify(bytes_of(covered), *mac) == crypto::HmacKey::Check::mismatch) return std::nullopt;
    Result<json::Value> value = json::parse(std::string{payload} + "}");
    if (!value.ok()) return std::nullopt;
    return Opened{*std::move(value), Instant::from_unix_ms(*end)};
}

std::optional<SealedSessions::Opened> SealedSessions::open_claims(std::string_view sealed) const {
    std::optional<json::Value> claims;
    if (jwe_) {
        const Result<jose::Decrypted> opened = jwe_->opening.decrypt(sealed);
        if (!opened.ok()) return std::nullopt;
        Result<json::Value> value = json::parse(opened->text.reveal_text());
        if (value.ok()) claims = *std::move(value);
    } else {
        claims = jose::open_secret_jwt(keys_, sealed);
    }
    if (!claims) return std::nullopt;
    const json::Value* end = claims->find("exp");
    if (end == nullptr || end->as_integer() == nullptr) return std::nullopt;
    return Opened{*std::move(claims), Instant::from_unix(Seconds{*end->as_integer()})};
}

Result<SignedIn> SealedSessions::open(std::string_view sealed, std::string_view token, Instant now) const {
    const auto opened = options_.form == SealForm::compact ? open_compact(sealed) : open_claims(sealed);
    if (!opened) return fail(Code::session_seal_refused, "a seal of ours");
    if (opened->expires_at <= now) return fail(Code::session_seal_refused, now, opened->expires_at);
    if (opened->payload.text("version") != options_.version)
        return fail(Code::session_seal_refused, options_.version, opened->payload.text("version"));
    const json::Value* session_value = opened->payload.find("session");
    const json::Value* user_value = opened->payload.find("user");
    if (session_value == nullptr || user_value == nullptr)
        return fail(Code::session_seal_refused, "a session and its user");
    std::optional<Session> session = session_from(*session_value, *session_fields_, identity::View::answer);
    std::optional<identity::User> user = identity::user_from(*user_value, *user_fields_, identity::View::answer);
    if (!session || !user) return fail(Code::session_seal_refused, "a whole session and its user");
    if (!equal_constant_time(session->token, token)) return fail(Code::session_seal_refused, "the seal of this token");
    if (session->expires_at <= now) return fail(Code::session_seal_refused, now, session->expires_at);
    if (session->user != user->id || session->user.text().empty())
        return fail(Code::session_seal_refused, "the user of the session");
    return SignedIn{*std::move(session), *std::move(user)};
}

}    // namespace countersign::session
