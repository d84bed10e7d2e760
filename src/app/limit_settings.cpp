#include "app/limit_settings.hpp"

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

using config::Kind;
using config::Tree;
using guard::CustomRule;
using guard::LimitRule;

constexpr config::Key rows[]{
    {.path = "rateLimit.enabled",
     .kind = Kind::boolean,
     .fallback = "true in native, and in production mode",
     .meaning = "limits the requests of one client to one path",
     .secures = "guessing and flooding by one client are slow"},
    {.path = "rateLimit.window",
     .kind = Kind::integer,
     .fallback = "10",
     .meaning = "window of the general rule, in seconds"},
    {.path = "rateLimit.max",
     .kind = Kind::integer,
     .fallback = "100",
     .meaning = "requests in a window of the general rule"},
    {.path = "rateLimit.storage",
     .kind = Kind::text,
     .fallback = "memory, or secondary-storage where there is one",
     .meaning = "where requests are counted: memory (of this process), database (the table rateLimit) or "
                "secondary-storage",
     .secures = "several servers allow together what one would allow"},
    {.path = "rateLimit.customRules",
     .kind = Kind::object,
     .fallback = "",
     .meaning = "path or glob to { window, max }, or to false for no limit",
     .secures = "paths of yours have limits of their own"},
    {.path = "advanced.ipAddress.trustedProxies",
     .kind = Kind::text_list,
     .fallback = "none: the socket's peer is the client",
     .meaning = "addresses or networks (10.0.0.0/8) of proxies whose headers say who the client is",
     .secures = "nobody else can pose as another client"},
    {.path = "advanced.ipAddress.ipAddressHeaders",
     .kind = Kind::text_list,
     .fallback = "x-forwarded-for",
     .meaning = "headers of a listed proxy that name the client, in order"},
    {.path = "advanced.ipAddress.ipv6Subnet",
     .kind = Kind::integer,
     .fallback = "64",
     .meaning = "bits of an IPv6 address that tell clients apart",
     .secures = "who has a network of addresses is one client"},
};

unsigned whole(Tree& tree, std::string_view path, std::int64_t fallback, std::int64_t most) {
    return static_cast<unsigned>(whole_within(tree, path, fallback, 1, most));
}

constexpr std::int64_t most_requests = 1'000'000, longest_window = 86'400;

std::optional<LimitRule> rule_from(const json::Value& value) {
    const json::Value *window = value.find("window"), *max = value.find("max");
    const std::int64_t* seconds = window == nullptr ? nullptr : window->as_integer();
    const std::int64_t* requests = max == nullptr ? nullptr : max->as_integer();
    if (seconds == nullptr || requests == nullptr || value.as_object()->size() != 2) return std::nullopt;
    if (*seconds < 1 || *seconds > longest_window || *requests < 1 || *requests > most_requests) return std::nullopt;
    return LimitRule{.max = static_cast<unsigned>(*requests), .window = Seconds{*seconds}};
}

void read_custom_rules(Tree& tree, std::vector<CustomRule>& out) {
    const config::Setting* setting = tree.find("rateLimit.customRules");
    if (setting == nullptr) return;
    const json::Object* rules = setting->value.as_object();
    if (rules == nullptr) return tree.add_problem("rateLimit.customRules", "is no table", "write a table of paths");
    for (const auto& [path, value] : *rules) {
        const bool* flag = value.as_bool();
        const std::optional<LimitRule> rule = value.as_object() == nullptr ? std::nullopt : rule_from(value);
        if (!path.starts_with('/') || (!rule && (flag == nullptr || *flag))) {
            tree.add_problem("rateLimit.customRules." + path, "is no rule of a path",
                             "write \"/path\" = { window = 10, max = 5 }, or false for no limit");
            continue;
        }
        out.push_back({path, rule});
    }
}

void read_proxies(Tree& tree, guard::AddressOptions& addresses) {
    constexpr std::string_view path = "advanced.ipAddress.trustedProxies";
    for (const std::string& text : tree.list(path)) {
        const std::optional<guard::Network> network = guard::parse_network(text);
        if (!network) {
            tree.add_problem(path, text + " is no address or network", "write 10.0.0.1 or 10.0.0.0/8");
        } else if (network->bits == 0 || (network->base.is_v4() && network->bits == 96)) {
            tree.add_problem(path, text + " lists everybody", "list the proxies that you run");
        } else {
            addresses.proxies.push_back(*network);
        }
    }
    if (const auto headers = tree.list("advanced.ipAddress.ipAddressHeaders"); !headers.empty())
        addresses.headers = headers;
    addresses.ipv6_bits = whole(tree, "advanced.ipAddress.ipv6Subnet", addresses.ipv6_bits, 128);
}

using Storage = guard::RequestLimitOptions::Storage;
constexpr std::pair<std::string_view, Storage> storages[]{
    {"memory", Storage::memory}, {"database", Storage::database}, {"secondary-storage", Storage::secondary}};

void read_storage(Tree& tree, Settings& s) {
    const bool has_secondary = s.secondary.memory == Switch::on;
    const std::string name = tree.text("rateLimit.storage", has_secondary ? "secondary-storage" : "memory");
    const auto found =
        std::ranges::find(storages, std::string_view{name}, &std::pair<std::string_view, Storage>::first);
    if (found == std::end(storages))
        return tree.add_problem("rateLimit.storage", "names no place for counts",
                                "write memory, database or secondary-storage");
    if (found->second == Storage::secondary && !has_secondary)
        return tree.add_problem("rateLimit.storage", "needs secondaryStorage",
                                "set secondaryStorage.type, or write memory or database");
    s.request_limit.storage = found->second;
}

}    // namespace

std::span<const config::Key> limit_setting_rows() { return rows; }

void read_client_limits(Tree& tree, Settings& s) {
    using State = guard::RequestLimitOptions::State;
    const bool on = tree.flag("rateLimit.enabled", s.mode == Mode::production || s.profile == Profile::native);
    s.request_limit.state = on ? State::on : State::off;
    s.request_limit.general = {.max = whole(tree, "rateLimit.max", 100, most_requests),
                               .window = Seconds{whole(tree, "rateLimit.window", 10, longest_window)}};
    read_storage(tree, s);
    read_custom_rules(tree, s.request_limit.custom);
    read_proxies(tree, s.addresses);
}

}    // namespace countersign::app
