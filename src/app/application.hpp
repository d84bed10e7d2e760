// Everything wired together: from settings to a running server. The only place that knows every part.
#pragma once

#include "app/settings.hpp"
#include "base/log.hpp"
#include "http/server.hpp"

namespace countersign::app {

class Application {
  public:
    /// Opens the database, wires the parts, binds and serves. Errors: config.invalid, storage.unavailable.
    static Result<std::unique_ptr<Application>> start(const Settings& settings, ApplicationSecrets secrets,
                                                      const Clock& clock, Random& random, Logger& log);
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    std::uint16_t port() const;
    /// Only where management.listen is not off.
    std::uint16_t management_port() const;
    void stop(Seconds longest);

  private:
    struct Parts;
    explicit Application(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// The rows that these settings route, for the server and for the OpenAPI document.
http::Router make_router(const Settings& settings);
/// OpenAPI 3.1, as GET /openapi.json answers.
std::string api_document(const Settings& settings);

inline constexpr std::string_view trace_file = "countersign.trace";

}    // namespace countersign::app
