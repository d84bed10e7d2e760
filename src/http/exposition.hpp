// Prometheus text exposition, version 0.0.4: families one after the other, each with HELP and TYPE.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::http {

class Exposition {
  public:
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// What follows are samples of this family, until the next one.
    void family(std::string_view name, Kind kind, std::string_view help);
    void sample(Labels labels, double value) { sample("", labels, value); }
    /// `suffix`: `_bucket`, `_sum` and `_count` of a histogram.
    void sample(std::string_view suffix, Labels labels, double value);
    const std::string& text() const { return text_; }

  private:
    std::string family_;
    std::string text_;
};

}    // namespace countersign::http
