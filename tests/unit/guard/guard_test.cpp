#include "unit/guard/rig.hpp"

namespace countersign::guard {
namespace {

using http::Ask;
using http::Asked;
using http::Method;
using http::OriginRule;

constexpr http::Endpoint form_row = row_with(OriginRule::form);
constexpr http::Endpoint state_row = row_with(OriginRule::trusted_only);
constexpr http::Endpoint safe_row = row_with(OriginRule::safe_method);

constexpr std::string_view own = "http://127.0.0.1:3900";
constexpr std::string_view listed = "https://app.example.com";
constexpr std::string_view evil = "https://evil.example.net";
const std::vector<std::string> patterns{"https://app.example.com", "myapp://"};

constexpr std::optional<Code> allowed = std::nullopt;
constexpr auto none = Code::trusted_origin_null_or_missing_origin;
constexpr auto untrusted = Code::trusted_origin_missing;
constexpr auto navigation = Code::csrf_cross_site_navigation;

struct Case {
    std::string_view name;
    const http::Endpoint* row;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<Code> wire;
    std::optional<Code> native;
};

std::pair<std::string, std::string> h(std::string_view name, std::string_view value) {
    return {std::string{name}, std::string{value}};
}
const auto cookie = h("Cookie", "a=b");

const Case cases[]{
    {"cookie alone", &state_row, {cookie}, none, none},
    {"cookie, own origin", &state_row, {cookie, h("Origin", own)}, allowed, allowed},
    {"cookie, listed origin", &state_row, {cookie, h("Origin", listed)}, allowed, allowed},
    {"cookie, own referer", &state_row, {cookie, h("Referer", "http://127.0.0.1:3900/settings?x=1")}, allowed, allowed},
    {"cookie, custom scheme", &state_row, {cookie, h("Origin", "myapp://")}, allowed, allowed},
    {"cookie, evil origin", &state_row, {cookie, h("Origin", evil)}, untrusted, untrusted},
    {"cookie, evil referer with our name in its path",
     &state_row,
     {cookie, h("Referer", "https://evil.example.net/http://127.0.0.1:3900")},
     untrusted,
     untrusted},
    {"the origin counts, not a good referer",
     &state_row,
     {cookie, h("Origin", evil), h("Referer", own)},
     untrusted,
     untrusted},
    {"an empty origin is none", &state_row, {cookie, h("Origin", "")}, none, none},
    {"cookie, null origin", &state_row, {cookie, h("Origin", "null")}, none, none},
    {"CSR-05 null origin and same-origin",
     &state_row,
     {cookie, h("Origin", "null"), h("Sec-Fetch-Site", "same-origin")},
     allowed,
     none},
    {"null origin and cross-site",
     &state_row,
     {cookie, h("Origin", "null"), h("Sec-Fetch-Site", "cross-site")},
     none,
     none},
    {"null origin and same-site",
     &state_row,
     {cookie, h("Origin", "null"), h("Sec-Fetch-Site", "same-site")},
     none,
     none},
    {"fetch metadata is no origin", &state_row, {cookie, h("Sec-Fetch-Site", "same-origin")}, none, none},
    {"no cookie, evil origin: nothing to abuse", &state_row, {h("Origin", evil)}, allowed, allowed},
    {"no cookie, nothing", &state_row, {}, allowed, allowed},
    {"an empty cookie header is one", &state_row, {h("Cookie", "")}, none, none},

    {"CSR-03 a safe method is not checked", &safe_row, {cookie, h("Origin", evil)}, allowed, allowed},

    {"form, no browser", &form_row, {}, allowed, allowed},
    {"form, own origin", &form_row, {h("Origin", own)}, allowed, allowed},
    {"CSR-04 form, evil origin without cookie", &form_row, {h("Origin", evil)}, untrusted, untrusted},
    {"CSR-04 form, evil referer without cookie",
     &form_row,
     {h("Referer", "https://evil.example.net/")},
     untrusted,
     untrusted},
    {"form, fetch metadata without origin",
     &form_row,
     {h("Sec-Fetch-Site", "same-origin"), h("Sec-Fetch-Mode", "cors"), h("Sec-Fetch-Dest", "empty")},
     none,
     none},
    {"form, fetch destination alone", &form_row, {h("Sec-Fetch-Dest", "empty")}, none, none},
    {"CSR-04 form, cross-site navigation",
     &form_row,
     {h("Origin", evil), h("Sec-Fetch-Site", "cross-site"), h("Sec-Fetch-Mode", "navigate")},
     navigation,
     navigation},
    {"CSR-04 form, cross-site navigation from a listed site",
     &form_row,
     {h("Origin", listed), h("Sec-Fetch-Site", "cross-site"), h("Sec-Fetch-Mode", "navigate")},
     navigation,
     navigation},
    {"form, cross-site script of a listed site",
     &form_row,
     {h("Origin", listed), h("Sec-Fetch-Site", "cross-site"), h("Sec-Fetch-Mode", "cors")},
     allowed,
     allowed},
    {"form, same-site script",
     &form_row,
     {h("Origin", listed), h("Sec-Fetch-Site", "same-site"), h("Sec-Fetch-Mode", "cors")},
     allowed,
     allowed},
    {"form, same-origin navigation",
     &form_row,
     {h("Origin", own), h("Sec-Fetch-Site", "same-origin"), h("Sec-Fetch-Mode", "navigate")},
     allowed,
     allowed},
    {"form, any cookie makes an origin necessary", &form_row, {cookie}, none, none},
    {"form, cookie and evil origin", &form_row, {cookie, h("Origin", evil)}, untrusted, untrusted},
    {"form, null origin", &form_row, {h("Origin", "null")}, none, none},
    {"CSR-05 form, null origin and same-origin",
     &form_row,
     {h("Origin", "null"), h("Sec-Fetch-Site", "same-origin")},
     allowed,
     none},
};

TEST(Guard, CSR_01_CSR_04_CSR_05_the_origin_rule_of_the_row) {
    for (const Profile profile : {Profile::better_auth, Profile::native}) {
        Rig rig{{.profile = profile}, patterns};
        for (const Case& c : cases) {
            Asked asked{{.method = Method::post, .target = "/api/auth/row", .headers = c.headers}};
            asked.x().endpoint = c.row;
            const Result<void> admitted = rig.gate.admit(asked.x());
            const std::optional<Code> got = admitted.ok() ? allowed : admitted.error().code();
            EXPECT_EQ(got, profile == Profile::native ? c.native : c.wire)
                << c.name << (profile == Profile::native ? ", native" : ", better-auth");
        }
    }
}

constexpr http::Field redirect_fields[]{
    {.name = "callbackURL",
     .kind = http::Kind::string,
     .need = http::Need::optional,
     .redirect = Public::invalid_callback_url},
    {.name = "redirectTo",
     .kind = http::Kind::string,
     .need = http::Need::optional,
     .redirect = Public::invalid_redirect_url},
    {.name = "errorCallbackURL",
     .kind = http::Kind::string,
     .need = http::Need::optional,
     .redirect = Public::invalid_error_callback_url},
    {.name = "newUserCallbackURL",
     .kind = http::Kind::string,
     .need = http::Need::optional,
     .redirect = Public::invalid_new_user_callback_url},
    {.name = "note", .kind = http::Kind::string, .need = http::Need::optional},
};
constexpr http::Shape redirect_shape{.fields = redirect_fields};
constexpr http::Endpoint redirect_row = row_with(OriginRule::form, &redirect_shape);

Result<void> redirect_to(Rig& rig, const std::string& field, const std::string& target) {
    Asked asked{{.method = Method::post, .target = "/api/auth/row"}};
    asked.x().endpoint = &redirect_row;
    asked.x().set_body(json::Value{json::Object{{field, json::Value{target}}}});
    return rig.gate.redirects(asked.x());
}

struct Target {
    std::string url;
    bool safe;
};

// What Better Auth 1.7.25 was seen to answer, and the tricks of RDR-03, with one answer in both profiles.
const Target targets[]{
    {"", true},
    {"/", true},
    {"/ok", true},
    {"/ok?x=1#y", true},
    {"/a/../b", true},
    {"/ok /x", true},
    {"/@evil", true},
    {"/a:b@c", true},
    {"/x?next=%2F%2Fevil.net", true},
    {"/x?next=//evil.net", true},
    {"/x#//evil.net", true},
    {"https://app.example.com/x", true},
    {"https://app.example.com:443/x", true},
    {"HTTPS://APP.example.com/x", true},
    {"http://127.0.0.1:3900/x", true},
    {"myapp://home", true},
    {"//evil.net", false},
    {"///evil.net", false},
    {"/\\evil.net", false},
    {"/\\/evil.net", false},
    {"\\evil.net", false},
    {"\\\\evil.net", false},
    {"/%2fevil.net", false},
    {"/%2Fevil.net", false},
    {"/%5cevil.net", false},
    {"/a/%5Cb", false},
    {"/tab\tx", false},
    {"/\t/evil.net", false},
    {"/new\nline", false},
    {"/x\r\nset-cookie: a=b", false},
    {std::string{"/nul\0", 5}, false},
    {"/del\x7f", false},
    {"/c1\xc2\x85x", false},
    {" /ok", false},
    {"\t/ok", false},
    {"evil", false},
    {"evil.net/x", false},
    {".", false},
    {"?x=1", false},
    {"#x", false},
    {"javascript:alert(1)", false},
    {"JavaScript:alert(1)", false},
    {"data:text/html,x", false},
    {"vbscript:x", false},
    {"blob:https://app.example.com/x", false},
    {"view-source:https://app.example.com/", false},
    {"https://app.example.com.evil.net/x", false},
    {"https://evil.net/https://app.example.com", false},
    {"http://app.example.com/x", false},
    {"https://app.example.com@evil.net/", false},
    {"https://app.example.com\\@evil.net/", false},
    {"https:\\\\app.example.com", false},
    {"https:/app.example.com", false},
    {"https:app.example.com", false},
    {"https:///app.example.com", false},
    {"https://app.example.com\r\nx: y", false},
    {"https://app.example.com/a b", false},
    {"other://home", false},
};

TEST(Guard, RDR_01_RDR_03_redirect_targets_of_every_parameter) {
    for (const Profile profile : {Profile::better_auth, Profile::native}) {
        Rig rig{{.profile = profile}, patterns};
        for (const http::Field& field : redirect_fields) {
            if (!field.redirect) continue;
            for (const Target& target : targets) {
                const Result<void> checked = redirect_to(rig, std::string{*field.name}, target.url);
                EXPECT_EQ(checked.ok(), target.safe) << *field.name << "=" << target.url;
                if (target.safe || checked.ok()) continue;
                EXPECT_EQ(checked.error().code(), Code::redirect_untrusted) << target.url;
                EXPECT_EQ(checked.error().face().id, *field.redirect) << *field.name;
                EXPECT_EQ(checked.error().face().http, 403) << *field.name;
            }
        }
    }
}

TEST(Guard, RDR_01_only_the_fields_that_the_row_marks_are_targets) {
    Rig rig{{}, patterns};
    EXPECT_TRUE(redirect_to(rig, "note", "//evil.net").ok());
    EXPECT_TRUE(redirect_to(rig, "unknown", "//evil.net").ok());
    Asked bodyless{{.method = Method::post, .target = "/api/auth/row"}};
    bodyless.x().endpoint = &state_row;
    EXPECT_TRUE(rig.gate.redirects(bodyless.x()).ok());
}

TEST(Guard, ENU_10_disabled_paths_are_no_endpoints) {
    Rig rig{{.disabled_paths = {"/sign-up/email", "/error"}}};
    const std::pair<std::string, bool> table[]{
        {"/api/auth/sign-up/email", false}, {"/api/auth/sign-up/email?x=1", false},
        {"/api/auth/error", false},         {"/api/auth/sign-in/email", true},
        {"/sign-up/email", true},           {"/api/auth", true},
    };
    for (const auto& [target, arrives] : table) {
        Asked asked{{.method = Method::post, .target = target}};
        const Result<http::Arrival> arrived = rig.gate.arrive(asked.x());
        EXPECT_EQ(arrived.ok(), arrives) << target;
        if (!arrived.ok()) EXPECT_EQ(arrived.error().code(), Code::request_disabled) << target;
    }
}

/// Answers what a test wants, or nothing at all.
class ScriptedCounts final : public RequestCounts {
  public:
    Result<std::optional<Seconds>> count(std::string_view key, const LimitRule& rule, Instant) override {
        asked.emplace_back(std::string{key} + " " + std::to_string(rule.max));
        if (is_gone) return fail(Code::storage_unavailable, "canary");
        return wait;
    }
    bool is_gone = false;
    std::optional<Seconds> wait;
    std::vector<std::string> asked;
};

struct Counting {
    explicit Counting(RequestLimitOptions limit = {.state = RequestLimitOptions::State::on})
        : rig{{.limit = std::move(limit)}} {
        rig.gate.count_in(counts);
    }
    /// Through both steps, as the engine does it.
    Result<void> ask(const std::string& target, std::string* retry_after = nullptr) {
        Asked asked{{.method = Method::post, .target = target}};
        CS_TRY(const http::Arrival arrived, rig.gate.arrive(asked.x()));
        if (arrived == http::Arrival::done) return {};
        const Result<void> counted = rig.gate.count(asked.x());
        if (retry_after != nullptr && !asked.x().extra().headers.empty())
            *retry_after = asked.x().extra().headers.front().second;
        return counted;
    }
    ScriptedCounts counts;
    Rig rig;
};

TEST(Guard, ENU_11_shared_counts_decide_and_are_asked_off_the_loop) {
    Counting counting;
    EXPECT_TRUE(counting.ask("/api/auth/sign-in/email/").ok());
    EXPECT_TRUE(counting.ask("/api/auth/get-session").ok());
    EXPECT_EQ(counting.counts.asked,
              (std::vector<std::string>{"203.0.113.7|/sign-in/email 3", "203.0.113.7|/get-session 100"}));
    counting.counts.wait = Seconds{7};
    std::string retry_after;
    const Result<void> refused = counting.ask("/api/auth/get-session", &retry_after);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::rate_limited);
    EXPECT_EQ(retry_after, "7");
}

TEST(Guard, what_no_rule_limits_is_not_counted_anywhere) {
    Counting exempt{{.state = RequestLimitOptions::State::on, .custom = {{"/ok", std::nullopt}}}};
    EXPECT_TRUE(exempt.ask("/api/auth/ok").ok());
    EXPECT_TRUE(exempt.ask("/elsewhere").ok());
    EXPECT_TRUE(exempt.counts.asked.empty());
    Counting off{{}};
    EXPECT_TRUE(off.ask("/api/auth/sign-in/email").ok());
    EXPECT_TRUE(off.counts.asked.empty());
}

TEST(Guard, ENU_11_where_counts_cannot_be_asked_paths_with_a_rule_of_their_own_are_closed) {
    const std::pair<std::string, bool> table[]{
        {"/api/auth/sign-in/email", false},
        {"/api/auth/sign-up/email", false},
        {"/api/auth/request-password-reset", false},
        {"/api/auth/change-password", false},
        {"/api/auth/reports", false},
        {"/api/auth/get-session", true},
        {"/api/auth/list-sessions", true},
    };
    Counting counting{{.state = RequestLimitOptions::State::on,
                       .custom = {{"/reports", LimitRule{.max = 1000, .window = Seconds{10}}}}}};
    counting.counts.is_gone = true;
    for (const auto& [target, goes_on] : table) {
        const Result<void> counted = counting.ask(target);
        EXPECT_EQ(counted.ok(), goes_on) << target;
        if (!counted.ok()) EXPECT_EQ(counted.error().face().http, 503) << target;
    }
    EXPECT_EQ(counting.rig.gate.counted_alone(), 2U);
}

TEST(Guard, ENU_11_where_counts_cannot_be_asked_the_rest_is_limited_by_this_process) {
    Counting counting{{.state = RequestLimitOptions::State::on, .general = {.max = 5, .window = Seconds{10}}}};
    counting.counts.is_gone = true;
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(counting.ask("/api/auth/get-session").ok());
    const Result<void> refused = counting.ask("/api/auth/get-session");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::rate_limited);
    ASSERT_EQ(counting.rig.log.events.size(), 1U) << "said once, not for each";
    EXPECT_EQ(counting.rig.log.events.front().name, "limit.counted_alone");
    counting.counts.is_gone = false;
    EXPECT_TRUE(counting.ask("/api/auth/get-session").ok()) << "the shared counts know of nothing";
}

TEST(Guard, ERR_03_a_refusal_is_logged_and_traced_under_its_reference) {
    Rig rig;
    Asked asked{{.method = Method::post, .target = "/api/auth/row?token=canary", .headers = {cookie}}};
    asked.x().endpoint = &state_row;
    rig.gate.refused(asked.x(), AuthError{untrusted, "a trusted origin", "https://evil.example.net"});
    ASSERT_EQ(rig.log.events.size(), 1U);
    const MemoryLog::Event& event = rig.log.events.front();
    EXPECT_EQ(event.level, Level::warn);
    EXPECT_EQ(event.name, "request.refused");
    EXPECT_EQ(event.field("reference"), asked.x().reference().text());
    EXPECT_EQ(event.field("endpoint"), "/row");
    EXPECT_EQ(event.field("client"), "203.0.113.7");
    EXPECT_EQ(event.field("cause"), "trusted_origin.missing");
    EXPECT_EQ(event.field("status"), "403");
    const auto traced = DecisionTrace::find(rig.trace_path, asked.x().reference().text());
    ASSERT_TRUE(traced.ok());
    ASSERT_TRUE(traced->has_value());
    EXPECT_EQ(*traced.value()->find("label")->as_string(), "trusted_origin.missing");
    for (const auto& [key, value] : event.fields) EXPECT_EQ(value.find("canary"), std::string::npos) << key;
}

TEST(Guard, ERR_04_what_has_no_row_is_logged_without_the_clients_path) {
    Rig rig;
    Asked asked{{.target = "/api/auth/\x1b[31mcanary"}};
    rig.gate.refused(asked.x(), AuthError{Code::request_not_found});
    ASSERT_EQ(rig.log.events.size(), 1U);
    EXPECT_EQ(rig.log.events[0].field("endpoint"), "unrouted");
    for (const auto& [key, value] : rig.log.events[0].fields) EXPECT_EQ(value.find("canary"), std::string::npos) << key;
}

TEST(Guard, ERR_03_an_old_session_is_noted_and_one_that_we_never_made_is_suspicious) {
    const std::pair<Code, Level> table[]{{Code::session_unknown, Level::info},
                                         {Code::session_expired, Level::info},
                                         {Code::session_signature, Level::warn},
                                         {Code::cookie_shadowed_duplicate, Level::warn}};
    for (const auto& [code, level] : table) {
        Rig rig;
        Asked asked{{.target = "/api/auth/get-session"}};
        rig.gate.went_on(asked.x(), AuthError{code});
        ASSERT_EQ(rig.log.events.size(), 1U);
        EXPECT_EQ(rig.log.events[0].level, level) << cause_of(code).label;
        EXPECT_EQ(rig.log.events[0].name, "session.not_accepted");
    }
}

TEST(Guard, ERR_03_the_level_says_whether_a_person_should_look) {
    const std::pair<Code, Level> table[]{
        {Code::request_not_found, Level::info},
        {Code::request_validation, Level::info},
        {Code::signup_exists, Level::info},
        {Code::email_malformed, Level::info},
        {Code::session_signature, Level::warn},
        {Code::cookie_shadowed_duplicate, Level::warn},
        {Code::login_password, Level::warn},
        {Code::trusted_origin_missing, Level::warn},
        {Code::isolation_user_id_mismatch, Level::warn},
        {Code::request_smuggling, Level::warn},
        {Code::storage_unavailable, Level::error},
        {Code::internal_fault, Level::error},
        {Code::overload_lane_full, Level::error},
    };
    for (const auto& [code, level] : table) {
        Rig rig;
        Asked asked{{}};
        rig.gate.refused(asked.x(), AuthError{code});
        ASSERT_EQ(rig.log.events.size(), 1U);
        EXPECT_EQ(rig.log.events[0].level, level) << cause_of(code).label;
    }
}

TEST(Guard, a_flood_from_one_client_fills_neither_trace_nor_log) {
    Rig rig;
    for (int i = 0; i < 640; ++i) {
        Asked asked{{}};
        rig.gate.refused(asked.x(), AuthError{Code::request_not_found});
    }
    EXPECT_EQ(rig.log.events.size(), DecisionTrace::full_rate + 640 / DecisionTrace::sample_one_in);
    EXPECT_EQ(rig.trace.dropped(), 640 - rig.log.events.size());
}

}    // namespace
}    // namespace countersign::guard
