#include "guard/session_cookies.hpp"

#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

using http::Asked;
using http::Response;
using session::Remember;

constexpr std::string_view token = "tRsAAGJacRNl03hDt8gOOLUBOut3DBLC";

crypto::HmacKey key_of(std::string_view text = "trace-secret-0123456789abcdefghijklmnopqrstuv") {
    return crypto::HmacKey{std::as_bytes(std::span{text})};
}
SessionCookies cookies_with(CookieOptions options) {
    options.session_life = Seconds{604'800};
    return SessionCookies{std::move(options), key_of()};
}
const SessionCookies wire = cookies_with({});
const SessionCookies native = cookies_with({.binding = CookieBinding::name_and_value});

/// What a browser sends back of one Set-Cookie line.
std::string sent_back(std::string_view line) { return std::string{line.substr(0, line.find(';'))}; }

session::SignedIn holder_of(std::string_view held) {
    session::SignedIn made;
    made.session.token = held;
    return made;
}
std::vector<std::string> set_by(const SessionCookies& cookies, Remember remember, const std::string& sent = "a=1") {
    Asked asked{{.headers = {{"Cookie", sent}}}};
    Response answer;
    EXPECT_TRUE(cookies.append_session(answer, asked.x(), holder_of(token), remember).ok());
    return answer.set_cookies;
}
Result<std::string> token_in(const SessionCookies& cookies, const std::string& cookie) {
    const Asked asked{{.headers = {{"Cookie", cookie}}}};
    return cookies.token(asked.request());
}

TEST(SessionCookies, CKY_01_the_line_is_byte_for_byte_that_of_Better_Auth) {
    // Recorded from Better Auth 1.7.25 with this secret and token.
    EXPECT_EQ(set_by(wire, Remember::yes),
              std::vector<std::string>{"better-auth.session_token=tRsAAGJacRNl03hDt8gOOLUBOut3DBLC."
                                       "YNmo2QBVfplnGP1r4oWX949CcuGnW00BmvO8afgtHck%3D; Max-Age=604800; Path=/; "
                                       "HttpOnly; SameSite=Lax"});
}

TEST(SessionCookies, CKY_01_attributes_follow_the_options) {
    const SessionCookies secure = cookies_with({.rules = {.demand = NamePrefix::secure}});
    const std::string line = set_by(secure, Remember::yes).at(0);
    EXPECT_TRUE(line.starts_with("__Secure-better-auth.session_token=")) << line;
    EXPECT_TRUE(line.contains("; Secure;")) << line;
    EXPECT_FALSE(line.contains("Domain=")) << line;
    const SessionCookies wide =
        cookies_with({.rules = {.prefix = "mine", .domain = "example.com", .defaults = {.same_site = "Strict"}}});
    const std::string other = set_by(wide, Remember::yes).at(0);
    EXPECT_TRUE(other.starts_with("mine.session_token=")) << other;
    EXPECT_TRUE(other.contains("; Domain=example.com; Path=/; HttpOnly; SameSite=Strict")) << other;
    EXPECT_FALSE(set_by(wire, Remember::no).at(0).contains("Max-Age"));    // gone with the browser
}

TEST(SessionCookies, what_was_set_is_read_back) {
    for (const SessionCookies* cookies : {&wire, &native}) {
        const auto found = token_in(*cookies, "other=1; " + sent_back(set_by(*cookies, Remember::yes).at(0)));
        ASSERT_TRUE(found.ok());
        EXPECT_EQ(*found, token);
    }
}

struct Case {
    std::string_view name;
    std::string cookie;
    Code refused;
};

TEST(SessionCookies, CKY_02_CKY_03_a_cookie_that_is_not_ours_gives_no_token) {
    const std::string good = sent_back(set_by(wire, Remember::yes).at(0));
    const std::string value = good.substr(good.find('=') + 1);
    const std::string bare = value.substr(0, value.rfind('.'));
    const SessionCookies other{{}, key_of("another-secret-0123456789abcdefghijklmnopq")};
    const std::string foreign = sent_back(set_by(other, Remember::yes).at(0));
    const Case cases[]{
        {"none", "other=1", Code::session_missing},
        {"not signed", "better-auth.session_token=" + bare, Code::session_signature},
        {"empty", "better-auth.session_token=", Code::session_signature},
        {"empty signature", "better-auth.session_token=" + bare + ".", Code::session_signature},
        {"empty value", "better-auth.session_token=" + value.substr(value.rfind('.')), Code::session_signature},
        {"one character more", "better-auth.session_token=x" + value, Code::session_signature},
        {"one character less", "better-auth.session_token=" + value.substr(1), Code::session_signature},
        {"signature cut", good.substr(0, good.size() - 4), Code::session_signature},
        {"other secret", foreign, Code::session_signature},
        {"CKY-02 twice", good + "; " + good, Code::cookie_shadowed_duplicate},
        {"CKY-02 an attacker's first", "better-auth.session_token=evil; " + good, Code::cookie_shadowed_duplicate},
        {"CKY-03 secure name where the plain one is meant", "__Secure-" + good, Code::session_missing},
        {"CKY-03 other case", "Better-Auth" + good.substr(11), Code::session_missing},
    };
    for (const Case& c : cases) {
        const auto found = token_in(wire, c.cookie);
        ASSERT_FALSE(found.ok()) << c.name;
        EXPECT_EQ(found.error().code(), c.refused) << c.name;
        EXPECT_EQ(found.error().face().id, Public::unauthorized) << c.name;
    }
}

TEST(SessionCookies, every_changed_character_breaks_the_signature) {
    const std::string good = sent_back(set_by(native, Remember::yes).at(0));
    const std::size_t first = good.find('=') + 1;
    for (std::size_t i = first; i < good.size() - 3; ++i) {    // `%3D` at the end has a twin, `=`
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(token_in(native, changed).ok()) << changed;
    }
}

TEST(SessionCookies, CKY_04_a_signed_value_moved_to_another_name_is_refused_in_the_strict_profile) {
    const auto moved_to_token = [](const SessionCookies& cookies) {
        const std::string mark = sent_back(set_by(cookies, Remember::no).at(1));
        return token_in(cookies, "better-auth.session_token=" + mark.substr(mark.find('=') + 1));
    };
    const auto strict = moved_to_token(native);
    ASSERT_FALSE(strict.ok());
    EXPECT_EQ(strict.error().code(), Code::session_signature);
    EXPECT_TRUE(moved_to_token(wire).ok());    // the format of Better Auth cannot tell: no session has the token "true"
}

TEST(SessionCookies, a_browser_that_is_not_to_be_remembered_says_so_until_told_otherwise) {
    for (const SessionCookies* cookies : {&wire, &native}) {
        EXPECT_EQ(set_by(*cookies, Remember::yes).size(), 1U);    // nothing to take away
        const std::vector<std::string> forgotten = set_by(*cookies, Remember::no);
        ASSERT_EQ(forgotten.size(), 2U);
        EXPECT_TRUE(forgotten[1].starts_with("better-auth.dont_remember=true.")) << forgotten[1];
        EXPECT_FALSE(forgotten[1].contains("Max-Age"));

        const std::string mark = sent_back(forgotten[1]);
        Asked plain{{}};
        Asked marked{{.headers = {{"Cookie", mark}}}};
        EXPECT_EQ(cookies->remember(plain.request()), Remember::yes);
        EXPECT_EQ(cookies->remember(marked.request()), Remember::no);
        EXPECT_EQ(set_by(*cookies, Remember::yes, mark).at(1),
                  "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        Response again;
        ASSERT_TRUE(cookies->append_again(again, marked.x(), holder_of(token)).ok());
        EXPECT_EQ(again.set_cookies, forgotten);
    }
    const Asked forged{{.headers = {{"Cookie", "better-auth.dont_remember=true"}}}};
    EXPECT_EQ(wire.remember(forged.request()), Remember::yes);
}

TEST(SessionCookies, CKY_06_clearing_uses_the_attributes_of_setting) {
    Response answer;
    const Asked asked{{.headers = {{"Cookie",
                                    "__Secure-better-auth.session_data.1=b; other.session_data.0=c; "
                                    "__Secure-better-auth.session_data.0=a"}}}};
    cookies_with({.rules = {.demand = NamePrefix::secure, .domain = "example.com"}})
        .append_clear(answer, asked.request());
    const std::string rest = "=; Max-Age=0; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax";
    EXPECT_EQ(answer.set_cookies,
              (std::vector<std::string>{
                  "__Secure-better-auth.session_token" + rest, "__Secure-better-auth.session_data" + rest,
                  "__Secure-better-auth.session_data.1" + rest, "__Secure-better-auth.session_data.0" + rest,
                  "__Secure-better-auth.dont_remember" + rest}));
}

}    // namespace
}    // namespace countersign::guard
