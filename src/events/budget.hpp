// How many rows requests without proof may cause: a flood fills neither the table nor the budget of other networks.
#pragma once

#include <string>
#include <unordered_map>

#include "events/event.hpp"

namespace countersign::events {

struct BudgetOptions {
    std::size_t network_a_minute = 30;    // rows of one kind from one network
    std::size_t all_a_minute = 600;       // rows of one kind
};

class Budget {
  public:
    explicit Budget(BudgetOptions options) : options_{options} {}

    enum class Verdict : std::uint8_t { within, over };
    /// Kinds that only the server or a proved user causes are always within.
    Verdict spend(const Event& event);

  private:
    void begin(std::int64_t minute);
    BudgetOptions options_;
    std::int64_t minute_ = 0;
    std::array<std::size_t, kinds.size()> all_{};
    std::unordered_map<std::string, std::array<std::size_t, kinds.size()>> networks_;
};

}    // namespace countersign::events
