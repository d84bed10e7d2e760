#include "storage/row_ids.hpp"

#include <charconv>

namespace countersign::storage {

Result<std::string> row_id(Tx& tx, const Table& table, Random& random, IdForm form) {
    if (form != IdForm::serial) return random_id(random, form);
    CS_TRY(const std::int64_t number, tx.next_number(table));
    return std::to_string(number);
}

std::optional<std::int64_t> number_of_id(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && std::to_string(number) == text ? std::optional{number} : std::nullopt;
}

}    // namespace countersign::storage
