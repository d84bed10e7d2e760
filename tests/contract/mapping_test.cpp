// The map of a SQLite file outlives the commits of others, and shows what they wrote.
#include "storage/backends/sqlite/connection.hpp"
#include "support/database.hpp"

namespace countersign::storage::sqlite {
namespace {

using testing_support::PlainDatabase;

/// The file system of SQLite, which counts how often a map of a database is taken away.
class CountingFiles {
  public:
    CountingFiles() {
        files_ = *sqlite3_vfs_find(nullptr);
        files_.zName = name;
        files_.xOpen = &CountingFiles::open;
        EXPECT_EQ(sqlite3_vfs_register(&files_, 0), SQLITE_OK);
        unmapped = 0;
    }
    CountingFiles(const CountingFiles&) = delete;
    CountingFiles& operator=(const CountingFiles&) = delete;
    ~CountingFiles() { sqlite3_vfs_unregister(&files_); }

    static constexpr const char* name = "counting";
    static int unmapped;

  private:
    static int open(sqlite3_vfs* files, const char* path, sqlite3_file* file, int flags, int* out) {
        const sqlite3_vfs* plain = sqlite3_vfs_find(nullptr);
        const int code = plain->xOpen(files, path, file, flags, out);
        if (code != SQLITE_OK || (flags & SQLITE_OPEN_MAIN_DB) == 0) return code;
        original = file->pMethods;
        counted = *original;
        counted.xUnfetch = &CountingFiles::unfetch;
        file->pMethods = &counted;
        return code;
    }
    static int unfetch(sqlite3_file* file, sqlite3_int64 offset, void* page) {
        unmapped += page == nullptr ? 1 : 0;
        return original->xUnfetch(file, offset, page);
    }
    static const sqlite3_io_methods* original;    // one file at a time
    static sqlite3_io_methods counted;
    sqlite3_vfs files_{};
};
int CountingFiles::unmapped = 0;
const sqlite3_io_methods* CountingFiles::original = nullptr;
sqlite3_io_methods CountingFiles::counted{};

class Mapping : public testing::Test {
  protected:
    static constexpr int rows = 2000;
    Mapping() {
        neighbour_.run("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        fill("first");
        checkpoint();
        auto opened = Connection::open({.path = "file:" + path_ + "?vfs=" + CountingFiles::name}, none_);
        EXPECT_TRUE(opened.ok()) << opened.error().detail();
        reader_ = *std::move(opened);
    }
    void fill(const std::string& word) {
        neighbour_.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                       std::to_string(rows) + ") INSERT INTO t SELECT i, '" + word + "' || printf('%0200d', i) FROM n");
    }
    void checkpoint() { EXPECT_EQ(neighbour_.run("PRAGMA wal_checkpoint(TRUNCATE)").front(), "0"); }
    /// How many rows begin with the word.
    std::int64_t with(const std::string& word) {
        constexpr Type types[]{Type::integer};
        const auto found = reader_->rows_of("SELECT count(*) FROM t WHERE v LIKE '" + word + "%'", types);
        return found.ok() ? std::get<std::int64_t>(found->front().front()) : -1;
    }
    std::int64_t size() const { return static_cast<std::int64_t>(std::filesystem::file_size(path_)); }

    testing_support::TemporaryFolder folder_;
    std::string path_ = folder_.file("test.db");
    CountingFiles files_;
    const std::vector<Extension> none_;
    PlainDatabase neighbour_{path_};
    std::unique_ptr<Connection> reader_;
};

TEST_F(Mapping, it_stays_beside_a_neighbour_who_writes) {
    ASSERT_EQ(with("first"), rows);
    const int before = CountingFiles::unmapped;
    for (int i = 1; i <= 50; ++i) {
        neighbour_.run("UPDATE t SET v = 'other' || substr(v, 6) WHERE id = " + std::to_string(i));
        EXPECT_EQ(with("other"), i);
        if (i % 10 == 0) checkpoint();    // from then on the row is read from the file, which keeps its size
    }
    EXPECT_EQ(CountingFiles::unmapped, before);
}

TEST_F(Mapping, a_file_that_has_grown_is_mapped_anew) {
    ASSERT_EQ(with("first"), rows);
    neighbour_.run("CREATE TABLE more AS SELECT * FROM t; UPDATE t SET v = 'other' WHERE id = 1");
    checkpoint();
    const int before = CountingFiles::unmapped;
    EXPECT_EQ(with("other"), 1);
    EXPECT_GT(CountingFiles::unmapped, before);
}

TEST_F(Mapping, what_was_cut_and_has_grown_to_its_size_again_shows_what_it_holds) {
    ASSERT_EQ(with("first"), rows);
    const std::int64_t whole = size();
    neighbour_.run("DELETE FROM t; VACUUM");
    checkpoint();
    ASSERT_LT(size(), whole / 10);
    fill("other");
    checkpoint();
    ASSERT_EQ(size(), whole);
    const int before = CountingFiles::unmapped;
    EXPECT_EQ(with("other"), rows);
    EXPECT_EQ(with("first"), 0);
    EXPECT_EQ(CountingFiles::unmapped, before);    // so this was read through the map of before
}

TEST_F(Mapping, a_file_that_was_cut_is_read_to_its_new_end) {
    ASSERT_EQ(with("first"), rows);
    neighbour_.run("DELETE FROM t WHERE id > 3; VACUUM");
    checkpoint();
    EXPECT_EQ(with("first"), 3);
    neighbour_.run("DELETE FROM t WHERE id > 1; VACUUM");
    EXPECT_EQ(with("first"), 1);
}

}    // namespace
}    // namespace countersign::storage::sqlite
