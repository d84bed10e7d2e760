// What a server would read of the environment of whoever runs the tests is not theirs to meet.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "app/settings.hpp"

namespace countersign::testing_support {

/// The process without the variables that a configuration reads, until the end of the scope. No other thread may look
/// at the environment meanwhile.
class WithoutSettings {
  public:
    WithoutSettings() {
        for (char** entry = ::environ; *entry != nullptr; ++entry) {
            const std::string text{*entry};
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || !is_setting(text.substr(0, equals))) continue;
            taken_.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
        for (const auto& [name, value] : taken_) ::unsetenv(name.c_str());
    }
    WithoutSettings(const WithoutSettings&) = delete;
    WithoutSettings& operator=(const WithoutSettings&) = delete;
    ~WithoutSettings() {
        for (const auto& [name, value] : taken_) ::setenv(name.c_str(), value.c_str(), 1);
    }

  private:
    static bool is_setting(const std::string& name) {
        return name.starts_with("COUNTERSIGN_") ||
               std::ranges::find(app::setting_aliases(), std::string_view{name}, &config::Alias::variable) !=
                   app::setting_aliases().end();
    }
    std::vector<std::pair<std::string, std::string>> taken_;
};

}    // namespace countersign::testing_support
