#include "storage/origin.hpp"

#include "storage/cells.hpp"
#include "storage/plan.hpp"
#include "storage/statements.hpp"

namespace countersign::storage {

Result<Origin> origin_of(Storage& storage) {
    const Value id = std::string{origin_key};
    CS_TRY(const std::optional<Row> row, storage.reader().find_one(statements::meta_by_id, {&id, 1}));
    if (!row) return Origin::adopted;
    CS_TRY(const std::string value, cell<std::string>(*row, 1));
    return value == made_by_countersign ? Origin::ours : Origin::adopted;
}

}    // namespace countersign::storage
