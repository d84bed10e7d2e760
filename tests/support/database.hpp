// A database file of its own for one test, and a second, plain SQLite connection to it: the neighbour (Better Auth, an
// administrator) that made the file before us or reads it beside us.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace countersign::testing_support {

/// A directory that is gone when the test is.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "countersign-XXXXXX").string();
        path_ = ::mkdtemp(name.data()) == nullptr ? "" : name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

/// SQLite without anything of ours in between.
class PlainDatabase {
  public:
    explicit PlainDatabase(const std::string& path) {
        sqlite3* handle = nullptr;
        EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK) << path;
        handle_.reset(handle);
        sqlite3_busy_timeout(handle, longest_wait_ms);    // the server writes events of its own accord
        run("PRAGMA synchronous=OFF");                    // the neighbour need not survive a power cut
    }
    /// Every cell of every row as text, rows one after the other. An error fails the test.
    std::vector<std::string> run(const std::string& text) {
        std::vector<std::string> cells;
        const int code = sqlite3_exec(handle_.get(), text.c_str(), &PlainDatabase::take, &cells, nullptr);
        EXPECT_EQ(code, SQLITE_OK) << sqlite3_errmsg(handle_.get()) << "\n" << text;
        return cells;
    }
    std::string one(const std::string& text) {
        const std::vector<std::string> cells = run(text);
        return cells.size() == 1 ? cells.front() : "not one cell";
    }

  private:
    static constexpr int longest_wait_ms = 10'000;
    struct Close {
        void operator()(sqlite3* handle) const { sqlite3_close(handle); }
    };
    static int take(void* out, int count, char** cells, char**) {
        for (int i = 0; i < count; ++i) {
            static_cast<std::vector<std::string>*>(out)->emplace_back(cells[i] == nullptr ? "NULL" : cells[i]);
        }
        return 0;
    }
    std::unique_ptr<sqlite3, Close> handle_;
};

}    // namespace countersign::testing_support
