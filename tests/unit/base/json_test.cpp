#include "base/json.hpp"

namespace countersign::json {
namespace {

TEST(Json, INP_04_refuses_what_two_readers_could_take_in_two_ways) {
    struct Case {
        std::string_view name;
        std::string text;
        std::optional<Code> refused;
    };
    const Case table[]{
        {"object", R"({"a":1,"b":[true,null,"x",1.5]})", std::nullopt},
        {"depth at the limit", std::string(32, '[') + std::string(32, ']'), std::nullopt},
        {"depth over the limit", std::string(33, '[') + std::string(33, ']'), Code::request_json},
        {"member twice", R"({"a":1,"a":2})", Code::request_json_duplicate},
        {"member twice, escaped", R"({"a":1,"\u0061":2})", Code::request_json_duplicate},
        {"member twice, nested", R"({"x":[{"a":1,"a":2}]})", Code::request_json_duplicate},
        {"trailing bytes", "{} {}", Code::request_json},
        {"trailing comma", "[1,]", Code::request_json},
        {"byte order mark", "\xEF\xBB\xBF{}", Code::request_json},
        {"invalid UTF-8", "\"\xFF\"", Code::request_json},
        {"lone surrogate", R"("\ud800")", Code::request_json},
        {"raw control byte", std::string("\"\x01\""), Code::request_json},
        {"NUL behind the value", std::string("1\0", 2), Code::request_json},
        {"empty", "", Code::request_json},
        {"comment", "{}//", Code::request_json},
    };
    for (const auto& [name, text, refused] : table) {
        const auto parsed = parse(text);
        ASSERT_EQ(parsed.ok(), !refused) << name;
        if (refused) EXPECT_EQ(parsed.error().code(), *refused) << name;
    }
}

TEST(Json, INP_04_many_members_are_compared_too) {
    std::string text = "{";
    for (int i = 0; i < 1000; ++i) text += "\"m" + std::to_string(i) + "\":0,";
    EXPECT_TRUE(parse(text + "\"last\":0}").ok());
    EXPECT_FALSE(parse(text + "\"m999\":0}").ok());
}

TEST(Json, writes_as_JavaScript_does) {
    std::string text;
    Writer out{text};
    out.begin_object().key("t").value("a\"\\\n\x01é/").key("n").value(-5).key("b").value(true).key("z").value(nullptr);
    out.key("l").begin_array().value("x").begin_object().end_object().end_array().end_object();
    EXPECT_EQ(text, "{\"t\":\"a\\\"\\\\\\n\\u0001é/\",\"n\":-5,\"b\":true,\"z\":null,\"l\":[\"x\",{}]}");
}

TEST(Json, INP_04_numbers_that_are_read_are_written_so_that_they_are_read_the_same) {
    for (const std::string_view text : {"-0.0", "1.0", "9223372036854774784.0", "1e-7", "5e-324", "0.1", "1e18"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed.ok()) << text;
        const auto again = parse(write(*parsed));
        ASSERT_TRUE(again.ok()) << text;
        EXPECT_EQ(write(*again), write(*parsed)) << text;
    }
}

TEST(Json, INP_04_whole_numbers_that_64_bits_cannot_hold_are_refused_in_every_spelling) {
    for (const std::string_view text :
         {"9223372036854775808", "10000000000000000000", "9223372036854775808.0", "1e20", "-1e19", "1e300"}) {
        const auto parsed = parse(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code(), Code::request_json) << text;
    }
}

TEST(Json, ERR_04_what_is_no_UTF_8_is_written_as_replacement_characters) {
    const std::pair<std::string_view, std::string_view> table[]{
        {"a\xFF"
         "b",
         "a\uFFFD"
         "b"},
        {"\xC3\xA9\xC3", "\u00E9\uFFFD"},
        {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"\xF0\x9F\x94", "\uFFFD"},
        {"\xC0\xAF\"", "\uFFFD\uFFFD\\\""},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(write(Value{std::string{text}}), "\"" + std::string{expected} + "\"");
        std::string out;
        Writer{out}.begin_object().key(text).value(1).end_object();
        EXPECT_EQ(out, "{\"" + std::string{expected} + "\":1}");
    }
}

TEST(Json, a_tree_survives_a_round_trip) {
    const std::string text = R"({"a":[1,-2,"ü",{"b":false}],"c":null,"d":"\u0000"})";
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(write(*parsed), text);
}

TEST(Json, INP_04_numbers_are_exact_or_refused) {
    for (const std::string_view text : {"9223372036854775807", "-9223372036854775808", "9007199254740993"}) {
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(write(*parsed), text);
    }
    for (const std::string_view text : {"9223372036854775809", "18446744073709551615", "18446744073709551616", "1e400"})
        EXPECT_FALSE(parse(text).ok()) << text;
}

TEST(Json, an_empty_view_without_memory_is_no_JSON) { EXPECT_FALSE(parse(std::string_view{}).ok()); }

}    // namespace
}    // namespace countersign::json
