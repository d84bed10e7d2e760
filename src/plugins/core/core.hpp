// The endpoints that every installation has: liveness, the error page, the session of the caller, sign-out.
#pragma once

#include "plugins/plugin.hpp"

namespace countersign::core {
extern const Plugin plugin;

/// Settings of these endpoints, wired by app/.
struct CoreOptions {
    enum class ErrorPage : std::uint8_t { html, redirect };
    ErrorPage error_page = ErrorPage::redirect;
    std::string error_url;    // onAPIError.errorURL; empty: "/"
    enum class DeferRefresh : std::uint8_t { off, on };
    DeferRefresh defer_refresh = DeferRefresh::off;
    enum class SlidingRefresh : std::uint8_t { on, off };
    SlidingRefresh sliding_refresh = SlidingRefresh::on;
};

/// What GET /openapi.json answers, made once by app/ from the rows of the router.
struct ApiDocument {
    std::string text;
};
}    // namespace countersign::core
