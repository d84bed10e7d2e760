// A request with memory of its own and the exchange over it: the row side needs neither sockets nor threads.
#pragma once

#include "http/gates.hpp"

namespace countersign::http {

struct Ask {
    Method method = Method::get;
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
};

class Asked {
  public:
    explicit Asked(Ask ask, Instant now = Instant::from_unix(Seconds{1'795'000'000}))
        : ask_{std::move(ask)},
          headers_{views_of(ask_)},
          x_{view_of(ask_, headers_), services_, Reference{"00c0ffee00c0ffee"}, now} {
        x_.set_client_address("203.0.113.7");
    }
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;

    Exchange& x() { return x_; }
    Services& services() { return services_; }
    const RequestView& request() const { return x_.request(); }
    const Response& answer() const { return x_.answer; }
    /// Values of an answer's header, joined: what a header list that names it twice would hide.
    std::string answer_header(std::string_view name) const {
        std::string found;
        for (const auto& [key, value] : x_.answer.headers) {
            if (key == name) found += found.empty() ? value : ", " + value;
        }
        return found;
    }

  private:
    static std::vector<Header> views_of(const Ask& ask) {
        std::vector<Header> views;
        for (const auto& [name, value] : ask.headers) views.push_back({name, value});
        return views;
    }
    static RequestView view_of(const Ask& ask, std::span<const Header> headers) {
        const std::string_view target = ask.target;
        const std::size_t mark = std::min(target.find('?'), target.size());
        return {.method = ask.method,
                .target = target,
                .path = target.substr(0, mark),
                .query = target.substr(std::min(mark + 1, target.size())),
                .headers = headers,
                .body = ask.body,
                .has_body = !ask.body.empty(),
                .peer_address = "203.0.113.7"};
    }
    Ask ask_;
    std::vector<Header> headers_;
    Services services_;
    Exchange x_;
};

/// Lets everybody in, remembers the order of the steps, and refuses at the step that a test names.
class StepGate : public RequestGate {
  public:
    Result<Arrival> arrive(Exchange&) override {
        CS_CHECK(step("arrive"));
        return arrival;
    }
    Result<void> count(Exchange& x) override {
        lanes.push_back(x.lane());
        return step("count");
    }
    Result<void> admit(Exchange&) override { return step("admit"); }
    Result<void> redirects(Exchange&) override { return step("redirects"); }
    std::optional<Response> preflight(const Exchange&, std::span<const Method> methods) override {
        preflight_methods.assign(methods.begin(), methods.end());
        if (!answers_preflight) return std::nullopt;
        return Response::empty(204);
    }
    void decorate(const Exchange&, Response& answer) override { answer.headers.emplace_back("x-decorated", "yes"); }
    void refused(const Exchange&, const AuthError& why) override { refusals.push_back(why.code()); }
    void went_on(const Exchange&, const AuthError& why) override { notes.push_back(why.code()); }
    void incomplete(const Exchange&, const AuthError& why) override { left_out.push_back(why.code()); }

    Result<void> step(const std::string& name) {
        steps.push_back(name);
        if (name == refuse_at) return fail(Code::isolation_user_id_mismatch);
        return {};
    }

    std::vector<std::string> steps;
    std::string refuse_at;
    Arrival arrival = Arrival::done;
    std::vector<Lane> lanes;    // in which it counted
    std::vector<Code> refusals;
    std::vector<Code> notes, left_out;
    std::vector<Method> preflight_methods;
    bool answers_preflight = false;
};

}    // namespace countersign::http
