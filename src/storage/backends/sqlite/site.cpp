// Where `countersign migrate` works on a file: beside a server that has it open.
#include <unistd.h>

#include <filesystem>

#include "storage/backends/sqlite/workbench.hpp"

namespace countersign::storage::sqlite {
namespace {

class SqliteSite final : public Site {
  public:
    explicit SqliteSite(std::string path) : path_{std::move(path)} {}
    Result<void> open(const SqliteOptions& options, Use use);

    Result<Found> structure(const Wanted& wanted) override {
        CS_TRY(Found found, bench_->structure(wanted));
        if (::access(path_.c_str(), F_OK) == 0 && ::access(path_.c_str(), W_OK) != 0)
            found.denied = "write to the file " + path_;
        return found;
    }
    Result<RowCount> count_rows(const Table& table) override { return bench_->count_rows(table); }
    Result<std::int64_t> count_repeated(const Table& table, const Column& column) override {
        return bench_->count_repeated(table, column);
    }
    Result<void> run(const std::string& sql) override { return bench_->run(sql); }
    /// The write lock of the file is enough: all steps are in one transaction.
    Result<void> enter(Milliseconds) override { return {}; }
    void leave() override {}
    Result<void> begin(Mode mode) override {
        return connection_->run(mode == Mode::reads ? "BEGIN" : "BEGIN IMMEDIATE");
    }
    Result<void> commit() override { return connection_->run("COMMIT"); }
    void roll_back() override { std::ignore = connection_->run("ROLLBACK"); }
    std::string objection_to_steps_alone() const override { return ""; }

  private:
    std::string path_;
    const std::vector<Extension> none_;
    std::unique_ptr<Connection> connection_;
    std::optional<Bench> bench_;
};

Result<void> SqliteSite::open(const SqliteOptions& options, Use use) {
    constexpr Milliseconds patience{60'000};    // for the write lock: another migration, or a server that writes
    SqliteOptions mine = options;
    mine.busy_wait = patience;
    const bool there = std::filesystem::exists(path_);
    if (use == Use::apply) CS_CHECK(ensure_private_file(path_));
    if (use != Use::apply && !there) {
        mine.path = ":memory:";
        mine.mmap_bytes = 0;
        mine.shared_memory = true;
    }
    if (use == Use::look && there) {
        CS_TRY(connection_, Connection::open_to_read(mine, none_));
    } else {
        CS_TRY(connection_, Connection::open(mine, none_));
    }
    bench_.emplace(*connection_);
    return {};
}

}    // namespace
}    // namespace countersign::storage::sqlite

namespace countersign::storage {

Result<std::unique_ptr<Site>> open_sqlite_site(const SqliteOptions& options, Use use) {
    auto site = std::make_unique<sqlite::SqliteSite>(options.path);
    CS_CHECK(site->open(options, use));
    return std::unique_ptr<Site>{std::move(site)};
}

}    // namespace countersign::storage
