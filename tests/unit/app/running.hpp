// A whole server in this process, on free ports of 127.0.0.1, with a database that goes with it.
#pragma once

#include <stdlib.h>

#include <filesystem>

#include "app/application.hpp"

namespace countersign::app {

class Running {
  public:
    /// `more`: further lines of the configuration (TOML).
    explicit Running(std::string_view more) : folder_{testing::TempDir() + "countersign-app-XXXXXX"} {
        EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
        const std::string text =
            "http.listen = \"127.0.0.1:0\"\nmanagement.listen = \"127.0.0.1:0\"\nstorage.url = \"sqlite:" + folder_ +
            "/data.db\"\n" + std::string{more};
        auto tree =
            config::Tree::load(setting_rows(), {}, {.file_name = "test.toml", .file_text = text, .environment = {}});
        const Settings settings = read_settings(tree);
        for (const auto& problem : tree.problems()) ADD_FAILURE() << problem.path << " " << problem.what;
        constexpr std::string_view secret = "0123456789abcdefghijklmnopqrstuvwxyz";
        auto started = Application::start(settings, {.single = Secret::from_text(secret), .versions = {}, .source = {}},
                                          clock_, random_, log_);
        EXPECT_TRUE(started.ok());
        if (started.ok()) application_ = *std::move(started);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
        application_.reset();
        std::filesystem::remove_all(folder_);
    }
    Application* operator->() const { return application_.get(); }

  private:
    class Silent final : public Logger {
      public:
        void event(Level, std::string_view, std::initializer_list<LogField>) override {}
    };
    std::string folder_;
    SystemClock clock_;
    SystemRandom random_;
    Silent log_;
    std::unique_ptr<Application> application_;
};

}    // namespace countersign::app
