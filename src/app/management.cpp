#include "app/management.hpp"

namespace countersign::app {
namespace {

using namespace http;

Result<Response> run_ready(Exchange& x) {
    const bool ready = x.service<ManagementState>().ready.load();
    return Response::json(ready ? R"({"ready":true})" : R"({"ready":false})", ready ? 200 : 503);
}

Result<Response> run_metrics(Exchange& x) {
    const auto& state = x.service<ManagementState>();
    Response answer{.content_type = "text/plain; version=0.0.4"};
    Exposition out;
    state.metrics->expose(out);
    if (state.gauges) state.gauges(out);
    answer.body = out.text();
    return answer;
}

constexpr Endpoint ready{
    .method = Method::get,
    .path = "/ready",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_ready,
    .summary = "Whether requests are served",
    .mount = Mount::root,
    .media = Media::ignored,
};
constexpr Endpoint metrics{
    .method = Method::get,
    .path = "/metrics",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::inline_,
    .run = run_metrics,
    .summary = "Prometheus metrics",
    .mount = Mount::root,
    .media = Media::ignored,
    .touches = Touches::storage,    // the age of signing keys
};

}    // namespace

Router management_router() {
    Router router{""};
    router.add(ready);
    router.add(metrics);
    return router;
}

}    // namespace countersign::app
