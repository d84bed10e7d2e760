#include "storage/inspection.hpp"

#include <sys/stat.h>

#include "storage/backends/sqlite/connection.hpp"

namespace countersign::storage {
namespace sqlite {
namespace {

/// Without any of the settings of a connection of ours, which write (WAL).
class SqliteInspection final : public Inspection {
  public:
    explicit SqliteInspection(DatabasePtr database) : database_{std::move(database)} {}
    Engine engine() const override { return Engine::sqlite; }

    Result<void> each(const std::string& text, const TakeCells& take) override {
        sqlite3_stmt* handle = nullptr;
        const int prepared = sqlite3_prepare_v2(database_.get(), text.c_str(), -1, &handle, nullptr);
        const PreparedPtr statement{handle};
        if (prepared != SQLITE_OK) return failure(prepared);
        Cells cells(static_cast<std::size_t>(sqlite3_column_count(handle)));
        while (true) {
            const int code = sqlite3_step(handle);
            if (code == SQLITE_DONE) return {};
            if (code != SQLITE_ROW) return failure(code);
            for (std::size_t i = 0; i < cells.size(); ++i) {
                const int at = static_cast<int>(i);
                const auto* const data = reinterpret_cast<const char*>(sqlite3_column_text(handle, at));
                cells[i].assign(data == nullptr ? "" : data,
                                static_cast<std::size_t>(sqlite3_column_bytes(handle, at)));
            }
            take(cells);
        }
    }
    std::unexpected<AuthError> failure(int code) const {
        return fail(Code::storage_unavailable, sqlite3_errmsg(database_.get()), code);
    }

  private:
    DatabasePtr database_;
};

}    // namespace
}    // namespace sqlite

Result<std::unique_ptr<Inspection>> inspect_sqlite(const std::string& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode))
        return fail(Code::storage_unavailable, "a database file", path);
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    auto made = std::make_unique<sqlite::SqliteInspection>(sqlite::DatabasePtr{handle});
    if (opened != SQLITE_OK) return made->failure(opened);
    sqlite3_busy_timeout(handle, static_cast<int>(SqliteOptions{}.busy_wait.count()));
    CS_CHECK(made->each("BEGIN", [](const Cells&) {}));
    return std::unique_ptr<Inspection>{std::move(made)};
}

}    // namespace countersign::storage
