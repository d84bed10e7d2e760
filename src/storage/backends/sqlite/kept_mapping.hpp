// A file that stays mapped while others write to it. SQLite takes its map away whenever it sees that somebody has
// committed, since on other systems a file that was cut and grown again may be mapped wrongly. That costs every reader
// a call that changes its address space, which waits for whatever else does so (a password hash takes and returns 32
// MiB), and all its page faults again. On Linux a shared map always shows what the file holds, so that only a file of
// another size has to be mapped anew.
#pragma once

#include <sqlite3.h>

namespace countersign::storage::sqlite {

class KeptMapping {
  public:
    KeptMapping() = default;
    KeptMapping(const KeptMapping&) = delete;
    KeptMapping& operator=(const KeptMapping&) = delete;

    /// Before the first statement, and to outlive the connection. Nothing changes for a file that cannot be mapped.
    void install(sqlite3* database);

  private:
    /// What `methods` is the first member of: how a call of SQLite's finds the way back.
    struct Replaced {
        sqlite3_io_methods methods;
        const sqlite3_io_methods* original;
        sqlite3_int64 mapped_size;
    };
    static int unmap(sqlite3_file* file, sqlite3_int64 offset, void* page);

    Replaced replaced_{};
};

}    // namespace countersign::storage::sqlite
