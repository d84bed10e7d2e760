// The cookie with the cached session: chunks of a header, and seals of every form. What nobody sealed does not open;
// what we seal does, whole.
#include "base/encoding.hpp"
#include "crypto/password.hpp"
#include "fuzz.hpp"
#include "guard/chunked_cookie.hpp"
#include "jose/secret_jwt.hpp"
#include "session/sealed_sessions.hpp"

using namespace countersign;

namespace {

constexpr Instant now = Instant::from_unix(Seconds{1'795'000'000});
constexpr std::string_view secret = "a secret for the fuzzing of sealed sessions";

session::SealedSessions seals_of(session::SealForm form) {
    static const crypto::Keyring keys{Secret::from_text(std::string{secret})};
    return *session::SealedSessions::make(keys, {.form = form, .life = Seconds{300}});
}

/// Of what seals are made of: other characters grow when they are encoded.
void round_trip(std::string_view sent_before, std::string value) {
    std::erase_if(value, [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return !letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.';
    });
    const http::CookieForm form{.name = "name"};
    const http::Header sent[]{{"cookie", sent_before}};
    http::Response answer;
    guard::append_chunked(answer, {.headers = sent}, form, value, Seconds{300});
    std::string held;
    for (const std::string& line : answer.set_cookies) {
        fuzz::equal("short enough", line.size() <= guard::longest_cookie, true);
        if (!line.contains("Max-Age=0")) held += line.substr(0, line.find(';')) + ";";
    }
    const http::Header back[]{{"cookie", held}};
    fuzz::equal("comes back", guard::chunked_value({.headers = back}, "name"), value);
}

}    // namespace

CS_FUZZ(input) {
    [[maybe_unused]] static const bool started = crypto::start().ok();
    static const session::SealedSessions all[]{seals_of(session::SealForm::compact), seals_of(session::SealForm::jwt),
                                               seals_of(session::SealForm::jwe)};
    static const crypto::HmacKey key{bytes_of(secret)};
    static SystemRandom random;
    round_trip(input, std::string{input});
    const http::Header sent[]{{"cookie", input}};
    const std::string joined = guard::chunked_value({.headers = sent}, "name");
    for (const session::SealedSessions& seals : all) {
        fuzz::equal("nobody sealed this", seals.open(input, "token", now).ok(), false);
        fuzz::equal("nor its pieces", seals.open(joined, "token", now).ok(), false);
    }
    // Behind the signature: any claims, and a session made of the input.
    const auto signed_claims = all[1].open(jose::sign_secret_jwt(key, input), "token", now);
    if (signed_claims.ok()) fuzz::equal("of this token", signed_claims->session.token, std::string{"token"});
    session::SignedIn who;
    who.session = {.id = SessionId{"s"}, .expires_at = now + Seconds{60}, .token = "token", .user = UserId{"u"}};
    who.session.created_at = who.session.updated_at = who.user.created_at = who.user.updated_at = now;
    who.user.id = UserId{"u"};
    who.user.name = utf8_of(input) == Utf8::valid ? std::string{input} : "n";
    for (const session::SealedSessions& seals : all) {
        const auto sealed = seals.seal(who, session::Remember::yes, now, random);
        const auto opened = seals.open(sealed.value_or(""), "token", now);
        fuzz::equal("opens", opened.ok() && opened->user.name == who.user.name, true);
    }
}
