// CKY-05, CKY-06: long values in pieces, read back whole, and nothing left of them.
#include "guard/chunked_cookie.hpp"

#include "unit/http/asked.hpp"

namespace countersign::guard {
namespace {

using http::Asked;
using http::CookieForm;
using http::Response;

const CookieForm form{.name = "data", .attributes = {.secure = http::CookieAttributes::Flag::on}};
constexpr Seconds life{300};

std::vector<std::string> set_for(const std::string& value, const std::string& sent = "other=1") {
    const Asked asked{{.headers = {{"Cookie", sent}}}};
    Response answer;
    append_chunked(answer, asked.request(), form, value, life);
    return answer.set_cookies;
}
std::string sent_back(const std::vector<std::string>& lines) {
    std::string sent;
    for (const std::string& line : lines) sent += (sent.empty() ? "" : "; ") + line.substr(0, line.find(';'));
    return sent;
}
std::string read(const std::string& sent) {
    const Asked asked{{.headers = {{"Cookie", sent}}}};
    return chunked_value(asked.request(), "data");
}

TEST(ChunkedCookie, CKY_05_every_length_comes_back_and_no_line_is_too_long) {
    for (const std::size_t length : {1U, 3900U, 3980U, 3990U, 4000U, 4100U, 8000U, 12'000U, 100'000U}) {
        std::string value(length, 'a');
        for (std::size_t i = 0; i < length; ++i) value[i] = static_cast<char>('a' + i * 7 % 26);
        const std::vector<std::string> lines = set_for(value);
        ASSERT_FALSE(lines.empty()) << length;
        for (const std::string& line : lines) EXPECT_LE(line.size(), longest_cookie) << length;
        EXPECT_EQ(lines.size() == 1, lines[0].starts_with("data=")) << length;
        EXPECT_EQ(read(sent_back(lines)), value) << length;
    }
}

TEST(ChunkedCookie, order_of_the_header_does_not_matter_but_its_numbers_do) {
    EXPECT_EQ(read("data.1=b; data.10=k; data.0=a; data.2=c"), "abck");
    EXPECT_EQ(read("data=whole; data.0=a"), "whole");
    EXPECT_EQ(read("data=; data.0=a; data.1=b"), "ab");
}

TEST(ChunkedCookie, CKY_02_CKY_03_what_is_not_ours_is_not_read) {
    for (const std::string_view sent :
         {"data.0=a; data.0=b", "data=a; data=b", "data.00=a", "data.+1=a", "data.-1=a", "data.x=a", "data.=a",
          "data.100=a", "data.99999999999999999999=a", "Data.0=a", "data. 0=a", "xdata.0=a", "data.0.0=a"})
        EXPECT_EQ(read(std::string{sent}), "") << sent;
}

TEST(ChunkedCookie, CKY_06_pieces_that_are_no_longer_used_are_taken_away) {
    const std::string gone = "=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
    const std::vector<std::string> shorter = set_for("v", "data.0=a; data.1=b; data.07=x; other.0=c");
    EXPECT_EQ(shorter, (std::vector<std::string>{"data.0" + gone, "data.1" + gone,
                                                 "data=v; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Lax"}));
    const std::vector<std::string> longer = set_for(std::string(5000, 'a'), "data=old; data.0=a; data.5=f");
    ASSERT_EQ(longer.size(), 4U);
    EXPECT_EQ(longer[0], "data" + gone);
    EXPECT_EQ(longer[1], "data.5" + gone);
    EXPECT_TRUE(longer[2].starts_with("data.0=a") && longer[3].starts_with("data.1=a"));

    const Asked asked{{.headers = {{"Cookie", "data.1=b; data=a; data.1=c; other=d"}}}};
    Response answer;
    append_chunks_expired(answer, asked.request(), form);
    EXPECT_EQ(answer.set_cookies, (std::vector<std::string>{"data.1" + gone, "data" + gone}));
}

TEST(ChunkedCookie, CKY_05_a_value_beyond_the_count_is_not_set_at_all) {
    const std::size_t most = most_chunks * longest_cookie;
    EXPECT_TRUE(set_for(std::string(most, 'a')).empty());
    EXPECT_EQ(set_for(std::string(most, 'a'), "data.0=a").size(), 1U);    // what the browser has is another session's
}

}    // namespace
}    // namespace countersign::guard
