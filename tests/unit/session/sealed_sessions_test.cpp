// SES-05, SES-14, CKY-04: what a seal says, and every way in which it is not believed.
#include "session/sealed_sessions.hpp"

#include "base/encoding.hpp"
#include "jose/secret_jwt.hpp"
#include "unit/session/recorded_seals.hpp"
#include "unit/session/rig.hpp"

namespace countersign::session {
namespace {

using identity::AdditionalField;
using identity::AdditionalFields;

constexpr SealForm forms[]{SealForm::compact, SealForm::jwt, SealForm::jwe};
constexpr std::string_view form_names[]{"compact", "jwt", "jwe"};
constexpr Seconds life{300};

crypto::Keyring keys_of(std::string_view secret) { return crypto::Keyring{Secret::from_text(std::string{secret})}; }

SealedSessions seals(SealForm form, const crypto::Keyring& keys, std::string version = "1",
                     const AdditionalFields& user_fields = identity::no_fields) {
    auto made = SealedSessions::make(keys, {.form = form, .version = std::move(version), .life = life}, user_fields);
    EXPECT_TRUE(made.ok());
    return *std::move(made);
}

SignedIn ann() {
    return {.session = {.id = SessionId{"s1"},
                        .expires_at = noon + week,
                        .token = "the-token-of-ann-0123456789abcdef",
                        .created_at = noon,
                        .updated_at = noon,
                        .ip_address = "192.0.2.7",
                        .user_agent = "agent/1 \"quoted\" },\"expiresAt\":1,\"signature\":\"x\"}",
                        .user = UserId{"ann"},
                        .fields = {}},
            .user = {.id = UserId{"ann"},
                     .name = "Ann \xF0\x9F\x98\x80 },\"expiresAt\":9999999999999",
                     .email = "ann@x.co",
                     .email_state = identity::EmailState::verified,
                     .image = std::nullopt,
                     .created_at = noon,
                     .updated_at = noon,
                     .fields = {}}};
}

class Seals : public testing::TestWithParam<SealForm> {
  protected:
    std::string seal(const SignedIn& who, Remember remember = Remember::yes) {
        auto sealed = ours.seal(who, remember, noon, random);
        EXPECT_TRUE(sealed.ok());
        return *sealed;
    }
    Code refusal(const SealedSessions& opener, std::string_view sealed, Instant now = noon,
                 std::string_view token = ann().session.token) {
        const auto opened = opener.open(sealed, token, now);
        return opened.ok() ? Code::count_ : opened.error().code();
    }
    SystemRandom random;
    crypto::Keyring keys = keys_of("a secret of forty characters for the seals");
    SealedSessions ours = seals(GetParam(), keys);
};

INSTANTIATE_TEST_SUITE_P(Forms, Seals, testing::ValuesIn(forms), [](const auto& info) {
    return std::string{form_names[static_cast<std::size_t>(info.param)]};
});

TEST_P(Seals, what_was_sealed_is_opened_as_it_was) {
    SignedIn who = ann();
    who.user.image = "https://x.co/ann.png";
    const auto opened = ours.open(seal(who), who.session.token, noon);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->session.id, who.session.id);
    EXPECT_EQ(opened->session.expires_at, who.session.expires_at);
    EXPECT_EQ(opened->session.user_agent, who.session.user_agent);
    EXPECT_EQ(opened->session.ip_address, who.session.ip_address);
    EXPECT_EQ(opened->user.name, who.user.name);
    EXPECT_EQ(opened->user.email, who.user.email);
    EXPECT_EQ(opened->user.email_state, identity::EmailState::verified);
    EXPECT_EQ(opened->user.image, who.user.image);
    EXPECT_EQ(opened->user.created_at, who.user.created_at);
}

TEST_P(Seals, SES_14_hidden_fields_are_not_in_it) {
    const AdditionalFields fields{
        {.name = "plan", .kind = identity::FieldKind::string},
        {.name = "canary", .kind = identity::FieldKind::string, .shown = identity::FieldShown::hidden}};
    const SealedSessions with_fields = seals(GetParam(), keys, "1", fields);
    SignedIn who = ann();
    who.user.fields = {{&fields[0], std::string{"gold"}}, {&fields[1], std::string{"CANARY"}}};
    const auto sealed = with_fields.seal(who, Remember::yes, noon, random);
    ASSERT_TRUE(sealed.ok());
    const auto opened = with_fields.open(*sealed, who.session.token, noon);
    ASSERT_TRUE(opened.ok());
    ASSERT_EQ(opened->user.fields.size(), 2U);
    EXPECT_EQ(std::get<std::string>(opened->user.fields[0].value), "gold");
    EXPECT_TRUE(std::holds_alternative<std::monostate>(opened->user.fields[1].value));
}

TEST_P(Seals, SES_04_it_ends_with_its_life_and_with_the_session) {
    const std::string sealed = seal(ann());
    EXPECT_EQ(refusal(ours, sealed, noon + life - Seconds{1}), Code::count_);
    EXPECT_EQ(refusal(ours, sealed, noon + life), Code::session_seal_refused);
    SignedIn ending = ann();
    ending.session.expires_at = noon + Seconds{10};
    const std::string short_lived = seal(ending);
    EXPECT_EQ(refusal(ours, short_lived, noon + Seconds{9}), Code::count_);
    EXPECT_EQ(refusal(ours, short_lived, noon + Seconds{10}), Code::session_seal_refused);
    const Seconds forgotten = GetParam() == SealForm::compact ? Seconds{60} : life;
    const std::string unremembered = seal(ann(), Remember::no);
    EXPECT_EQ(refusal(ours, unremembered, noon + forgotten - Seconds{1}), Code::count_);
    EXPECT_EQ(refusal(ours, unremembered, noon + forgotten), Code::session_seal_refused);
}

TEST_P(Seals, CKY_04_a_seal_of_others_is_not_believed) {
    const std::string good = seal(ann());
    const crypto::Keyring foreign = keys_of("another secret of forty characters, or so");
    EXPECT_EQ(refusal(seals(GetParam(), foreign), good), Code::session_seal_refused);
    EXPECT_EQ(refusal(seals(GetParam(), keys, "2"), good), Code::session_seal_refused);
    EXPECT_EQ(refusal(ours, good, noon, "the-token-of-bob-0123456789abcdef"), Code::session_seal_refused);
    EXPECT_EQ(refusal(ours, good, noon, ""), Code::session_seal_refused);
    for (const SealForm other : forms) {
        const bool same = other == GetParam();
        EXPECT_EQ(refusal(seals(other, keys), good), same ? Code::count_ : Code::session_seal_refused);
    }
    SignedIn mixed = ann();
    mixed.user.id = UserId{"bob"};
    EXPECT_EQ(refusal(ours, seal(mixed)), Code::session_seal_refused);
}

TEST_P(Seals, every_changed_character_breaks_it) {
    const std::string good = seal(ann());
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(refusal(ours, changed), Code::session_seal_refused) << i;
        EXPECT_EQ(refusal(ours, good.substr(0, i)), Code::session_seal_refused) << i;
    }
    EXPECT_EQ(refusal(ours, good + "A"), Code::session_seal_refused);
    EXPECT_EQ(refusal(ours, " " + good), Code::session_seal_refused);
    EXPECT_EQ(refusal(ours, good), Code::count_);
}

TEST_P(Seals, KEY_10_a_listed_older_secret_still_opens_and_one_that_was_dropped_does_not) {
    crypto::Keyring rotated{Secret::from_text("a secret of forty characters for the seals")};
    rotated.add_version(2, Secret::from_text("the second secret of forty characters, too"));
    const std::string old = seal(ann());
    EXPECT_EQ(refusal(seals(GetParam(), rotated), old), Code::count_);
    crypto::Keyring dropped{Secret::from_text("the third secret, of forty characters, too")};
    dropped.add_version(2, Secret::from_text("the second secret of forty characters, too"));
    EXPECT_EQ(refusal(seals(GetParam(), dropped), old), Code::session_seal_refused);
}

TEST(SealsOfBetterAuth, are_opened) {
    const crypto::Keyring keys = keys_of(recorded_secret);
    const Instant now = Instant::from_unix_ms(recorded_at) + Seconds{5};
    for (std::size_t i = 0; i < std::size(forms); ++i) {
        const RecordedSeal& recorded = recorded_seals[i];
        ASSERT_EQ(recorded.form, form_names[i]);
        const auto opened = seals(forms[i], keys).open(recorded.sealed, recorded.token, now);
        ASSERT_TRUE(opened.ok()) << recorded.form;
        EXPECT_EQ(opened->user.email, recorded_user) << recorded.form;
        EXPECT_EQ(opened->session.token, recorded.token) << recorded.form;
        EXPECT_FALSE(seals(forms[i], keys).open(recorded.sealed, recorded.token, now + life).ok()) << recorded.form;
    }
}

TEST(SealsOfBetterAuth, a_compact_one_is_sealed_again_byte_for_byte) {
    const crypto::Keyring keys = keys_of(recorded_secret);
    const RecordedSeal& recorded = recorded_seals[0];
    const auto bytes = parse_base64url(recorded.sealed);
    ASSERT_TRUE(bytes.has_value());
    const auto value = json::parse(text_of(*bytes));
    ASSERT_TRUE(value.ok());
    const Instant then = Instant::from_unix_ms(*value->find("session")->find("updatedAt")->as_integer());
    const SealedSessions ours = seals(SealForm::compact, keys);
    const auto opened = ours.open(recorded.sealed, recorded.token, then);
    ASSERT_TRUE(opened.ok());
    SystemRandom random;
    EXPECT_EQ(ours.seal(*opened, Remember::yes, then, random).value_or(""), recorded.sealed);
}

/// A signed text of the right shape is not enough: it must be whole. Signed with our own key, so that nothing else
/// refuses it.
TEST(Seals, what_our_own_key_signed_is_still_read_with_care) {
    const std::string secret = "a secret of forty characters for the seals";
    const crypto::Keyring keys = keys_of(secret);
    const crypto::HmacKey key{bytes_of(secret)};
    const std::string end = std::to_string((noon + life).unix_seconds());
    const std::string times = R"("expiresAt":"2030-01-01T00:00:00.000Z","createdAt":"2026-01-01T00:00:00.000Z",)"
                              R"("updatedAt":"2026-01-01T00:00:00.000Z")";
    const std::string session = R"({"id":"s","token":"t","userId":"u",)" + times + "}";
    const std::string user = R"({"id":"u","name":"n","email":"e@x.co","emailVerified":true,)" + times + "}";
    const auto claims = [&](const std::string& s, const std::string& u, const std::string& rest) {
        return R"({"session":)" + s + R"(,"user":)" + u + "," + rest + "}";
    };
    const std::string rest = R"("version":"1","exp":)" + end;
    const struct {
        std::string_view name;
        std::string claims;
        Code expected;
    } table[]{
        {"whole", claims(session, user, rest), Code::count_},
        {"no exp", claims(session, user, R"("version":"1")"), Code::session_seal_refused},
        {"exp as text", claims(session, user, R"("version":"1","exp":")" + end + "\""), Code::session_seal_refused},
        {"no version", claims(session, user, R"("exp":)" + end), Code::session_seal_refused},
        {"session is null", claims("null", user, rest), Code::session_seal_refused},
        {"user is a list", claims(session, "[]", rest), Code::session_seal_refused},
        {"user of another", claims(session, R"({"id":"v",)" + user.substr(10), rest), Code::session_seal_refused},
        {"no user id", claims(R"({"token":"t",)" + times + "}", R"({"emailVerified":true,)" + times + "}", rest),
         Code::session_seal_refused},
        {"a date that is none", claims(R"({"id":"s","token":"t","userId":"u","expiresAt":"soon"})", user, rest),
         Code::session_seal_refused},
        {"emailVerified as text", claims(session, R"({"id":"u","emailVerified":"true",)" + times + "}", rest),
         Code::session_seal_refused},
        {"a list", "[1]", Code::session_seal_refused},
        {"no JSON", "{", Code::session_seal_refused},
    };
    const SealedSessions ours = seals(SealForm::jwt, keys);
    for (const auto& row : table) {
        const auto opened = ours.open(jose::sign_secret_jwt(key, row.claims), "t", noon);
        EXPECT_EQ(opened.ok() ? Code::count_ : opened.error().code(), row.expected) << row.name;
    }
}

}    // namespace
}    // namespace countersign::session
