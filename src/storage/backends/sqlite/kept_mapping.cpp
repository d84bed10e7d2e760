#include "storage/backends/sqlite/kept_mapping.hpp"

#include <type_traits>

namespace countersign::storage::sqlite {

void KeptMapping::install(sqlite3* database) {
    static_assert(std::is_standard_layout_v<Replaced>);
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)) != SQLITE_OK)
        return;
    constexpr int version_with_maps = 3;
    if (file == nullptr || file->pMethods == nullptr || file->pMethods->iVersion < version_with_maps) return;
    sqlite3_int64 size = 0;
    if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return;
    replaced_ = {.methods = *file->pMethods, .original = file->pMethods, .mapped_size = size};
    replaced_.methods.xUnfetch = &KeptMapping::unmap;
    file->pMethods = &replaced_.methods;
}

/// `page` is null where the whole map is to go, and else a page that is no longer looked at.
int KeptMapping::unmap(sqlite3_file* file, sqlite3_int64 offset, void* page) {
    // The first member of a Replaced, which nobody holds as constant.
    auto* mine = reinterpret_cast<Replaced*>(
        const_cast<sqlite3_io_methods*>(file->pMethods));    // NOLINT(cppcoreguidelines-pro-type-const-cast)
    if (page == nullptr) {
        sqlite3_int64 size = 0;
        const int code = mine->original->xFileSize(file, &size);
        if (code == SQLITE_OK && size == mine->mapped_size) return SQLITE_OK;
        mine->mapped_size = code == SQLITE_OK ? size : -1;
    }
    return mine->original->xUnfetch(file, offset, page);
}

}    // namespace countersign::storage::sqlite
