// A database of any kind that there is a backend for, and a plain connection of a neighbour to it: one suite for all.
#pragma once

#include <functional>
#include <thread>

#include "storage/sql.hpp"
#include "storage/storage.hpp"
#include "support/database.hpp"
#include "support/postgres.hpp"

namespace countersign::testing_support {

enum class Kind : std::uint8_t { memory, file, postgres };
inline constexpr Kind every_kind[]{Kind::memory, Kind::file, Kind::postgres};
/// Those that others can open too, and that outlive a storage.
inline constexpr Kind lasting_kinds[]{Kind::file, Kind::postgres};

inline std::string name_of(Kind kind) {
    return kind == Kind::memory ? "memory" : kind == Kind::file ? "file" : "postgres";
}
inline std::string name_of_parameter(const testing::TestParamInfo<Kind>& info) { return name_of(info.param); }

/// Polls until it holds; false after half a minute, so that a test that would hang fails.
inline bool eventually(const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + Seconds{30};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::yield();
    }
    return true;
}

/// What a test may want otherwise.
struct Wishes {
    Milliseconds lock_wait{5000};
    std::size_t queue_limit = 1024;
};

/// A second connection that stays: what it begins goes on.
class Neighbour {
  public:
    Neighbour(Kind kind, const std::string& place) {
        if (kind == Kind::postgres) {
            postgres_.emplace(place);
        } else {
            sqlite_.emplace(place);
        }
    }
    std::vector<std::string> run(const std::string& text) {
        return sqlite_ ? sqlite_->run(text) : postgres_->run(text);
    }
    std::string one(const std::string& text) { return sqlite_ ? sqlite_->one(text) : postgres_->one(text); }

  private:
    std::optional<PlainDatabase> sqlite_;
    std::optional<PlainPostgres> postgres_;
};

class AnyDatabase {
  public:
    explicit AnyDatabase(Kind kind) : kind_{kind} {
        if (kind == Kind::postgres) postgres_.emplace();
    }

    Kind kind() const { return kind_; }
    Result<std::unique_ptr<storage::Storage>> open(const Wishes& wishes = {}) const {
        if (postgres_) {
            return storage::open_postgres(
                {.url = url(), .lock_wait = wishes.lock_wait, .queue_limit = wishes.queue_limit});
        }
        return storage::open_sqlite({.path = kind_ == Kind::memory ? ":memory:" : path(),
                                     .busy_wait = wishes.lock_wait,
                                     .queue_limit = wishes.queue_limit});
    }
    std::string path() const { return folder_.file("test.db"); }
    std::string url() const { return postgres_->url(); }

    Neighbour neighbour() const { return {kind_, postgres_ ? url() : path()}; }
    /// Of a neighbour that goes again.
    std::vector<std::string> run(const std::string& text) const { return neighbour().run(text); }
    std::string one(const std::string& text) const { return neighbour().one(text); }
    std::vector<std::string> schema_of(const storage::Table& table) const {
        return postgres_ ? storage::postgres_schema(table) : storage::sqlite_schema(table);
    }
    /// The words of this database for what both have.
    std::string_view date() const { return postgres_ ? "timestamptz" : "date"; }
    std::string_view yes() const { return postgres_ ? "true" : "1"; }

  private:
    Kind kind_;
    TemporaryFolder folder_;
    std::optional<PostgresDatabase> postgres_;
};

}    // namespace countersign::testing_support
