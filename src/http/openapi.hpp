// The OpenAPI 3.1 document, derived from the rows.
#pragma once

#include "http/router.hpp"

namespace countersign::http {

struct OpenApiOptions {
    Given<std::string_view> server_url;
    std::string_view session_cookie = "better-auth.session_token";
    std::span<const std::string> disabled_paths = {};    // relative to the base path: left out, as the server does
};

std::string openapi_document(const Router& router, const OpenApiOptions& options);

}    // namespace countersign::http
