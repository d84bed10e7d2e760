// A log that can be read.
#pragma once

#include <mutex>
#include <string>

#include "base/log.hpp"

namespace countersign::testing_support {

/// Every event as the line that would go to stderr.
class TextLog final : public Logger {
  public:
    void event(Level level, std::string_view name, std::initializer_list<LogField> fields) override {
        const std::scoped_lock held{lock_};
        text_ += log_line(Instant{}, level, name, fields) + "\n";
    }
    std::string text() const {
        const std::scoped_lock held{lock_};
        return text_;
    }

  private:
    mutable std::mutex lock_;
    std::string text_;
};

}    // namespace countersign::testing_support
