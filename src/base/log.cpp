#include "base/log.hpp"

#include <unistd.h>

#include "base/json.hpp"

namespace countersign {
namespace {

std::string_view level_name(Level level) {
    switch (level) {
        case Level::info:
            return "info";
        case Level::warn:
            return "warn";
        case Level::error:
            return "error";
    }
    return "error";
}

/// For a terminal: control bytes of a client's text must not reach it (ERR-04).
void append_printable(std::string& out, std::string_view text) {
    for (const char c : text) out.push_back(c >= 0x20 && c < 0x7F ? c : '?');
}

std::string human_line(Instant at, Level level, std::string_view name, std::initializer_list<LogField> fields) {
    constexpr std::array<std::string_view, 3> colours{"\x1b[32m", "\x1b[33m", "\x1b[31m"};
    std::string out = to_iso8601(at).substr(11, 12) + " ";
    out += colours[static_cast<std::size_t>(level)];
    out += level_name(level);
    out += "\x1b[0m ";
    append_printable(out, name);
    for (const LogField& field : fields) {
        out += "  ";
        append_printable(out, field.key());
        out += "=";
        if (const auto* text = std::get_if<std::string_view>(&field.value())) {
            append_printable(out, *text);
        } else {
            out += std::to_string(std::get<std::int64_t>(field.value()));
        }
    }
    return out;
}

}    // namespace

std::string log_line(Instant at, Level level, std::string_view name, std::initializer_list<LogField> fields) {
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("at").value(at);
    out.key("level").value(level_name(level));
    out.key("event").value(name);
    for (const LogField& field : fields) {
        std::visit([&](const auto& value) { out.key(field.key()).value(value); }, field.value());
    }
    out.end_object();
    return text;
}

StderrLogger::StderrLogger(const Clock& clock) : clock_{&clock}, terminal_{::isatty(STDERR_FILENO) == 1} {}

void StderrLogger::event(Level level, std::string_view name, std::initializer_list<LogField> fields) {
    const Instant now = clock_->now();
    std::string line = terminal_ ? human_line(now, level, name, fields) : log_line(now, level, name, fields);
    line.push_back('\n');
    // A log that cannot be written must not stop the server.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}    // namespace countersign
