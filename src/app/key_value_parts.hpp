// The key-value store of this process: made from the settings, counted in metrics, and shown to a replay.
#pragma once

#include "app/settings.hpp"
#include "http/exposition.hpp"
#include "http/router.hpp"
#include "storage/key_values.hpp"

namespace countersign::app {

/// Null without secondaryStorage.
std::unique_ptr<storage::MemoryKeyValues> make_key_values(const Settings& settings, const Clock& clock);

/// GET /dev/secondary-storage.json, `[{"key","value","ttl"}]` with the times to live as they were set last, and POST
/// /dev/secondary-storage/clear: on the management listener, and with allow = ["replay"] only, since a value may open
/// a session.
void add_key_value_view(http::Router& management, const Settings& settings);

void expose_key_values(http::Exposition& out, const storage::MemoryKeyValues& store);

}    // namespace countersign::app
