#include "http/pipeline.hpp"

#include "base/assert.hpp"
#include "base/url.hpp"
#include "http/respond.hpp"
#include "http/validate.hpp"

namespace countersign::http {

Pipeline::Pipeline(const Router& router, RequestGate& gate, CallerGate* callers, PipelineOptions options)
    : router_{&router},
      gate_{&gate},
      callers_{callers},
      options_{std::move(options)} {}

void Pipeline::begin_turn() {
    if (callers_ != nullptr) callers_->begin_turn();
}

void Pipeline::end_turn() {
    if (callers_ != nullptr) callers_->end_turn();
}

Next Pipeline::finish(Exchange& x, Response answer) {
    Response& extra = x.extra();
    for (auto& header : extra.headers) answer.headers.push_back(std::move(header));
    for (auto& cookie : extra.set_cookies) answer.set_cookies.push_back(std::move(cookie));
    add_fixed_headers(x, answer, options_.https ? Transport::https : Transport::http);
    gate_->decorate(x, answer);
    x.answer = std::move(answer);
    return Next::answer;
}

Next Pipeline::refuse(Exchange& x, const AuthError& given) {
    AuthError why = given;
    if (x.endpoint != nullptr) {
        for (const FaceFor& mapped : x.endpoint->errors) {
            if (mapped.code == why.code()) why = why.shown_as(mapped.face);
        }
    }
    gate_->refused(x, why);
    const bool ours = why.face().http >= 500;    // our own fault is no answer about the link
    if (ours || x.refusal_target().empty()) return finish(x, refusal(x, why, options_.profile));
    return finish(x, Response::follow(with_query(x.refusal_target(), "error", why.face().app)));
}

Next Pipeline::admit(Exchange& x) {
    const Result<Arrival> arrived = gate_->arrive(x);
    if (!arrived.ok()) return refuse(x, arrived.error());
    if (*arrived == Arrival::done) return enter(x);
    x.set_lane(Lane::storage);
    return Next::count;
}

Next Pipeline::count(Exchange& x) {
    try {    // on a thread that has no other boundary
        if (auto counted = gate_->count(x); !counted.ok()) return refuse(x, counted.error());
        return enter(x);
    } catch (const std::exception& thrown) {
        return refuse(x, AuthError{Code::internal_fault, "no exception", thrown.what()});
    }
}

Next Pipeline::enter(Exchange& x) {
    const RequestView& request = x.request();
    if (request.method == Method::options) {
        if (auto preflight = gate_->preflight(x, router_->methods_of(request.path))) {
            return finish(x, *std::move(preflight));
        }
    }
    x.endpoint = router_->find(request.method, request.path);
    if (x.endpoint == nullptr) return refuse(x, AuthError{Code::request_not_found});
    x.set_parameter(router_->parameter_of(*x.endpoint, request.path).value_or(""));
    if (auto read = read_body(x, options_.max_json_depth); !read.ok()) return refuse(x, read.error());
    if (auto admitted = gate_->admit(x); !admitted.ok()) return refuse(x, admitted.error());
    if (auto read = read_query(x); !read.ok()) return refuse(x, read.error());
    if (auto valid = validate(x); !valid.ok()) return refuse(x, valid.error());
    if (auto trusted = gate_->redirects(x); !trusted.ok()) return refuse(x, trusted.error());
    const bool reads = *x.endpoint->lane == Lane::inline_ && x.endpoint->touches == Touches::storage;
    x.set_lane(reads ? options_.look_up_lane : *x.endpoint->lane);
    return *x.endpoint->caller == Caller::anyone ? Next::run : Next::look_up;
}

Next Pipeline::identify(Exchange& x) {
    CS_ASSERT(callers_ != nullptr);
    if (auto looked = callers_->identify(x); !looked.ok()) return refuse(x, looked.error());
    if (x.has_actor()) return Next::run;
    if (!needs_session(*x.endpoint->caller)) {
        // "Why am I signed out?" is asked of answers that say so without being a refusal.
        if (x.caller_refusal() && x.caller_refusal()->code() != Code::session_missing) {
            gate_->went_on(x, *x.caller_refusal());
        }
        return Next::run;
    }
    return refuse(x, x.caller_refusal().value_or(AuthError{Code::session_missing}));
}

void Pipeline::identify_and_run(std::span<Exchange* const> asked, std::span<Next> next) {
    if (asked.size() > 1) callers_->ask_ahead(asked);
    for (std::size_t i = 0; i < asked.size(); ++i) next[i] = identify(*asked[i]);
    if (asked.size() > 1) callers_->forget_ahead();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Exchange& x = *asked[i];
        const bool here = x.lane() == Lane::inline_ || (asked.size() == 1 && x.lane() == options_.look_up_lane);
        if (next[i] != Next::run || !here) continue;
        x.set_lane(options_.look_up_lane);
        next[i] = run(x);
    }
}

Next Pipeline::run_hooks(Exchange& x) {
    for (; x.hooks_done < options_.hooks.size(); ++x.hooks_done) {
        const auto& [row, hook] = options_.hooks[x.hooks_done];
        if (row != x.endpoint) continue;
        const Result<Hooked> hooked = (*hook->run)(x, *x.made);
        // The handler's own answer stands, whatever became of what another feature wanted to add.
        if (!hooked.ok()) gate_->incomplete(x, hooked.error());
        if (!hooked.ok() || *hooked == Hooked::done) continue;
        x.set_lane(Lane::storage);
        return Next::run;
    }
    return finish(x, *std::move(x.made));
}

Next Pipeline::run(Exchange& x) {
    try {    // the request boundary: the one place where an exception of a library is caught
        if (!x.made) {
            Result<Response> answer = (*x.endpoint->run)(x);
            if (!answer.ok()) return refuse(x, answer.error());
            if (answer->defer_to) {
                x.set_lane(*answer->defer_to);
                return Next::run;
            }
            x.made = *std::move(answer);
        }
        return run_hooks(x);
    } catch (const std::exception& thrown) {
        return refuse(x, AuthError{Code::internal_fault, "no exception", thrown.what()});
    }
}

}    // namespace countersign::http
