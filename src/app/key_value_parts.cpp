#include "app/key_value_parts.hpp"

#include "app/inbox.hpp"
#include "http/exchange.hpp"

namespace countersign::app {
namespace {

using namespace http;
using storage::MemoryKeyValues;

Result<Response> run_show(Exchange& x) {
    CS_CHECK(check_site(x.request()));
    std::string text;
    json::Writer out{text};
    out.begin_array();
    for (const MemoryKeyValues::Entry& entry : x.service<MemoryKeyValues>().entries()) {
        out.begin_object().key("key").value(entry.key).key("value").value(entry.value);
        out.key("ttl").value(entry.ttl.count()).end_object();
    }
    out.end_array();
    return Response::json(std::move(text));
}

Result<Response> run_clear(Exchange& x) {
    CS_CHECK(check_site(x.request()));
    x.service<MemoryKeyValues>().clear();
    return Response::json(R"({"status":true})");
}

constexpr Endpoint show{
    .method = Method::get,
    .path = "/dev/secondary-storage.json",
    .caller = Caller::anyone,
    .origin = OriginRule::safe_method,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_show,
    .summary = "What secondary storage holds",
    .mount = Mount::root,
    .media = Media::ignored,
};
constexpr Endpoint clear{
    .method = Method::post,
    .path = "/dev/secondary-storage/clear",
    .caller = Caller::anyone,
    .origin = OriginRule::trusted_only,
    .limit = Limit::general(),
    .lane = Lane::storage,
    .run = run_clear,
    .summary = "Empties secondary storage",
    .mount = Mount::root,
    .media = Media::ignored,
};

}    // namespace

std::unique_ptr<MemoryKeyValues> make_key_values(const Settings& settings, const Clock& clock) {
    return settings.secondary.memory == Switch::on ? std::make_unique<MemoryKeyValues>(clock) : nullptr;
}

void add_key_value_view(Router& management, const Settings& settings) {
    if (settings.secondary.memory == Switch::off || settings.replay == Switch::off) return;
    management.add(show);
    management.add(clear);
}

void expose_key_values(Exposition& out, const MemoryKeyValues& store) {
    using Kind = Exposition::Kind;
    const MemoryKeyValues::Usage used = store.usage();
    const std::pair<std::string_view, MemoryKeyValues::Room> rooms[]{{"value", used.values},
                                                                     {"counter", used.counters}};
    out.family("countersign_secondary_storage_entries", Kind::gauge, "Entries of secondary storage.");
    for (const auto& [kind, room] : rooms) out.sample({{"kind", kind}}, static_cast<double>(room.entries));
    out.family("countersign_secondary_storage_bytes", Kind::gauge, "What the entries of secondary storage take.");
    for (const auto& [kind, room] : rooms) out.sample({{"kind", kind}}, static_cast<double>(room.bytes));
}

}    // namespace countersign::app
