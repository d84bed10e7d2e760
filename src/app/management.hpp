// The management listener: readiness and metrics, for operators and their tools.
#pragma once

#include "http/server.hpp"

namespace countersign::app {

/// What the endpoints ask; filled while the server starts.
struct ManagementState {
    const http::Metrics* metrics = nullptr;
    std::function<void(http::Exposition&)> gauges;    // further families
    std::atomic<bool> ready{false};
};

http::Router management_router();

}    // namespace countersign::app
