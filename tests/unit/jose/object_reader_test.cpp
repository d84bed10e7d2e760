#include "jose/object_reader.hpp"
#include "base/json.hpp"

namespace countersign::jose {
namespace {

ObjectReader::Step read_all(std::string_view text, std::size_t depth = max_json_depth) {
    ObjectReader reader{text, depth};
    MemberView member;
    auto step = reader.next(member);
    while (step == ObjectReader::Step::member) step = reader.next(member);
    return step;
}
bool is_good(std::string_view text) { return read_all(text) == ObjectReader::Step::end; }

TEST(ObjectReader, TOK_12_what_is_and_what_is_not_an_object) {
    struct Case {
        std::string text;
        bool good;
    };
    const std::string deep62(62, '['), close62(62, ']');
    const Case table[]{
        {"{}", true},
        {" \t\r\n{ } ", true},
        {R"({"a":1,"b":-0.5e+3,"c":true,"d":false,"e":null,"f":"x","g":[],"h":{}})", true},
        {R"({"a":[1,{"b":[{}]},[]],"c":{"a":1,"b":{"a":2}}})", true},
        {"{\"a\":\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x94\x91\"}", true},
        {R"({"a":"\"\\\/\b\f\n\r\t\u00fc\ud83d\udd11"})", true},
        {R"({"a":)" + deep62 + close62 + "}", true},
        {R"({"a":)" + deep62 + "[]" + close62 + "}", true},
        {R"({"a":)" + deep62 + "[[]]" + close62 + "}", false},
        {"", false},
        {"[]", false},
        {"null", false},
        {"\"x\"", false},
        {"\xEF\xBB\xBF{}", false},
        {"{}x", false},
        {"{}{}", false},
        {"{} {}", false},
        {"{", false},
        {R"({"a")", false},
        {R"({"a":})", false},
        {R"({"a":1)", false},
        {R"({"a":1,})", false},
        {R"({,"a":1})", false},
        {R"({"a":1 "b":2})", false},
        {R"({"a" 1})", false},
        {R"({a:1})", false},
        {R"({'a':1})", false},
        {R"({"a":1}//)", false},
        {R"({/**/"a":1})", false},
        {R"({"a":[1,]})", false},
        {R"({"a":[,1]})", false},
        {R"({"a":[1 2]})", false},
        {R"({"a":[1})", false},
        {R"({"a":{"b":1]})", false},
        {R"({"a":01})", false},
        {R"({"a":+1})", false},
        {R"({"a":.5})", false},
        {R"({"a":1.})", false},
        {R"({"a":1e})", false},
        {R"({"a":-})", false},
        {R"({"a":0x1})", false},
        {R"({"a":NaN})", false},
        {R"({"a":Infinity})", false},
        {R"({"a":truE})", false},
        {R"({"a":nul})", false},
        {"{\"a\":\"\n\"}", false},
        {std::string("{\"a\":\"\0\"}", 9), false},
        {R"({"a":"\x"})", false},
        {R"({"a":"\u12g4"})", false},
        {R"({"a":"\ud800"})", false},
        {R"({"a":"\udc00\ud800"})", false},
        {R"({"a":"\ud800\u0041"})", false},
        {R"({"a":"x)", false},
        {"{\"a\":\"\xC0\xAF\"}", false},
        {"{\"a\":\"\xED\xA0\x80\"}", false},
        {"{\"a\":\"\xF4\x90\x80\x80\"}", false},
        {"{\"a\":\"\xC3\"}", false},
    };
    for (const auto& [text, good] : table) {
        EXPECT_EQ(is_good(text), good) << text;
        // The reader of the rest of the project is the second opinion.
        EXPECT_EQ(json::parse(text, max_json_depth).ok() && text.find('{') < text.find_first_of("[n\""), good) << text;
    }
}

TEST(ObjectReader, TOK_12_no_member_twice_at_any_depth_however_it_is_spelt) {
    for (const std::string_view bad :
         {R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})", R"({"x":{"a":1,"a":2}})", R"({"x":[{"a":1,"a":2}]})",
          R"({"alg":1,"\u0061lg":2})", R"({"\u0061lg":1,"alg":2})", R"({"\u0061":1,"\u0061":2})",
          R"({"a\/b":1,"a/b":2})", "{\"\xC3\xBC\":1,\"\\u00fc\":2}", R"({"":1,"":2})",
          R"({"x":{"y":{"z":1,"z":2}},"b":1})"}) {
        EXPECT_FALSE(is_good(bad)) << bad;
    }
    for (const std::string_view good :
         {R"({"a":1,"A":2,"x":{"a":3},"y":[{"a":1},{"a":2}]})", R"({"a":{"b":{"a":1}},"b":2})"}) {
        EXPECT_TRUE(is_good(good)) << good;
    }
    std::string many = "{";
    for (std::size_t i = 0; i < max_json_names; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
    EXPECT_TRUE(is_good(many + "}"));
    EXPECT_FALSE(is_good(many + ",\"more\":0}"));
}

TEST(ObjectReader, depth_counts_the_object_itself) {
    EXPECT_EQ(read_all("{}", 0), ObjectReader::Step::malformed);
    EXPECT_EQ(read_all(R"({"a":1})", 1), ObjectReader::Step::end);
    EXPECT_EQ(read_all(R"({"a":[]})", 1), ObjectReader::Step::malformed);
    EXPECT_EQ(read_all(R"({"a":[]})", 2), ObjectReader::Step::end);
    EXPECT_EQ(read_all(R"({"a":[{}]})", 2), ObjectReader::Step::malformed);
}

TEST(ObjectReader, hands_out_names_kinds_and_texts) {
    ObjectReader reader{R"( { "a\n" : "x\u00fc" , "b": [1, 2] ,"c":-1.5} )", 4};
    MemberView member;
    ASSERT_EQ(reader.next(member), ObjectReader::Step::member);
    EXPECT_EQ(member.name.text(), "a\n");
    EXPECT_EQ(member.kind, JsonKind::string);
    EXPECT_EQ(member.string().text(), "x\xC3\xBC");
    EXPECT_TRUE(member.string().equals("x\xC3\xBC"));
    EXPECT_FALSE(member.string().equals("x"));
    EXPECT_FALSE(member.string().equals("x\xC3\xBCy"));
    ASSERT_EQ(reader.next(member), ObjectReader::Step::member);
    EXPECT_EQ(member.kind, JsonKind::array);
    EXPECT_EQ(member.raw, "[1, 2]");
    ASSERT_EQ(reader.next(member), ObjectReader::Step::member);
    EXPECT_EQ(member.raw, "-1.5");
    EXPECT_EQ(reader.next(member), ObjectReader::Step::end);
}

}    // namespace
}    // namespace countersign::jose
