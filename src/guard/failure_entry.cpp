#include "guard/failure_entry.hpp"

#include <algorithm>

namespace countersign::guard {
namespace {

Seconds rounded_up(Milliseconds rest) { return Seconds{(rest.count() + 999) / 1000}; }

/// After the failure with this number, counted from 1.
Seconds wait_after(const FailureRule& rule, unsigned failures) {
    if (failures < rule.free) return Seconds{0};
    Seconds wait = rule.first_wait;
    for (unsigned i = rule.free; i < failures && wait < *rule.longest_wait; ++i) wait *= 2;
    return std::min<Seconds>(wait, rule.longest_wait);
}

}    // namespace

Standing FailureEntry::standing(const FailureRule& rule, Instant now) const {
    if (rule.stop > 0 && failures >= rule.stop) return {.kind = Standing::Kind::stopped, .wait = rule.longest_wait};
    if (until <= now) return {};
    return {.kind = Standing::Kind::waiting, .wait = rounded_up(until - now)};
}

void FailureEntry::follow_clock(const FailureRule& rule, Instant now) {
    until = std::min(until, now + wait_after(rule, failures));
    first = std::min(first, now);
    last = std::min(last, now);
}

bool FailureEntry::is_forgotten(const FailureRule& rule, Instant now) const {
    if (rule.window == Seconds{0} || standing(rule, now).kind != Standing::Kind::open) return false;
    const Instant from = failures < rule.free ? first : until;
    return from + rule.window <= now;
}

void FailureEntry::fail(const FailureRule& rule, Instant now) {
    follow_clock(rule, now);
    if (is_forgotten(rule, now)) *this = {};
    if (failures == 0) first = now;
    failures = std::min(failures, std::numeric_limits<unsigned>::max() - 1) + 1;
    last = now;
    const Seconds wait = wait_after(rule, failures);
    until = wait == Seconds{0} ? Instant{} : now + wait;
}

Standing worse_of(const Standing& one, const Standing& other) {
    return std::pair{one.kind, one.wait} > std::pair{other.kind, other.wait} ? one : other;
}

}    // namespace countersign::guard
