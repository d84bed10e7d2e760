#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"

namespace countersign {
namespace {

TEST(Time, iso_form_is_exact_and_reversible) {
    const Instant at = Instant::from_unix_ms(1795331913268);
    EXPECT_EQ(to_iso8601(at), "2026-11-22T07:18:33.268Z");
    EXPECT_EQ(parse_iso8601("2026-11-22T07:18:33.268Z"), at);
    for (const std::string_view bad : {"2026-11-22T07:18:33Z", "2026-02-30T00:00:00.000Z", "2026-11-22 07:18:33.268Z",
                                       "2026-11-22T24:00:00.000Z", ""}) {
        EXPECT_FALSE(parse_iso8601(bad)) << bad;
    }
}

TEST(Secret, PWD_17_compares_whole_and_moves) {
    Secret a = Secret::from_text("correct horse");
    EXPECT_TRUE(a.equals(Secret::from_text("correct horse")));
    EXPECT_FALSE(a.equals(Secret::from_text("correct horsf")));
    EXPECT_FALSE(a.equals(Secret::from_text("correct hors")));
    const Secret b = std::move(a);
    EXPECT_EQ(b.reveal_text(), "correct horse");
}

TEST(Random, SES_01_ids_have_their_alphabet_and_do_not_repeat) {
    SystemRandom random;
    std::vector<std::string> ids;
    for (int i = 0; i < 1000; ++i) ids.push_back(random_text(random, id_length));
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
    for (const std::string& id : ids) {
        ASSERT_EQ(id.size(), id_length);
        ASSERT_EQ(id.find_first_not_of(alphanumeric), std::string::npos);
    }
}

TEST(Errors, TOK_31_one_public_face_and_distinct_labels) {
    std::vector<std::string_view> labels;
    for (const Cause& cause : causes) labels.push_back(cause.label);
    std::ranges::sort(labels);
    EXPECT_EQ(std::ranges::adjacent_find(labels), labels.end());
    const AuthError unknown{Code::login_unknown}, wrong{Code::login_password};
    EXPECT_EQ(&unknown.face(), &wrong.face());
    EXPECT_NE(unknown.detail(), wrong.detail());
}

TEST(Errors, ERR_04_facts_are_escaped_and_bounded) {
    EXPECT_EQ(Fact{"a\r\n\x1b[31m"}.text(), "a\\x0d\\x0a\\x1b[31m");
    EXPECT_EQ(Fact{std::string(100, 'x')}.text(), std::string(63, 'x') + "...");
}

TEST(Log, ERR_04_a_line_is_one_line_of_JSON) {
    const std::string line =
        log_line(Instant::from_unix_ms(0), Level::warn, "x", {{"client", "a\"\n\x1b"}, {"n", std::int64_t{3}}});
    EXPECT_EQ(line, R"({"at":"1970-01-01T00:00:00.000Z","level":"warn","event":"x","client":"a\"\n\u001b","n":3})");
}

TEST(Log, ERR_04_a_line_is_UTF_8_whatever_a_client_sent) {
    const std::string line = log_line(Instant::from_unix_ms(0), Level::warn, "x\xFF", {{"a\xC3", "\xED\xA0\x80"}});
    EXPECT_EQ(utf8_of(line), Utf8::valid);
    EXPECT_TRUE(line.ends_with("\"event\":\"x\uFFFD\",\"a\uFFFD\":\"\uFFFD\uFFFD\uFFFD\"}")) << line;
}

}    // namespace
}    // namespace countersign
