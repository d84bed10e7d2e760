// The hosted page and its assets, built into the binary.
#pragma once

#include "http/exchange.hpp"
#include "http/router.hpp"

namespace countersign::app {

struct Asset {
    std::string_view path;
    std::string_view content_type;
    std::string_view body;
};
/// What was built into this binary; empty without COUNTERSIGN_WEB.
std::span<const Asset> embedded_assets();

void add_pages(http::Router& router);

}    // namespace countersign::app
