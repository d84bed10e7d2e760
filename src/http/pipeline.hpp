// The way of one request through rows and gates, without sockets or threads: the engine calls these steps.
#pragma once

#include "base/profile.hpp"
#include "http/gates.hpp"
#include "http/router.hpp"

namespace countersign::http {

enum class Next : std::uint8_t {
    answer,     // x.answer is ready to be written
    count,      // count(x) in x.lane()
    look_up,    // identify(x) in look_up_lane(): inline between begin_turn and end_turn, then run
    run,        // run in x.lane()
};

struct PipelineOptions {
    Profile profile = Profile::native;
    bool https = false;    // adds strict-transport-security
    std::size_t max_json_depth = 32;
    /// Where look-ups and inline rows that read storage run: `storage` with a database whose reads may wait.
    Lane look_up_lane = Lane::inline_;
    std::vector<std::pair<const Endpoint*, const AfterHook*>> hooks;    // of the rows that have any
};

class Pipeline {
  public:
    /// `callers` may be absent where no row needs one (management).
    Pipeline(const Router& router, RequestGate& gate, CallerGate* callers, PipelineOptions options);

    /// Let in, route, read and validate. Runs on the loop, blocks on nothing.
    Next admit(Exchange& x);
    /// What admit() left to a lane: counts the request, then goes on with it as admit() does.
    Next count(Exchange& x);
    void begin_turn();
    void end_turn();
    Lane look_up_lane() const { return options_.look_up_lane; }
    /// After look_up: run or answer (a refusal of the row's caller rule).
    Next identify(Exchange& x);
    /// On a thread of look_up_lane(), where that is not the loop: the look-ups of several in one go, and the handlers
    /// of those that would have run on the loop; one alone also goes on if its handler is for this lane.
    void identify_and_run(std::span<Exchange* const> asked, std::span<Next> next);
    /// Runs the handler in x.lane(). `run` again: it deferred and x.lane() names the lane where to go on.
    Next run(Exchange& x);
    /// Turns a refusal of the engine itself (full lane, malformed request) into x.answer.
    Next refuse(Exchange& x, const AuthError& why);

  private:
    Next enter(Exchange& x);
    Next run_hooks(Exchange& x);
    Next finish(Exchange& x, Response answer);
    const Router* router_;
    RequestGate* gate_;
    CallerGate* callers_;
    PipelineOptions options_;
};

}    // namespace countersign::http
