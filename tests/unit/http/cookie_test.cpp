#include "http/cookie.hpp"

#include "base/random.hpp"
#include "unit/http/asked.hpp"

namespace countersign::http {
namespace {

struct Case {
    std::string_view name;
    std::vector<std::string> lines;    // of Cookie headers
    std::optional<std::string> value;
};

const Case cases[]{
    {"alone", {"sid=abc"}, "abc"},
    {"among others", {"a=1; sid=abc; b=2"}, "abc"},
    {"without blanks", {"a=1;sid=abc;b=2"}, "abc"},
    {"over two headers", {"a=1", "sid=abc"}, "abc"},
    {"value with equals signs", {"sid=a=b=="}, "a=b=="},
    {"empty value", {"sid="}, ""},
    {"percent-encoded", {"sid=a%2Bb%2F%3D"}, "a+b/="},
    {"malformed escape stays as it is", {"sid=a%zz"}, "a%zz"},
    {"cut escape stays as it is", {"sid=a%2"}, "a%2"},
    {"quoted", {"sid=\"abc\""}, "abc"},
    {"one quote", {"sid=\"abc"}, "\"abc"},
    {"empty pairs", {";; ;sid=abc;;"}, "abc"},
    {"none", {"a=1"}, std::nullopt},
    {"no header", {}, std::nullopt},
    {"name only", {"sid"}, std::nullopt},
    {"CKY-03 other case", {"SID=abc"}, std::nullopt},
    {"CKY-03 longer name", {"xsid=abc; sidx=abc"}, std::nullopt},
    {"CKY-03 empty name in front", {"=sid=abc"}, std::nullopt},
    {"CKY-03 name inside a value", {"a=sid=abc"}, std::nullopt},
    {"CKY-03 encoded name", {"s%69d=abc"}, std::nullopt},
};

Result<std::optional<std::string>> sid_of(const std::vector<std::string>& lines, std::string_view name = "sid") {
    Ask ask;
    for (const std::string& line : lines) ask.headers.emplace_back("Cookie", line);
    const Asked asked{std::move(ask)};
    return find_cookie(asked.request(), name);
}

TEST(Cookies, CKY_03_takes_the_exact_name_only) {
    for (const Case& c : cases) {
        const auto found = sid_of(c.lines);
        ASSERT_TRUE(found.ok()) << c.name;
        EXPECT_EQ(*found, c.value) << c.name;
    }
}

TEST(Cookies, CKY_03_names_with_a_prefix_are_compared_like_any_other) {
    for (const std::string line : {"__host-x=v", "__HOST-x=v", "=__Host-x=v", "__Host-x", "__Host-=v"}) {
        const auto found = sid_of({line}, "__Host-x");
        ASSERT_TRUE(found.ok()) << line;
        EXPECT_EQ(*found, std::nullopt) << line;
    }
}

TEST(Cookies, CKY_02_a_name_that_comes_twice_is_refused) {
    const std::vector<std::string> twice[]{
        {"sid=a; sid=b"}, {"sid=a; sid=a"}, {"sid=a", "sid=b"}, {"sid=; sid=b"}, {"x=1; sid=a; y=2; sid=b"}};
    for (const auto& lines : twice) {
        const auto found = sid_of(lines);
        ASSERT_FALSE(found.ok()) << lines.front();
        EXPECT_EQ(found.error().code(), Code::cookie_shadowed_duplicate) << lines.front();
    }
    EXPECT_TRUE(sid_of({"a=1; a=2; sid=b"}).ok());    // a foreign cookie twice is nobody's business
}

TEST(Cookies, CKY_01_attributes_stand_in_the_order_of_Better_Auth) {
    using enum CookieAttributes::Flag;
    const CookieForm plain{.name = "a"};
    EXPECT_EQ(set_cookie(plain, "b", std::nullopt), "a=b; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(set_cookie(plain, "b", Seconds{604800}), "a=b; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax");
    const CookieAttributes every{
        .domain = "example.com", .path = "/x", .same_site = "None", .http_only = on, .secure = on, .partitioned = on};
    EXPECT_EQ(set_cookie({.name = "__Secure-a", .attributes = every}, "b", Seconds{5}),
              "__Secure-a=b; Max-Age=5; Domain=example.com; Path=/x; HttpOnly; Secure; SameSite=None; Partitioned");
    EXPECT_EQ(set_cookie({.name = "a", .attributes = {.secure = on}}, "", Seconds{0}),
              "a=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax");
    EXPECT_EQ(set_cookie({.name = "a", .attributes = {.path = "", .same_site = "", .http_only = off}}, "v.t+/=", {}),
              "a=v.t%2B%2F%3D");
}

TEST(Cookies, CKY_03_all_are_read_as_single_ones_are) {
    const Asked asked{{.headers = {{"Cookie", "a=1; b=%41; c=\"q\"; a=2; =x; d; Sid=3"}, {"cookie", " e = 4 ;f="}}}};
    const std::vector<std::pair<std::string_view, std::string>> expected{
        {"a", "1"}, {"b", "A"}, {"c", "q"}, {"a", "2"}, {"Sid", "3"}, {"e", "4"}, {"f", ""}};
    EXPECT_EQ(all_cookies(asked.request()), expected);
    EXPECT_TRUE(all_cookies(Asked{{}}.request()).empty());
}

TEST(Cookies, CKY_05_no_value_can_leave_its_place) {
    SystemRandom random;
    for (int round = 0; round < 2'000; ++round) {
        std::array<std::byte, 24> bytes{};
        random.fill(bytes);
        const std::string value{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
        const std::string line = set_cookie({.name = "sid"}, value, {});
        const std::string sent = line.substr(0, line.find("; Path"));
        ASSERT_TRUE(std::ranges::all_of(sent, [](char c) {
            return c > 0x20 && c < 0x7F && c != ';' && c != ',' && c != '"';
        })) << line;
        const auto back = sid_of({sent});
        ASSERT_TRUE(back.ok());
        ASSERT_EQ(*back, value);
    }
}

}    // namespace
}    // namespace countersign::http
