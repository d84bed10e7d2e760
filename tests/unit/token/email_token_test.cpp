// Tokens of mailed links: exactly ours, whole, in time, for one thing.
#include "token/email_token.hpp"

#include "base/encoding.hpp"
#include "support/domain.hpp"

namespace countersign::token {
namespace {

using testing_support::noon;

constexpr std::string_view secret = "trace-secret-0123456789abcdefghijklmnopqrstuv";

EmailTokens tokens(std::string_view key = secret) { return EmailTokens{crypto::HmacKey{bytes_of(key)}}; }

std::string signed_text(std::string_view header, std::string_view claims, std::string_view key = secret) {
    const std::string text = base64url(bytes_of(header)) + "." + base64url(bytes_of(claims));
    return text + "." + base64url(crypto::HmacKey{bytes_of(key)}.mac(bytes_of(text)));
}

constexpr std::string_view hs256 = R"({"alg":"HS256"})";

std::string claims_with(std::string_view members) {
    return R"({"email":"a@x.co","exp":)" + std::to_string(noon.unix_seconds() + 10) + std::string{members} + "}";
}

TEST(EmailToken, every_kind_comes_back_as_it_was_signed) {
    const EmailToken all[]{
        {.kind = LinkKind::verify, .email = "a@x.co", .update_to = {}, .user = UserId{"u"}, .single_use = {}},
        {.kind = LinkKind::verify, .email = "a@x.co", .update_to = {}, .user = UserId{"u"}, .single_use = "once"},
        {.kind = LinkKind::change_confirm,
         .email = "a@x.co",
         .update_to = "b@x.co",
         .user = UserId{"u"},
         .single_use = {}},
        {.kind = LinkKind::change_verify,
         .email = "a@x.co",
         .update_to = "b@x.co",
         .user = UserId{"u"},
         .single_use = {}},
        {.kind = LinkKind::change_revert,
         .email = "b@x.co",
         .update_to = "a@x.co",
         .user = UserId{"u"},
         .single_use = "once"},
        {.kind = LinkKind::change_at_once,
         .email = "a@x.co",
         .update_to = "b@x.co",
         .user = UserId{"u"},
         .single_use = {}},
    };
    for (const EmailToken& token : all) {
        const auto read = tokens().open(tokens().sign(token, noon, Seconds{60}), noon);
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(read->kind, token.kind);
        EXPECT_EQ(read->email, token.email);
        EXPECT_EQ(read->update_to, token.update_to);
        EXPECT_EQ(read->user, token.user);
        EXPECT_EQ(read->single_use, token.single_use);
    }
}

TEST(EmailToken, claims_stand_as_Better_Auth_writes_them) {
    const std::string text = tokens().sign(
        {.kind = LinkKind::verify, .email = "a@x.co", .update_to = {}, .user = UserId{"u"}, .single_use = {}}, noon,
        Seconds{60});
    const std::int64_t at = noon.unix_seconds();
    EXPECT_EQ(text, signed_text(hs256, R"({"email":"a@x.co","userId":"u","iat":)" + std::to_string(at) + R"(,"exp":)" +
                                           std::to_string(at + 60) + "}"));
}

TEST(EmailToken, REC_04_what_is_not_exactly_ours_is_refused) {
    const std::string good = signed_text(hs256, claims_with(""));
    ASSERT_TRUE(tokens().open(good, noon).ok());
    struct Case {
        std::string_view name;
        std::string text;
    };
    const Case cases[]{
        {"empty", ""},
        {"a word", "bad"},
        {"only dots", ".."},
        {"without signature", good.substr(0, good.rfind('.') + 1)},
        {"without its last part", good.substr(0, good.rfind('.'))},
        {"cut", good.substr(0, good.size() - 1)},
        {"with something behind", good + "."},
        {"of another secret", signed_text(hs256, claims_with(""), "another")},
        {"alg none", signed_text(R"({"alg":"none"})", claims_with(""))},
        {"alg HS512", signed_text(R"({"alg":"HS512"})", claims_with(""))},
        {"a header with more in it", signed_text(R"({"alg":"HS256","typ":"JWT"})", claims_with(""))},
        {"four parts", good.substr(0, good.find('.')) + ".x" + good.substr(good.find('.'))},
        {"no object", signed_text(hs256, "[]")},
        {"no JSON", signed_text(hs256, "email")},
        {"a member twice", signed_text(hs256, claims_with(R"(,"email":"b@x.co")"))},
        {"without end", signed_text(hs256, R"({"email":"a@x.co"})")},
        {"an end that is text", signed_text(hs256, R"({"email":"a@x.co","exp":"9999999999"})")},
        {"an end that is no whole number", signed_text(hs256, R"({"email":"a@x.co","exp":9e99})")},
        {"without email", signed_text(hs256, R"({"exp":9999999999})")},
        {"a cached session", signed_text(hs256, R"({"session":{},"user":{"email":"a@x.co"},"exp":9999999999})")},
        {"email of another type", signed_text(hs256, R"({"email":["a@x.co"],"exp":9999999999})")},
        {"email null", signed_text(hs256, R"({"email":null,"exp":9999999999})")},
        {"user of another type", signed_text(hs256, claims_with(R"(,"userId":5)"))},
        {"unknown request", signed_text(hs256, claims_with(R"(,"updateTo":"b@x.co","requestType":"other")"))},
        {"empty request", signed_text(hs256, claims_with(R"(,"requestType":"")"))},
        {"a change to nothing", signed_text(hs256, claims_with(R"(,"requestType":"change-email-verification")"))},
        {"NUL", std::string(1, '\0') + good},
        {"emoji", "🔑"},
        {"1 MB", good.substr(0, 22) + std::string(1'000'000, 'a')},
    };
    for (const Case& c : cases) {
        const auto read = tokens().open(c.text, noon);
        ASSERT_FALSE(read.ok()) << c.name;
        EXPECT_EQ(read.error().code(), Code::verification_malformed) << c.name;
    }
}

TEST(EmailToken, ends_at_its_end) {
    const std::string text = signed_text(hs256, claims_with(""));
    EXPECT_TRUE(tokens().open(text, noon + Milliseconds{9999}).ok());
    const auto late = tokens().open(text, noon + Seconds{10});
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code(), Code::verification_expired);
}

}    // namespace
}    // namespace countersign::token
