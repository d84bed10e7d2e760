// A feature is a folder and one row (STYLE §11). app/plugins.cpp names the rows: that list is the security review.
#pragma once

#include <span>
#include <string_view>

#include "base/given.hpp"
#include "http/endpoint.hpp"
#include "storage/table.hpp"

namespace countersign {

struct Plugin {
    Given<std::string_view> id;    // as under `plugins` in the configuration; "core" is always on
    Given<std::span<const http::Endpoint* const>> endpoints;
    Given<std::span<const storage::Table* const>> tables;
    std::span<const http::AfterHook> hooks = {};
};

}    // namespace countersign
