// Structured events: one JSON object a line on stderr, or a line for people when stderr is a terminal. info: success,
// warn: suspicious, error: failure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace countersign {

enum class Level : std::uint8_t { info, warn, error };

class LogField {
  public:
    LogField(std::string_view key, std::string_view text) : key_{key}, value_{text} {}
    LogField(std::string_view key, const char* text) : LogField{key, std::string_view{text}} {}
    LogField(std::string_view key, const std::string& text) : LogField{key, std::string_view{text}} {}
    LogField(std::string_view key, std::int64_t number) : key_{key}, value_{number} {}
    LogField(std::string_view, const Secret&) = delete;    // a secret cannot be logged (DESIGN rule 12)

    std::string_view key() const { return key_; }
    const std::variant<std::string_view, std::int64_t>& value() const { return value_; }

  private:
    std::string_view key_;
    std::variant<std::string_view, std::int64_t> value_;
};

class Logger {
  public:
    virtual ~Logger() = default;
    virtual void event(Level level, std::string_view name, std::initializer_list<LogField> fields) = 0;
};

/// The real one: a single write(2) a line, safe from several threads.
class StderrLogger final : public Logger {
  public:
    explicit StderrLogger(const Clock& clock);
    void event(Level level, std::string_view name, std::initializer_list<LogField> fields) override;

  private:
    const Clock* clock_;
    bool terminal_;
};

/// The text of one event as JSON, without line end.
std::string log_line(Instant at, Level level, std::string_view name, std::initializer_list<LogField> fields);

}    // namespace countersign
