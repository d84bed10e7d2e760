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

/// What whole applications are tested on: COUNTERSIGN_TEST_DATABASE = file (unless said) or postgres.
inline Kind kind_of_tests() {
    const char* const wanted = std::getenv("COUNTERSIGN_TEST_DATABASE");
    return wanted != nullptr && std::string_view{wanted} == "postgres" ? Kind::postgres : Kind::file;
}

inline std::vector<std::string> schema_of(Kind kind, const storage::Table& table) {
    return kind == Kind::postgres ? storage::postgres_schema(table) : storage::sqlite_schema(table);
}

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

/// Test SQL with names as SQLite reads them: PostgreSQL would fold their capitals, and knows `user` as a word of its
/// own.
inline std::string with_quoted_names(std::string_view text) {
    std::string out, word;
    char quote = '\0';
    const auto end_word = [&] {
        const bool camel = !word.empty() && std::islower(static_cast<unsigned char>(word.front())) != 0 &&
                           std::ranges::any_of(word, [](unsigned char c) { return std::isupper(c) != 0; });
        out += camel || word == "user" ? "\"" + word + "\"" : word;
        word.clear();
    };
    for (const char c : text) {
        const bool of_word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        if (quote == '\0' && of_word) {
            word += c;
            continue;
        }
        end_word();
        if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = '\0';
        }
        out += c;
    }
    end_word();
    return out;
}

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
        return sqlite_ ? sqlite_->run(text) : postgres_->run(with_quoted_names(text));
    }
    std::string one(const std::string& text) {
        const std::vector<std::string> cells = run(text);
        return cells.size() == 1 ? cells.front() : "not one cell";
    }

  private:
    std::optional<PlainDatabase> sqlite_;
    std::optional<PlainPostgres> postgres_;
};

class AnyDatabase {
  public:
    explicit AnyDatabase(Kind kind) : kind_{kind} {
        if (kind == Kind::postgres) postgres_.emplace();
    }
    /// On a server that the test may end.
    explicit AnyDatabase(const PostgresServer& server) : kind_{Kind::postgres} { postgres_.emplace(server); }

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
    /// As `storage.url`.
    std::string storage_url() const { return postgres_ ? url() : "sqlite:" + path(); }

    Neighbour neighbour() const { return {kind_, postgres_ ? url() : path()}; }
    /// Of a neighbour that goes again.
    std::vector<std::string> run(const std::string& text) const { return neighbour().run(text); }
    std::string one(const std::string& text) const { return neighbour().one(text); }
    std::vector<std::string> schema_of(const storage::Table& table) const {
        return testing_support::schema_of(kind_, table);
    }
    /// In front of a change that foreign keys would answer with further ones.
    std::string without_references() const {
        return postgres_ ? "SET session_replication_role = replica; " : "PRAGMA foreign_keys=OFF; ";
    }
    /// Begins what keeps everybody else from writing: in PostgreSQL the lock that writers of ours take.
    std::string hold_text() const {
        return postgres_ ? "BEGIN; SELECT pg_advisory_xact_lock(27992919238403442)" : "BEGIN IMMEDIATE";
    }
    /// Makes the next row of a table whose ids are counted the one of this number.
    std::string count_from_text(const std::string& table, int number) const {
        if (postgres_) return "ALTER TABLE \"" + table + "\" ALTER \"id\" RESTART WITH " + std::to_string(number);
        return "INSERT INTO countersignMeta VALUES ('number." + table + "', '" + std::to_string(number - 1) + "')";
    }
    std::string tables_query() const {
        return postgres_ ? "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
                         : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
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
