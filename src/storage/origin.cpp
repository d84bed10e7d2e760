#include "storage/origin.hpp"

#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::storage {
namespace {

constexpr std::string_view key = "origin";
constexpr std::string_view made_by_us = "countersign";
constexpr std::string_view made_by_better_auth = "better-auth";

}    // namespace

Result<void> record_origin(Tx& tx, Origin origin) {
    return tx.create(statements::meta_create,
                     Row{std::string{key}, std::string{origin == Origin::ours ? made_by_us : made_by_better_auth}});
}

Result<Origin> origin_of(Storage& storage) {
    const Value id = std::string{key};
    CS_TRY(const std::optional<Row> row, storage.reader().find_one(statements::meta_by_id, {&id, 1}));
    if (!row) return Origin::adopted;
    CS_TRY(const std::string value, cell<std::string>(*row, 1));
    return value == made_by_us ? Origin::ours : Origin::adopted;
}

}    // namespace countersign::storage
