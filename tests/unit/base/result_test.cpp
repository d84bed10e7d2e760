#include "base/result.hpp"

#include "base/actor.hpp"
#include "base/services.hpp"

namespace countersign {
namespace {

Result<int> parse_age(int age) {
    if (age < 0) return fail(Code::request_validation, "an age", age);
    return age;
}

Result<std::string> describe(int age, int& evaluated) {
    CS_TRY(const int known, (++evaluated, parse_age(age)));
    return std::to_string(known);
}

Result<void> require_adult(int age, int& reached) {
    CS_CHECK(parse_age(age));
    ++reached;
    return {};
}

TEST(Result, TRY_binds_the_value_or_hands_the_error_on_unchanged) {
    int evaluated = 0;
    const Result<std::string> good = describe(30, evaluated);
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(*good, "30");
    const Result<std::string> bad = describe(-1, evaluated);
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(evaluated, 2);
    const Result<int> origin = parse_age(-1);
    EXPECT_EQ(bad.error().code(), Code::request_validation);
    EXPECT_EQ(bad.error().found().text(), "-1");
    EXPECT_EQ(bad.error().expected().text(), "an age");
    EXPECT_EQ(bad.error().where().line(), origin.error().where().line());
    EXPECT_STREQ(bad.error().where().function_name(), origin.error().where().function_name());
}

TEST(Result, CHECK_stops_at_the_first_error) {
    int reached = 0;
    EXPECT_TRUE(require_adult(30, reached).ok());
    EXPECT_FALSE(require_adult(-1, reached).ok());
    EXPECT_EQ(reached, 1);
}

TEST(Result, TRY_moves_values_that_cannot_be_copied) {
    const auto make = [](bool good) -> Result<std::unique_ptr<int>> {
        if (!good) return fail(Code::internal_fault);
        return std::make_unique<int>(7);
    };
    const auto use = [&](bool good) -> Result<int> {
        CS_TRY(const std::unique_ptr<int> held, make(good));
        return *held;
    };
    EXPECT_EQ(use(true).value_or(0), 7);
    EXPECT_FALSE(use(false).ok());
}

TEST(Result, an_absent_optional_is_a_value_and_no_error) {
    const Result<std::optional<int>> absent{std::nullopt};
    EXPECT_TRUE(absent.ok());
    EXPECT_FALSE(absent->has_value());
}

TEST(AuthError, ERR_01_another_face_keeps_the_cause) {
    const AuthError error{Code::login_password, "a match"};
    const AuthError shown = error.shown_as(Public::invalid_password);
    EXPECT_EQ(error.face().http, 401);
    EXPECT_EQ(shown.face().http, 400);
    EXPECT_EQ(shown.face().app, "INVALID_PASSWORD");
    EXPECT_EQ(shown.code(), error.code());
    EXPECT_EQ(shown.label(), "login.password");
    EXPECT_EQ(shown.where().line(), error.where().line());
}

TEST(AuthError, ERR_01_no_public_text_repeats_what_a_cause_says) {
    for (const Cause& cause : causes) {
        for (const Face& face : faces) {
            EXPECT_NE(face.message, cause.prose) << cause.label;
            EXPECT_NE(face.message, cause.label) << cause.label;
        }
    }
}

TEST(AuthError, ERR_01_every_face_is_an_error_and_has_its_body) {
    for (const Face& face : faces) {
        EXPECT_TRUE(face.http >= 400 && face.http <= 599) << face.app;
        EXPECT_FALSE(face.app.empty());
        EXPECT_FALSE(face.oauth.empty()) << face.app;
        EXPECT_EQ(face.message.empty(), face.body == FaceBody::empty || face.body == FaceBody::empty_json) << face.app;
    }
}

TEST(AuthError, labels_are_the_words_of_their_codes) {
    for (const Cause& cause : causes) {
        EXPECT_FALSE(cause.prose.empty()) << cause.label;
        EXPECT_EQ(cause.label.find_first_not_of("abcdefghijklmnopqrstuvwxyz._"), std::string_view::npos) << cause.label;
        EXPECT_EQ(std::ranges::count(cause.label, '.'), 1) << cause.label;
    }
}

TEST(AuthError, ERR_07_a_fault_of_ours_is_never_the_clients) {
    for (const Code code : {Code::storage_unavailable, Code::storage_corrupt, Code::crypto_failed, Code::internal_fault,
                            Code::secret_unusable, Code::fetch_failed, Code::mail_failed}) {
        EXPECT_GE(AuthError{code}.face().http, 500) << cause_of(code).label;
    }
}

TEST(Fact, keeps_small_values_and_says_where_it_cut) {
    struct Case {
        Fact fact;
        std::string_view text;
    };
    const std::string exact(63, 'x');
    const Case table[]{
        {Fact{}, ""},
        {Fact{0}, "0"},
        {Fact{-7}, "-7"},
        {Fact{std::int64_t{9007199254740993}}, "9007199254740993"},
        {Fact{Instant::from_unix_ms(0)}, "1970-01-01T00:00:00.000Z"},
        {Fact{""}, ""},
        {Fact{exact}, exact},
        {Fact{std::string_view{"a\0b", 3}}, "a\\x00b"},
        {Fact{"\x7F\xC2\x9B"}, "\\x7f\\xc2\\x9b"},
    };
    for (const auto& [fact, text] : table) EXPECT_EQ(fact.text(), text);
    EXPECT_TRUE(Fact{}.empty());
    EXPECT_FALSE(Fact{0}.empty());
    EXPECT_EQ(AuthError{Code::login_password}.detail(), cause_of(Code::login_password).prose);
}

struct Bell {
    int rings = 0;
};
struct Whistle {
    int rings = 0;
};

TEST(Services, are_found_by_type_only) {
    Services services;
    Bell bell;
    services.add(bell);
    EXPECT_EQ(&services.get<Bell>(), &bell);
    EXPECT_EQ(services.find<Whistle>(), nullptr);
}

TEST(ServicesDeathTest, ERR_07_a_missing_service_ends_the_process) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const Services services;
    EXPECT_DEATH(static_cast<void>(services.get<Bell>()), "found != nullptr");
}

TEST(Actor, ISO_01_nothing_but_the_gate_makes_one) {
    static_assert(!std::is_default_constructible_v<Actor>);
    static_assert(!std::is_constructible_v<Actor, UserId, SessionId, Instant>);
    static_assert(!std::is_constructible_v<Actor, Pending>);
    static_assert(!std::is_constructible_v<Pending, UserId>);
    static_assert(!std::is_convertible_v<Actor, Pending>);
    EXPECT_EQ(SystemActor{"purge expired sessions"}.reason(), "purge expired sessions");
}

}    // namespace
}    // namespace countersign
