#include "jose/object_reader.hpp"

#include <random>

#include "base/json.hpp"
#include "jose/digits.hpp"

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

/// What was read: a line a member, and how it ended.
std::string told(std::string_view name, JsonKind kind, std::string_view raw) {
    return std::string{name} + "|" + std::to_string(static_cast<int>(kind)) + "|" + std::string{raw} + "\n";
}
enum class Way : std::uint8_t { thorough, usual_first };
std::string read_by(Way way, std::string_view text, std::size_t depth = max_json_depth) {
    const std::string copy{text};    // of its exact size, so that the sanitizer sees a byte beyond it
    const std::vector<char> exact{copy.begin(), copy.end()};
    ObjectReader reader{{exact.data(), exact.size()}, depth};
    std::array<UsualMember, 3> room;    // small: it is filled several times
    std::string out;
    MemberView member;
    auto step = ObjectReader::Step::member;
    while (step == ObjectReader::Step::member) {
        if (way == Way::usual_first) {
            for (const UsualMember& one : reader.usual_members(room)) out += told(one.name(), one.kind, one.raw());
        }
        step = reader.next(member);
        if (step == ObjectReader::Step::member) out += told(member.name.text(), member.kind, member.raw);
    }
    return out + (step == ObjectReader::Step::end ? "end" : reader.fault());
}

constexpr std::string_view usual_claims =
    R"({"iss":"https://id.example","sub":"user-a","aud":["https://api.example","b"],"exp":1800000600,"iat":1799999990,)"
    R"("email_verified":true,"name":"A \"B\" C","zahl":-1.5,"tief":{"sub":"x","y":[1,{"z":null}]},"leer":[],"e":"",)"
    R"("a rather long name of a claim":"v","nbf":1,"jti":"9f8b2c1e-7d6a-4b5c-8e9f-0a1b2c3d4e5f"})";

TEST(ObjectReader, reading_usual_members_first_changes_nothing) {
    ASSERT_TRUE(read_by(Way::thorough, usual_claims).ends_with("end"));
    EXPECT_EQ(read_by(Way::usual_first, usual_claims), read_by(Way::thorough, usual_claims));
    std::mt19937_64 random{20'261'125};
    constexpr std::string_view bytes =
        "\"\\{}[],: 09-.etn\x01\xC3\xBC\x7F"
        "subiaxp";
    std::size_t good = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text{usual_claims};
        for (int change = 0; change <= round % 3; ++change) {
            const std::size_t place = random() % text.size();
            const char byte = bytes[random() % bytes.size()];
            if (random() % 3 == 0) {
                text.erase(place, random() % 4);
            } else if (random() % 2 == 0) {
                text.insert(place, 1, byte);
            } else {
                text[place] = byte;
            }
        }
        const std::string expected = read_by(Way::thorough, text);
        ASSERT_EQ(read_by(Way::usual_first, text), expected) << text;
        good += expected.ends_with("end") ? 1 : 0;
    }
    EXPECT_GT(good, 1'000U);
}

TEST(ObjectReader, TOK_12_a_name_that_both_ways_meet_is_met_twice) {
    const std::string rest = R"(,"filling":"so that the text is long enough for the faster way to be taken at all"})";
    const std::pair<std::string_view, bool> table[]{
        {R"({"sub":"a","sub":"b")", false},
        {R"({"sub":"a","s\u0075b":"b")", false},
        {R"({"s\u0075b":"a","sub":"b")", false},
        {R"({"sub":"a","x":true,"sub":"b")", false},
        {R"({"sub": "a","sub":"b")", false},
        {R"({"sub":"a", "sub":"b")", false},
        {R"({"sub":"a","filling":"b")", false},
        {R"({"longer name":"a","longer name":"b")", false},
        {R"({"longer name":"a","longe\u0072 name":"b")", false},
        {R"({"sub":"a","x":{"sub":"b"})", true},
        {R"({"sub":"a","suB":"b")", true},
        {R"({"x":{"sub":"b"},"sub":"a")", true},
        {R"({"12345678":"a","1234567":"b")", true},
        {R"({"12345678":"a","12345678":"b")", false},
        {R"({"":"a","":"b")", false},
    };
    for (const auto& [begin, good] : table) {
        const std::string text = std::string{begin} + rest;
        EXPECT_EQ(read_by(Way::usual_first, text).ends_with("end"), good) << text;
        EXPECT_EQ(read_by(Way::usual_first, text), read_by(Way::thorough, text)) << text;
    }
    std::string many = "{";
    for (std::size_t i = 0; i < max_json_names; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    EXPECT_TRUE(read_by(Way::usual_first, many + "}").ends_with("end"));
    EXPECT_TRUE(read_by(Way::usual_first, many + ",\"more\":1}").ends_with("fewer members"));
}

TEST(ObjectReader, depth_counts_for_usual_members_too) {
    const std::string text = R"({"a":["a list in an object is a value of depth two, and this is longer than 64"]})";
    for (const std::size_t depth : {0U, 1U, 2U}) {
        EXPECT_EQ(read_by(Way::usual_first, text, depth), read_by(Way::thorough, text, depth)) << depth;
        EXPECT_EQ(read_by(Way::usual_first, text, depth).ends_with("end"), depth == 2) << depth;
    }
}

TEST(Digits, eight_at_once_or_none) {
    for (const std::string_view good : {"00000000", "12345678", "99999999", "18000006"})
        EXPECT_EQ(eight_digits(good.data()), std::uint32_t(std::stoul(std::string{good}))) << good;
    for (std::size_t place = 0; place < 8; ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = "12345678";
            text[place] = static_cast<char>(byte);
            EXPECT_EQ(eight_digits(text.data()).has_value(), byte >= '0' && byte <= '9') << place << " " << byte;
        }
    }
}

}    // namespace
}    // namespace countersign::jose
