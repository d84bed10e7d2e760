#include "guard/request_limit.hpp"

#include <algorithm>
#include <atomic>

#include "guard/origins.hpp"
#include "jose/name_hash.hpp"

namespace countersign::guard {
namespace {

constexpr std::size_t shard_count = 64;

/// Seeded, since clients choose paths.
struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return jose::hash_of(key); }
};

/// Better Auth's own rules: paths that cost a password hash or a mail, and whatever begins like them.
struct BuiltIn {
    std::string_view prefix;
    LimitRule rule;
};
constexpr LimitRule credentials{.max = 3, .window = Seconds{10}}, mails{.max = 3, .window = Seconds{60}};
constexpr BuiltIn built_in[]{
    {"/sign-in", credentials},
    {"/sign-up", credentials},
    {"/change-password", credentials},
    {"/change-email", credentials},
    {"/request-password-reset", mails},
    {"/send-verification-email", mails},
    {"/forget-password", mails},
    {"/email-otp/send-verification-otp", mails},
    {"/email-otp/request-password-reset", mails},
};

Seconds rounded_up(Milliseconds rest) { return Seconds{(rest.count() + 999) / 1000}; }

}    // namespace

struct RequestCounters::Shard {
    struct Entry {
        unsigned count = 0;
        Instant ends;            // of the window
        bool is_over = false;    // has used all of it: never pushed out before its end
    };
    using Entries = std::unordered_map<std::string, Entry, KeyHash, std::equal_to<>>;

    mutable std::mutex lock;
    Entries entries;
    Entry rest;    // counts all for whom there is no room, as one

    /// Room for one more, or none while everybody who is there is over a limit.
    bool make_room(Instant now) {
        std::erase_if(entries, [&](const auto& each) { return each.second.ends <= now; });
        auto oldest = entries.end();
        for (auto each = entries.begin(); each != entries.end(); ++each) {
            if (each->second.is_over) continue;
            if (oldest == entries.end() || each->second.ends < oldest->second.ends) oldest = each;
        }
        if (oldest == entries.end()) return entries.empty();
        entries.erase(oldest);
        return true;
    }
    Entry& entry_of(std::string_view key, Instant now, std::size_t most) {
        if (const auto found = entries.find(key); found != entries.end()) return found->second;
        if (entries.size() >= most && !make_room(now)) return rest;
        return entries[std::string{key}];
    }
};

namespace {
std::size_t room_of_shard(std::size_t most) { return std::max<std::size_t>(most / shard_count, 1); }
}    // namespace

RequestCounters::RequestCounters(std::size_t most) : most_a_shard_{room_of_shard(most)} {
    for (std::size_t i = 0; i < shard_count; ++i) shards_.push_back(std::make_unique<Shard>());
}
RequestCounters::~RequestCounters() = default;

std::optional<Seconds> RequestCounters::count(std::string_view key, const LimitRule& rule, Instant now) {
    Shard& shard = *shards_[KeyHash{}(key) % shard_count];
    const std::scoped_lock held{shard.lock};
    Shard::Entry& entry = shard.entry_of(key, now, most_a_shard_);
    if (entry.ends <= now) entry = {};
    entry.ends = std::min(entry.ends, now + rule.window);    // a clock that was set back makes no window longer
    if (entry.count >= rule.max) return rounded_up(entry.ends - now);
    ++entry.count;
    entry.ends = now + rule.window;    // from the last request that was allowed
    entry.is_over = entry.count >= rule.max;
    return std::nullopt;
}

std::size_t RequestCounters::size() const {
    std::size_t all = 0;
    for (const auto& shard : shards_) {
        const std::scoped_lock held{shard->lock};
        all += shard->entries.size();
    }
    return all;
}

std::optional<RequestLimit::Ruled> RequestLimit::ruled(std::string_view path) const {
    for (const CustomRule& custom : options_.custom) {
        if (!glob(custom.path, path, '\0')) continue;
        return custom.rule ? std::optional<Ruled>{{*custom.rule, Counted::By::own}} : std::nullopt;
    }
    for (const BuiltIn& row : built_in) {
        if (path.starts_with(row.prefix)) return Ruled{row.rule, Counted::By::own};
    }
    return Ruled{options_.general, Counted::By::general};
}

std::optional<LimitRule> RequestLimit::rule_of(std::string_view path) const {
    const std::optional<Ruled> found = ruled(path);
    return found ? std::optional{found->rule} : std::nullopt;
}

std::vector<LimitRule> RequestLimit::rules() const {
    std::vector<LimitRule> all{options_.general};
    all.reserve(1 + options_.custom.size() + std::size(built_in));
    for (const BuiltIn& row : built_in) all.push_back(row.rule);
    for (const CustomRule& custom : options_.custom) {
        if (custom.rule) all.push_back(*custom.rule);
    }
    return all;
}

Seconds RequestLimit::longest_window() const { return std::ranges::max(rules(), {}, &LimitRule::window).window; }
unsigned RequestLimit::smallest_max() const { return std::ranges::min(rules(), {}, &LimitRule::max).max; }

std::optional<Counted> RequestLimit::counted(std::string_view client, std::string_view path) const {
    if (options_.state == RequestLimitOptions::State::off) return std::nullopt;
    while (path.ends_with('/')) path.remove_suffix(1);
    const std::optional<Ruled> found = ruled(path);
    if (!found) return std::nullopt;
    Counted out{.key = std::string{client}, .rule = found->rule, .by = found->by};
    out.key.push_back('|');
    out.key += path.substr(0, most_of_path);
    return out;
}

std::optional<Seconds> RequestLimit::refused_for(const Counted& counted, Instant now) {
    return counters_.count(counted.key, counted.rule, now);
}

}    // namespace countersign::guard
