// Cells on the wire of PostgreSQL: binary both ways, by the type that the column has, which in a database of others
// need not be the one that our migration would have made (ids that are uuid or serial, varchar, timestamp without
// zone).
#pragma once

#include <libpq-fe.h>

#include "base/result.hpp"
#include "storage/table.hpp"

namespace countersign::storage::postgres {

/// The parameters of one execution, in the form that libpq takes.
class Parameters {
  public:
    /// Whether a cell of the type could hold the value at all: a text with NUL is in no cell, `x` in none of type uuid.
    enum class Fit : std::uint8_t { fits, no_cell };
    explicit Parameters(std::size_t count);
    Fit add(const Value& value, Oid type);

    int count() const { return static_cast<int>(bytes_.size()); }
    /// Valid until the next add().
    const char* const* values();
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

  private:
    std::vector<std::optional<std::string>> bytes_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

/// A binary cell that is not NULL. Errors: storage.corrupt.
Result<Value> read_cell(std::string_view bytes, Oid stored, Type wanted);

}    // namespace countersign::storage::postgres
