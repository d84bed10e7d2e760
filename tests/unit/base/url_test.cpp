#include "base/url.hpp"

#include "base/email.hpp"

namespace countersign {
namespace {

TEST(Origin, RDR_03_CSR_06_reads_as_browsers_do_or_refuses) {
    struct Case {
        std::string_view url;
        std::optional<std::string_view> origin;
    };
    const Case table[]{
        {"https://app.example.com", "https://app.example.com"},
        {"HTTPS://APP.Example.COM:443/path?q#f", "https://app.example.com"},
        {"http://127.0.0.1:3900", "http://127.0.0.1:3900"},
        {"http://[::1]:80/", "http://[::1]"},
        {"https://app.example.com@evil.test", std::nullopt},
        {"https://evil.test\\@app.example.com", std::nullopt},
        {"https://app.example.com:99999", std::nullopt},
        {"https://", std::nullopt},
        {"//app.example.com", std::nullopt},
        {"javascript://app.example.com", std::nullopt},
        {" https://app.example.com", std::nullopt},
        {"https://app.exa\tmple.com", std::nullopt},
        {"https://\xC3\xA9.test", std::nullopt},
        {"https://app%2eexample.com", std::nullopt},
        {"null", std::nullopt},
    };
    for (const auto& [url, origin] : table) {
        const auto found = parse_http_origin(url);
        ASSERT_EQ(found.has_value(), origin.has_value()) << url;
        if (origin) EXPECT_EQ(found->text(), *origin) << url;
    }
}

TEST(RelativePath, RDR_01_exactly_one_slash_and_nothing_that_leaves) {
    for (const std::string_view safe : {"/", "/dashboard", "/a/b?x=%2f#y", "/%20"}) {
        EXPECT_EQ(relative_path(safe), RelativePath::safe) << safe;
    }
    for (const std::string_view unsafe :
         {"", "dashboard", "//evil.test", "/\\evil.test", "/a\nb", "/%2f", "/%5Cx", "/\x7F", "/\xC2\x85"}) {
        EXPECT_EQ(relative_path(unsafe), RelativePath::unsafe) << unsafe;
    }
}

TEST(Comparable, one_spelling_of_a_URL_without_query_and_fragment) {
    const std::pair<std::string_view, std::string_view> table[]{
        {"https://a.test", "https://a.test/"},
        {"HTTPS://A.Test:443/X?q#f", "https://a.test/X"},
        {"http://a.test:80", "http://a.test/"},
        {"http://a.test:443/", "http://a.test:443/"},
        {"https://a.test?x=/y", "https://a.test/"},
        {"https://a.test/%7euser/%2f%3a", "https://a.test/~user/%2F%3A"},
        {"https://a.test/%2e%2E/b", "https://a.test/b"},
        {"https://a.test/a/b/../../../c/./d/..", "https://a.test/c/"},
        {"https://a.test/a/.", "https://a.test/a/"},
        {"https://a.test/..", "https://a.test/"},
        {"https://a.test//b/", "https://a.test//b/"},
        {"https://a.test/...", "https://a.test/..."},
        {"https://[0:0::1]/", "https://[::1]/"},
        {"https://a.test/%252e", "https://a.test/%252e"},
    };
    for (const auto& [url, comparable] : table) EXPECT_EQ(comparable_url(url), comparable) << url;
    for (const std::string_view none :
         {"", "/a", "ftp://a.test/", "https://u@a.test/", "https://a.test/%", "https://a.test/%2", "https://a.test/%zz",
          "https://a.test/a b", "https://a.test/\xC3\xA9", "https://a.test\\b"}) {
        EXPECT_EQ(comparable_url(none), std::nullopt) << none;
    }
}

TEST(Recordable, ERR_04_of_a_URL_only_scheme_and_authority_are_written_down) {
    const std::pair<std::string_view, std::string_view> table[]{
        {"https://evil.test", "https://evil.test"},
        {"https://evil.test:8443/reset/T?token=T#T", "https://evil.test:8443"},
        {"https://evil.test?T", "https://evil.test"},
        {"https://evil.test\\T", "https://evil.test"},
        {"https://u:T@evil.test/", "https://evil.test"},
        {"https://a@T@evil.test", "https://evil.test"},
        {"https://u:T", "https://u"},
        {"https://[::1]:80/T", "https://[::1]:80"},
        {"https://[::1]/T", "https://[::1]"},
        {"//evil.test/T", "//evil.test"},
        {"/\\evil.test/T", "/\\evil.test"},
        {"/T", "/"},
        {"/T:T//T", "/"},
        {"javascript:T", "javascript:"},
        {"myapp://cb/T", "myapp://cb"},
        {"https:/T", "https:/"},
        {"T", "(no scheme, no path)"},
        {"T/T", "(no scheme, no path)"},
        {"", "(no scheme, no path)"},
    };
    for (const auto& [url, expected] : table) EXPECT_EQ(recordable(url), expected) << url;
}

TEST(Percent, encodes_as_encodeURIComponent) {
    EXPECT_EQ(percent_encode_component("a b+c/d=é!*'()"), "a%20b%2Bc%2Fd%3D%C3%A9!*'()");
    EXPECT_EQ(percent_decode("a%20b"), "a b");
    for (const std::string_view bad : {"%", "%2", "%zz"}) EXPECT_FALSE(percent_decode(bad)) << bad;
}

TEST(Form, decodes_and_is_bounded) {
    const auto pairs = parse_form("email=a%40b.c&x=1+2&empty=&bare");
    ASSERT_TRUE(pairs.has_value());
    const std::vector<std::pair<std::string, std::string>> expected{
        {"email", "a@b.c"}, {"x", "1 2"}, {"empty", ""}, {"bare", ""}};
    EXPECT_EQ(*pairs, expected);
    EXPECT_FALSE(parse_form("a=1&b=2&c=3", 2));
    EXPECT_FALSE(parse_form("a=%q"));
    for (const std::string_view no_utf8 : {"a=%FF", "%C0%AF=1", "a=%ED%A0%80", "a=\xFF"}) {
        EXPECT_FALSE(parse_form(no_utf8)) << no_utf8;    // INP-04
    }
}

TEST(Location, INP_02_is_printable_ASCII_whatever_the_target_was) {
    EXPECT_EQ(location_text("/a?b=1&c=%20#d"), "/a?b=1&c=%20#d");
    EXPECT_EQ(location_text("/a?b=% # "), "/a?b=%%20#");
    EXPECT_EQ(location_text("/caf\xC3\xA9 x\r\n\x7F"), "/caf%C3%A9%20x%0D%0A%7F");
}

TEST(Email, REC_07_accepts_what_Better_Auth_accepts) {
    for (const std::string_view good :
         {"a@b.co", "first.last+tag@sub.example.com", "o'neil@example.org", "A_1-x@EXAMPLE.COM"}) {
        EXPECT_EQ(email_syntax(good), EmailSyntax::valid) << good;
    }
    for (const std::string_view bad : {"", "a", "a@b", "a@b.c", ".a@b.co", "a.@b.co", "a..b@c.co", "a'@b.co", "a@@b.co",
                                       "a@b..co", "a b@c.co", "a@-b.co",
                                       "a\xEF\xBC\xA0"
                                       "b.co",
                                       "ada@example.com' OR '1'='1"}) {
        EXPECT_EQ(email_syntax(bad), EmailSyntax::invalid) << bad;
    }
    const std::string label(63, 'b');    // RFC 1035 §2.3.4, which Better Auth does not ask
    EXPECT_EQ(email_syntax("a@" + label + ".com"), EmailSyntax::valid);
    EXPECT_EQ(email_syntax("a@" + label + "b.com"), EmailSyntax::invalid);
    EXPECT_EQ(canonical_email("ADA@Example.COM"), "ada@example.com");
}

}    // namespace
}    // namespace countersign
