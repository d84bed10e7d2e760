// The order of work: what stands in front of a handler, and what every answer carries.
#include "http/pipeline.hpp"

#include "support/gate.hpp"
#include "unit/http/asked.hpp"

namespace countersign::http {
namespace {

std::vector<std::string>* ran = nullptr;    // where handlers report; set by the fixture

Result<Response> run_ok(Exchange& x) {
    ran->push_back("run");
    x.extra().headers.emplace_back("x-extra", "1");
    x.extra().set_cookies.emplace_back("a=b");
    return Response::json("{\"ok\":true}");
}
Result<Response> run_refuses(Exchange& x) {
    x.extra().set_cookies.emplace_back("gone=; Max-Age=0");
    return fail(Code::login_password, "the right one", "another");
}
Result<Response> run_throws(Exchange&) { throw std::runtime_error{"select * from canary"}; }
Result<Response> run_out_of_memory(Exchange&) { throw std::bad_alloc{}; }
Result<Response> run_defers(Exchange& x) {
    if (x.lane() == Lane::inline_) return Response::defer(Lane::storage);
    return Response::json("\"from the lane\"");
}
Result<Response> run_whoami(Exchange& x) {
    return Response::json(x.has_actor() ? "\"" + x.actor().user().text() + "\"" : "null");
}

constexpr FaceFor change_errors[]{{Code::login_password, Public::invalid_password}};
constexpr Field json_fields[]{{.name = "a", .kind = Kind::string, .need = Need::required}};
constexpr Shape json_shape{.fields = json_fields};

constexpr Endpoint row(Method method, std::string_view path, Caller caller, Handler run) {
    return {.method = method,
            .path = path,
            .caller = caller,
            .origin = method == Method::get ? OriginRule::safe_method : OriginRule::trusted_only,
            .limit = Limit::general(),
            .lane = Lane::inline_,
            .run = run,
            .summary = "s"};
}
constexpr Endpoint with(Endpoint made, void (*change)(Endpoint&)) {
    change(made);
    return made;
}

constexpr Endpoint open_row = row(Method::get, "/ok", Caller::anyone, run_ok);
constexpr Endpoint guarded = row(Method::get, "/guarded", Caller::session, run_whoami);
constexpr Endpoint fresh = row(Method::get, "/fresh", Caller::fresh_session, run_whoami);
constexpr Endpoint perhaps = row(Method::get, "/perhaps", Caller::session_if_any, run_whoami);
constexpr Endpoint refuses = row(Method::get, "/refuses", Caller::anyone, run_refuses);
constexpr Endpoint mapped =
    with(row(Method::get, "/mapped", Caller::anyone, run_refuses), [](Endpoint& e) { e.errors = change_errors; });
constexpr Endpoint throws = row(Method::get, "/throws", Caller::anyone, run_throws);
constexpr Endpoint out_of_memory = row(Method::get, "/out-of-memory", Caller::anyone, run_out_of_memory);
constexpr Endpoint defers = row(Method::get, "/defers", Caller::anyone, run_defers);
constexpr Endpoint posts =
    with(row(Method::post, "/posts", Caller::session, run_ok), [](Endpoint& e) { e.body = &json_shape; });
constexpr Endpoint pragma = with(row(Method::get, "/get-session", Caller::session, run_whoami),
                                 [](Endpoint& e) { e.better_auth_no_store = true; });
constexpr Endpoint keys =
    with(row(Method::get, "/jwks", Caller::anyone, run_ok), [](Endpoint& e) { e.cache = Cache::public_short; });
constexpr Endpoint asset = with(row(Method::get, "/assets/a.js", Caller::anyone, run_ok), [](Endpoint& e) {
    e.cache = Cache::immutable;
    e.mount = Mount::root;
});
constexpr Endpoint short_refused =
    with(row(Method::get, "/short", Caller::anyone, run_refuses), [](Endpoint& e) { e.cache = Cache::immutable; });
constexpr Endpoint reads_rows =
    with(row(Method::get, "/reads", Caller::anyone, run_ok), [](Endpoint& e) { e.touches = Touches::storage; });
constexpr Endpoint hashes =
    with(row(Method::get, "/hashes", Caller::session, run_whoami), [](Endpoint& e) { e.lane = Lane::hash; });
constexpr Endpoint writes =
    with(row(Method::get, "/writes", Caller::session, run_whoami), [](Endpoint& e) { e.lane = Lane::storage; });
constexpr const Endpoint* rows[]{&writes,  &reads_rows, &hashes, &open_row, &guarded,       &fresh,
                                 &perhaps, &refuses,    &mapped, &throws,   &out_of_memory, &defers,
                                 &posts,   &pragma,     &keys,   &asset,    &short_refused};

class StepCallers final : public CallerGate {
  public:
    explicit StepCallers(StepGate& gate) : gate_{&gate} {}
    void begin_turn() override { gate_->steps.emplace_back("begin"); }
    void end_turn() override { gate_->steps.emplace_back("end"); }
    void ask_ahead(std::span<Exchange* const> asked) override {
        gate_->steps.emplace_back("ahead " + std::to_string(asked.size()));
    }
    void forget_ahead() override { gate_->steps.emplace_back("forget"); }
    Result<void> identify(Exchange& x) override {
        gate_->steps.emplace_back("identify");
        if (storage_down) return fail(Code::storage_unavailable, "canary of the database");
        if (signed_in) {
            x.set_caller(SessionGate::make("ada"), nullptr);
        } else if (refusal) {
            x.set_no_caller(AuthError{*refusal});
        }
        return {};
    }
    bool signed_in = false;
    bool storage_down = false;
    std::optional<Code> refusal;

  private:
    StepGate* gate_;
};

class PipelineTest : public testing::Test {
  protected:
    PipelineTest() {
        router_.add(rows);
        ran = &gate_.steps;
    }
    ~PipelineTest() override { ran = nullptr; }

    /// As the engine does it, with one request in the turn.
    void send(Asked& asked, PipelineOptions options = {}) {
        Pipeline pipeline{router_, gate_, &callers_, options};
        Next next = pipeline.admit(asked.x());
        if (next == Next::count) {
            gate_.steps.emplace_back("off the loop");
            next = pipeline.count(asked.x());
        }
        if (next == Next::look_up) {
            pipeline.begin_turn();
            next = pipeline.identify(asked.x());
            pipeline.end_turn();
        }
        for (int turns = 0; next == Next::run && turns < 4; ++turns) next = pipeline.run(asked.x());
        EXPECT_EQ(next, Next::answer);
    }
    int status_of(std::string_view path, Method method = Method::get) {
        Asked asked{{.method = method, .target = "/api/auth" + std::string{path}}};
        send(asked);
        return asked.answer().status;
    }

    Router router_{"/api/auth"};
    StepGate gate_;
    StepCallers callers_{gate_};
};

using Steps = std::vector<std::string>;

TEST_F(PipelineTest, ENU_11_a_request_that_is_counted_elsewhere_waits_in_the_storage_lane_and_goes_on_as_ever) {
    callers_.signed_in = true;
    gate_.arrival = Arrival::count;
    Asked asked{{.target = "/api/auth/guarded"}};
    send(asked);
    EXPECT_EQ(asked.answer().status, 200);
    EXPECT_EQ(gate_.steps,
              (Steps{"arrive", "off the loop", "count", "admit", "redirects", "begin", "identify", "end"}));
    EXPECT_EQ(gate_.lanes, std::vector{Lane::storage});
    EXPECT_EQ(asked.x().lane(), Lane::inline_) << "that of the row again";
}

TEST_F(PipelineTest, ENU_11_who_is_over_a_limit_that_is_counted_elsewhere_reaches_no_row) {
    gate_.arrival = Arrival::count;
    gate_.refuse_at = "count";
    EXPECT_EQ(status_of("/guarded"), 403);
    EXPECT_EQ(gate_.steps, (Steps{"arrive", "off the loop", "count"}));
    EXPECT_EQ(gate_.refusals, std::vector{Code::isolation_user_id_mismatch});
}

TEST_F(PipelineTest, CSR_01_the_gates_come_before_the_caller_and_the_caller_before_the_handler) {
    callers_.signed_in = true;
    Asked asked{{.method = Method::post,
                 .target = "/api/auth/posts",
                 .headers = {{"content-type", "application/json"}},
                 .body = R"({"a":"b"})"}};
    send(asked);
    EXPECT_EQ(asked.answer().status, 200);
    EXPECT_EQ(gate_.steps, (Steps{"arrive", "admit", "redirects", "begin", "identify", "end", "run"}));
}

TEST_F(PipelineTest, CSR_01_a_refusal_at_any_gate_ends_the_way) {
    const std::pair<std::string, Steps> table[]{
        {"arrive", {"arrive"}}, {"admit", {"arrive", "admit"}}, {"redirects", {"arrive", "admit", "redirects"}}};
    callers_.signed_in = true;
    for (const auto& [refuse_at, steps] : table) {
        gate_.steps.clear();
        gate_.refusals.clear();
        gate_.refuse_at = refuse_at;
        Asked asked{{.method = Method::post,
                     .target = "/api/auth/posts",
                     .headers = {{"content-type", "application/json"}},
                     .body = R"({"a":"b"})"}};
        send(asked);
        EXPECT_EQ(asked.answer().status, 403) << refuse_at;
        EXPECT_EQ(asked.answer().body, R"({"message":"Forbidden","code":"FORBIDDEN"})") << refuse_at;
        EXPECT_EQ(gate_.steps, steps);
        EXPECT_EQ(gate_.refusals, std::vector{Code::isolation_user_id_mismatch}) << refuse_at;
    }
}

TEST_F(PipelineTest, origin_errors_come_before_validation_and_validation_before_the_caller) {
    Asked bad_body{{.method = Method::post,
                    .target = "/api/auth/posts",
                    .headers = {{"content-type", "application/json"}},
                    .body = "{}"}};
    send(bad_body);
    EXPECT_EQ(bad_body.answer().status, 400);
    EXPECT_EQ(gate_.steps, (Steps{"arrive", "admit"}));
    gate_.refuse_at = "admit";
    Asked both{{.method = Method::post,
                .target = "/api/auth/posts",
                .headers = {{"content-type", "application/json"}},
                .body = "{}"}};
    send(both);
    EXPECT_EQ(both.answer().status, 403);
}

TEST_F(PipelineTest, an_unknown_path_is_an_empty_404_that_leaves_a_mark) {
    Asked asked{{.target = "/api/auth/none"}};
    send(asked);
    EXPECT_EQ(asked.answer().status, 404);
    EXPECT_EQ(asked.answer().body, "");
    EXPECT_EQ(asked.answer().content_type, "");
    EXPECT_EQ(gate_.refusals, std::vector{Code::request_not_found});
    EXPECT_EQ(gate_.steps, Steps{"arrive"});    // counted by limits before it is routed
}

TEST_F(PipelineTest, an_open_row_asks_nobody_who_is_there) {
    EXPECT_EQ(status_of("/ok"), 200);
    EXPECT_EQ(gate_.steps, (Steps{"arrive", "admit", "redirects", "run"}));
}

TEST_F(PipelineTest, absence_of_a_caller_never_means_allow) {
    for (const std::string_view path : {"/guarded", "/fresh"}) {
        gate_.refusals.clear();
        callers_ = StepCallers{gate_};
        EXPECT_EQ(status_of(path), 401) << path;
        EXPECT_EQ(gate_.refusals, std::vector{Code::session_missing}) << path;
        callers_.refusal = Code::session_signature;    // a cookie was there: its own cause is recorded
        EXPECT_EQ(status_of(path), 401) << path;
        EXPECT_EQ(gate_.refusals.back(), Code::session_signature) << path;
        callers_.signed_in = true;
        EXPECT_EQ(status_of(path), 200) << path;
    }
}

TEST_F(PipelineTest, ENU_01_every_reason_for_having_no_session_looks_the_same) {
    for (const Code code : {Code::session_missing, Code::session_unknown, Code::session_expired,
                            Code::session_signature, Code::cookie_shadowed_duplicate}) {
        callers_.refusal = code;
        Asked asked{{.target = "/api/auth/guarded"}};
        send(asked);
        EXPECT_EQ(asked.answer().status, 401);
        EXPECT_EQ(asked.answer().body, R"({"message":"Unauthorized","code":"UNAUTHORIZED"})");
    }
}

TEST_F(PipelineTest, a_row_may_see_a_caller_without_needing_one) {
    Asked nobody{{.target = "/api/auth/perhaps"}};
    send(nobody);
    EXPECT_EQ(nobody.answer().body, "null");
    callers_.signed_in = true;
    Asked ada{{.target = "/api/auth/perhaps"}};
    send(ada);
    EXPECT_EQ(ada.answer().body, "\"ada\"");
}

TEST_F(PipelineTest, ERR_03_a_session_that_is_not_accepted_leaves_a_note_though_the_request_goes_on) {
    struct Case {
        Code why;
        std::vector<Code> noted;
    };
    const Case cases[]{{Code::session_signature, {Code::session_signature}},
                       {Code::session_unknown, {Code::session_unknown}},
                       {Code::session_missing, {}}};    // who sent none has nothing to wonder about
    for (const auto& [why, noted] : cases) {
        gate_.notes.clear();
        callers_.refusal = why;
        Asked asked{{.target = "/api/auth/perhaps"}};
        send(asked);
        EXPECT_EQ(asked.answer().body, "null");
        EXPECT_EQ(gate_.notes, noted);
        EXPECT_TRUE(gate_.refusals.empty());
    }
}

TEST_F(PipelineTest, ERR_07_a_look_up_that_fails_is_no_answer_about_the_caller) {
    callers_.storage_down = true;
    for (const std::string_view path : {"/guarded", "/perhaps"}) {
        Asked asked{{.target = "/api/auth" + std::string{path}}};
        send(asked);
        EXPECT_EQ(asked.answer().status, 503) << path;
        EXPECT_EQ(asked.answer_header("retry-after"), "1") << path;
        EXPECT_EQ(asked.answer().body.find("canary"), std::string::npos) << path;
    }
}

TEST_F(PipelineTest, ERR_02_the_challenge_is_sent_in_the_strict_profile_only) {
    Asked native{{.target = "/api/auth/guarded"}};
    send(native, {.profile = Profile::native});
    EXPECT_EQ(native.answer_header("www-authenticate"), "Bearer");
    Asked wire{{.target = "/api/auth/guarded"}};
    send(wire, {.profile = Profile::better_auth});
    EXPECT_EQ(wire.answer_header("www-authenticate"), "");
    Asked fine{{.target = "/api/auth/ok"}};
    send(fine, {.profile = Profile::native});
    EXPECT_EQ(fine.answer_header("www-authenticate"), "");
}

TEST_F(PipelineTest, a_row_may_show_a_cause_with_another_face) {
    Asked plain{{.target = "/api/auth/refuses"}};
    send(plain);
    EXPECT_EQ(plain.answer().status, 401);
    EXPECT_EQ(plain.answer().body, R"({"message":"Invalid email or password","code":"INVALID_EMAIL_OR_PASSWORD"})");
    Asked other{{.target = "/api/auth/mapped"}};
    send(other);
    EXPECT_EQ(other.answer().status, 400);
    EXPECT_EQ(other.answer().body, R"({"message":"Invalid password","code":"INVALID_PASSWORD"})");
    EXPECT_EQ(gate_.refusals, (std::vector{Code::login_password, Code::login_password}));
}

TEST_F(PipelineTest, ERR_01_an_exception_of_a_library_is_a_500_without_text) {
    for (const std::string_view path : {"/throws", "/out-of-memory"}) {
        Asked asked{{.target = "/api/auth" + std::string{path}}};
        send(asked);
        EXPECT_EQ(asked.answer().status, 500) << path;
        EXPECT_EQ(asked.answer().body, "") << path;
        EXPECT_EQ(gate_.refusals.back(), Code::internal_fault) << path;
    }
}

TEST_F(PipelineTest, a_handler_that_would_block_goes_on_in_its_lane) {
    Asked asked{{.target = "/api/auth/defers"}};
    Pipeline pipeline{router_, gate_, &callers_, {}};
    ASSERT_EQ(pipeline.admit(asked.x()), Next::run);
    EXPECT_EQ(asked.x().lane(), Lane::inline_);
    ASSERT_EQ(pipeline.run(asked.x()), Next::run);
    EXPECT_EQ(asked.x().lane(), Lane::storage);
    ASSERT_EQ(pipeline.run(asked.x()), Next::answer);
    EXPECT_EQ(asked.answer().body, "\"from the lane\"");
}

TEST_F(PipelineTest, where_reads_may_wait_whatever_reads_leaves_the_loop) {
    struct Case {
        std::string path;
        Lane look_ups;
        Next admitted;
        Lane lane;         // before the look-up
        Next looked_up;    // after it, if there is one
        Lane goes_on;
    };
    const Case cases[]{
        {"/ok", Lane::storage, Next::run, Lane::inline_, Next::run, Lane::inline_},
        {"/reads", Lane::storage, Next::run, Lane::storage, Next::run, Lane::storage},
        {"/reads", Lane::inline_, Next::run, Lane::inline_, Next::run, Lane::inline_},
        {"/guarded", Lane::storage, Next::look_up, Lane::inline_, Next::answer, Lane::storage},
        {"/hashes", Lane::storage, Next::look_up, Lane::hash, Next::run, Lane::hash},
        {"/writes", Lane::storage, Next::look_up, Lane::storage, Next::answer, Lane::storage},
    };
    callers_.signed_in = true;
    for (const Case& c : cases) {
        Asked asked{{.target = "/api/auth" + c.path}};
        Pipeline pipeline{router_, gate_, &callers_, {.look_up_lane = c.look_ups}};
        EXPECT_EQ(pipeline.look_up_lane(), c.look_ups) << c.path;
        EXPECT_EQ(pipeline.admit(asked.x()), c.admitted) << c.path;
        EXPECT_EQ(asked.x().lane(), c.lane) << c.path;
        Exchange* const one = &asked.x();
        Next next = c.admitted;
        if (next == Next::look_up) pipeline.identify_and_run({&one, 1}, {&next, 1});
        EXPECT_EQ(next, c.looked_up) << c.path;
        EXPECT_EQ(asked.x().lane(), c.goes_on) << c.path;
    }
}

TEST_F(PipelineTest, look_ups_of_several_are_asked_for_in_one_go_and_none_waits_for_the_work_of_another) {
    Asked guarded_one{{.target = "/api/auth/guarded"}}, writes_one{{.target = "/api/auth/writes"}},
        hashes_one{{.target = "/api/auth/hashes"}};
    Pipeline pipeline{router_, gate_, &callers_, {.look_up_lane = Lane::storage}};
    callers_.signed_in = true;
    Exchange* const asked[]{&guarded_one.x(), &writes_one.x(), &hashes_one.x()};
    for (Exchange* x : asked) ASSERT_EQ(pipeline.admit(*x), Next::look_up);
    gate_.steps.clear();
    std::array<Next, 3> next{Next::look_up, Next::look_up, Next::look_up};
    pipeline.identify_and_run(asked, next);
    EXPECT_EQ(next, (std::array{Next::answer, Next::run, Next::run}));
    EXPECT_EQ(guarded_one.answer().body, "\"ada\"");
    EXPECT_EQ(writes_one.x().lane(), Lane::storage);
    ASSERT_GE(gate_.steps.size(), 5U);
    EXPECT_EQ(gate_.steps[0], "ahead 3");
    EXPECT_EQ(gate_.steps[4], "forget");
    callers_.signed_in = false;
    Asked nobody{{.target = "/api/auth/guarded"}};
    Exchange* const one = &nobody.x();
    ASSERT_EQ(pipeline.admit(*one), Next::look_up);
    Next refused = Next::look_up;
    pipeline.identify_and_run({&one, 1}, {&refused, 1});
    EXPECT_EQ(refused, Next::answer);
    EXPECT_EQ(nobody.answer().status, 401);
}

TEST_F(PipelineTest, CSR_07_what_earlier_steps_want_on_the_answer_is_on_refusals_too) {
    Asked fine{{.target = "/api/auth/ok"}};
    send(fine);
    EXPECT_EQ(fine.answer_header("x-extra"), "1");
    EXPECT_EQ(fine.answer_header("x-decorated"), "yes");
    EXPECT_EQ(fine.answer().set_cookies, std::vector<std::string>{"a=b"});
    Asked refused{{.target = "/api/auth/refuses"}};
    send(refused);
    EXPECT_EQ(refused.answer_header("x-decorated"), "yes");
    EXPECT_EQ(refused.answer().set_cookies, std::vector<std::string>{"gone=; Max-Age=0"});
    Asked none{{.target = "/api/auth/none"}};
    send(none);
    EXPECT_EQ(none.answer_header("x-decorated"), "yes");
}

TEST_F(PipelineTest, a_preflight_is_answered_for_the_path_before_routing) {
    gate_.answers_preflight = true;
    EXPECT_EQ(status_of("/posts", Method::options), 204);
    EXPECT_EQ(gate_.preflight_methods, std::vector{Method::post});
    EXPECT_EQ(gate_.steps, Steps{"arrive"});
    gate_.answers_preflight = false;
    EXPECT_EQ(status_of("/posts", Method::options), 404);
}

TEST_F(PipelineTest, the_engine_refuses_through_the_same_door) {
    Asked asked{{}};
    Pipeline pipeline{router_, gate_, &callers_, {}};
    EXPECT_EQ(pipeline.refuse(asked.x(), AuthError{Code::overload_lane_full}), Next::answer);
    EXPECT_EQ(asked.answer().status, 503);
    EXPECT_EQ(asked.answer_header("retry-after"), "1");
    EXPECT_EQ(asked.answer_header("x-decorated"), "yes");
    EXPECT_EQ(gate_.refusals, std::vector{Code::overload_lane_full});
}

struct HeaderCase {
    std::string_view name;
    std::string_view path;
    bool https;
    std::vector<std::string_view> lines;
    std::vector<std::string_view> absent;
};

const HeaderCase header_cases[]{
    {"API",
     "/api/auth/ok",
     false,
     {"x-content-type-options: nosniff\r\n", "referrer-policy: no-referrer\r\n", "x-frame-options: DENY\r\n",
      "content-security-policy: default-src 'none'; frame-ancestors 'none'\r\n", "cache-control: no-store\r\n"},
     {"strict-transport-security", "pragma", "script-src"}},
    {"unknown path",
     "/api/auth/none",
     false,
     {"nosniff", "cache-control: no-store\r\n"},
     {"strict-transport-security"}},
    {"https", "/api/auth/ok", true, {"strict-transport-security: max-age=63072000; includeSubDomains\r\n"}, {}},
    {"https and unknown", "/api/auth/none", true, {"strict-transport-security: max-age="}, {}},
    {"get-session refused",
     "/api/auth/get-session",
     false,
     {"cache-control: no-store\r\n", "pragma: no-cache\r\n"},
     {}},
    {"keys", "/api/auth/jwks", false, {"cache-control: public, max-age=60\r\n"}, {"no-store"}},
    {"asset",
     "/assets/a.js",
     false,
     {"cache-control: public, max-age=31536000, immutable\r\n", "script-src 'self'", "frame-ancestors 'none'",
      "form-action 'self'", "base-uri 'none'"},
     {"no-store", "unsafe-inline", "unsafe-eval"}},
    {"a refusal is never cached", "/api/auth/short", false, {"cache-control: no-store\r\n"}, {"max-age=31536000"}},
};

TEST_F(PipelineTest, CSR_10_CSR_09_ERR_06_every_answer_has_its_fixed_headers) {
    for (const HeaderCase& c : header_cases) {
        Asked asked{{.target = std::string{c.path}}};
        send(asked, {.https = c.https});
        const std::string_view block = asked.answer().fixed_headers;
        for (const std::string_view line : c.lines) EXPECT_TRUE(block.contains(line)) << c.name << ": " << line;
        for (const std::string_view line : c.absent) EXPECT_FALSE(block.contains(line)) << c.name << ": " << line;
        EXPECT_TRUE(block.ends_with("\r\n")) << c.name;
    }
}

/// One that waits for the other lane, and one that fails.
Result<Hooked> hook_later(Exchange& x, Response& answer) {
    if (x.lane() == Lane::inline_) return Hooked::defer_to_storage;
    answer.headers.emplace_back("x-later", "yes");
    return Hooked::done;
}
Result<Hooked> hook_now(Exchange&, Response& answer) {
    answer.headers.emplace_back("x-now", "yes");
    return Hooked::done;
}
Result<Hooked> hook_fails(Exchange&, Response&) { return fail(Code::storage_unavailable); }
constexpr AfterHook later{.method = Method::get, .path = "/ok", .run = hook_later};
constexpr AfterHook now{.method = Method::get, .path = "/ok", .run = hook_now};
constexpr AfterHook failing{.method = Method::get, .path = "/ok", .run = hook_fails};

TEST_F(PipelineTest, hooks_of_a_row_run_once_each_and_the_handler_does_not_run_again) {
    const PipelineOptions options{
        .hooks = {{&open_row, &now}, {&open_row, &later}, {&perhaps, &now}, {&open_row, &now}}};
    Asked asked{{.target = "/api/auth/ok"}};
    send(asked, options);
    EXPECT_EQ(gate_.steps, (Steps{"arrive", "admit", "redirects", "run"}));
    std::string added;
    for (const auto& [name, value] : asked.answer().headers) {
        if (name == "x-now" || name == "x-later") added += name + " ";
    }
    EXPECT_EQ(added, "x-now x-later x-now ");
}

TEST_F(PipelineTest, ERR_07_a_hook_that_fails_takes_no_answer_away) {
    Asked asked{{.target = "/api/auth/ok"}};
    send(asked, {.hooks = {{&open_row, &failing}, {&open_row, &now}}});
    EXPECT_EQ(asked.answer().status, 200);
    EXPECT_EQ(asked.answer().headers.front().first, "x-now");
    EXPECT_EQ(gate_.left_out, std::vector{Code::storage_unavailable});
    EXPECT_TRUE(gate_.refusals.empty());
}

TEST_F(PipelineTest, a_refusal_runs_no_hook) {
    constexpr AfterHook of_refuses{.method = Method::get, .path = "/refuses", .run = hook_now};
    Asked asked{{.target = "/api/auth/refuses"}};
    send(asked, {.hooks = {{&refuses, &of_refuses}}});
    const bool ran_one = std::ranges::any_of(asked.answer().headers, [](const auto& h) { return h.first == "x-now"; });
    EXPECT_FALSE(ran_one);
}

}    // namespace
}    // namespace countersign::http
