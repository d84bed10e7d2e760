// The ids of rows that are about to be made: random, or counted by the database.
#pragma once

#include "storage/storage.hpp"

namespace countersign::storage {

/// Of a row that this transaction makes in a table of Better Auth. Errors: those of Tx::next_number.
Result<std::string> row_id(Tx& tx, const Table& table, Random& random, IdForm form);

/// The number that an id is, if it is written as the database writes it: "07" and "7.0" are the ids of nobody.
std::optional<std::int64_t> number_of_id(std::string_view text);

}    // namespace countersign::storage
