// A guard with a trace file and a log that can be read.
#pragma once

#include "guard/guard.hpp"
#include "support/database.hpp"
#include "unit/http/asked.hpp"

namespace countersign::guard {

class MemoryLog final : public Logger {
  public:
    struct Event {
        Level level;
        std::string name;
        std::vector<std::pair<std::string, std::string>> fields;
        std::string field(std::string_view key) const {
            for (const auto& [name_of, value] : fields) {
                if (name_of == key) return value;
            }
            return "absent";
        }
    };
    void event(Level level, std::string_view name, std::initializer_list<LogField> fields) override {
        Event made{level, std::string{name}, {}};
        for (const LogField& field : fields) {
            const auto* text = std::get_if<std::string_view>(&field.value());
            made.fields.emplace_back(field.key(), text != nullptr
                                                      ? std::string{*text}
                                                      : std::to_string(std::get<std::int64_t>(field.value())));
        }
        events.push_back(std::move(made));
    }
    std::vector<Event> events;
};

struct Rig {
    explicit Rig(GuardOptions options = {}, std::vector<std::string> patterns = {})
        : gate{with_base_path(options),
               TrustedOrigins{Origin{.scheme = "http", .host = "127.0.0.1", .port = 3900}, std::move(patterns),
                              options.profile},
               trace, log} {}

    testing_support::TemporaryFolder folder;
    std::string trace_path = folder.file("trace");
    DecisionTrace trace{trace_path, 64 * DecisionTrace::slot_bytes};
    MemoryLog log;
    Guard gate;

  private:
    static GuardOptions with_base_path(GuardOptions options) {
        options.base_path = "/api/auth";
        if (options.hosts.names_nothing()) options.hosts = Hosts::unchecked();    // the rule of other tests
        return options;
    }
};

inline Result<http::Response> run_nothing(http::Exchange&) { return http::Response::empty(204); }

constexpr http::Endpoint row_with(http::OriginRule origin, const http::Shape* body = nullptr) {
    return {.method = http::Method::post,
            .path = "/row",
            .caller = http::Caller::anyone,
            .origin = origin,
            .limit = http::Limit::general(),
            .lane = http::Lane::inline_,
            .run = run_nothing,
            .summary = "s",
            .body = body};
}

}    // namespace countersign::guard
