#include "events/budget.hpp"

namespace countersign::events {
namespace {

constexpr std::int64_t minute_length = 60;
constexpr std::size_t most_networks = 4096;    // beyond that they share a count: bounded memory

}    // namespace

/// Clocks of two loops may differ by a moment; one that was put back further is believed.
void Budget::begin(std::int64_t minute) {
    if (minute == minute_ || minute == minute_ - 1) return;
    minute_ = minute;
    all_.fill(0);
    networks_.clear();
}

Budget::Verdict Budget::spend(const Event& event) {
    if (*row_of(event.kind).origin != Origin::anybody) return Verdict::within;
    begin(event.at.unix_seconds() / minute_length);
    const auto kind = static_cast<std::size_t>(event.kind);
    const bool known = networks_.size() < most_networks || networks_.contains(event.network);
    std::size_t& of_network = networks_[known ? event.network : std::string{"others"}][kind];
    if (of_network >= options_.network_a_minute || all_[kind] >= options_.all_a_minute) return Verdict::over;
    ++of_network;
    ++all_[kind];
    return Verdict::within;
}

}    // namespace countersign::events
