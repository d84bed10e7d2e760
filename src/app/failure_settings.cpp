#include "app/failure_settings.hpp"

#include "app/setting_values.hpp"
#include "guard/stored_failures.hpp"

namespace countersign::app {
namespace {

using config::Kind;
using guard::FailureOptions;

constexpr Seconds device_life{180 * 86'400};
constexpr std::int64_t most_failure_rows = 200'000;    // of each kind

constexpr config::Key rows[]{
    {.path = "failureLimit.enabled",
     .kind = Kind::boolean,
     .fallback = "true, unless allow has replay",
     .meaning = "counts wrong passwords and makes further ones wait",
     .secures = "guessing passwords is slow from one network and ends for one account"},
    {.path = "failureLimit.attempts",
     .kind = Kind::integer,
     .fallback = "5",
     .meaning = "wrong passwords after which there are waits"},
    {.path = "failureLimit.window",
     .kind = Kind::integer,
     .fallback = "900",
     .meaning = "time in seconds in which those of a network count together"},
    {.path = "failureLimit.accountStop",
     .kind = Kind::integer,
     .fallback = "100",
     .meaning =
         "wrong passwords in a row after which an account takes none but from known devices, until a new one is set",
     .secures = "guessing one account's password ends"},
};

}    // namespace

std::span<const config::Key> failure_setting_rows() { return rows; }

void read_failure_limit(config::Tree& tree, Settings& s) {
    constexpr std::int64_t most_attempts = 20, least_window = 60, longest_window = 86'400, most_stop = 100;
    const bool on = tree.flag("failureLimit.enabled", s.replay == Switch::off);
    s.failure_limit = {
        .state = on ? FailureOptions::State::on : FailureOptions::State::off,
        .attempts = static_cast<unsigned>(whole_within(tree, "failureLimit.attempts", 5, 1, most_attempts)),
        .window = Seconds{whole_within(tree, "failureLimit.window", 900, least_window, longest_window)},
        .account_stop = static_cast<unsigned>(whole_within(tree, "failureLimit.accountStop", 100, 1, most_stop))};
}

bool counts_failures_in_table(const Settings& s) {
    return s.failure_limit.state == FailureOptions::State::on && !s.database_url.empty();
}

guard::FailureLimit make_failure_limit(const Settings& s, const crypto::Keyring& keys, storage::Storage& storage,
                                       const Clock& clock, Random& random) {
    using crypto::HmacKeys;
    guard::FailureOptions options = s.failure_limit;
    options.notice = s.mail.capture == Switch::on ? FailureOptions::Notice::on : FailureOptions::Notice::off;
    options.site = s.base_url;
    const guard::FailureRules rules = guard::failure_rules(s.failure_limit);
    std::unique_ptr<guard::FailureCounts> counts;
    if (counts_failures_in_table(s)) {
        counts = std::make_unique<guard::StoredFailureCounts>(storage, rules, most_failure_rows);
    } else {
        counts = std::make_unique<guard::MemoryFailureCounts>(rules, guard::FailureLimit::most_keys);
    }
    return {options, crypto::HmacKey{crypto::purpose_key(keys.current(), "failure-counts").reveal()},
            guard::KnownDevices{s.cookies.rules, device_life, HmacKeys::of(keys, "known-device"),
                                HmacKeys::of(keys, "known-device-account"), random},
            std::move(counts), clock};
}

void expose_failures(http::Exposition& out, const guard::FailureLimit& failures) {
    out.family("countersign_failures_refused_total", http::Exposition::Kind::counter,
               "Passwords that were not looked at, by whose failures were too many.");
    for (const auto& [whose, count] : failures.refused()) out.sample({{"whose", whose}}, static_cast<double>(count));
}

}    // namespace countersign::app
