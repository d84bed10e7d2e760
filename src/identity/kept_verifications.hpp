// Single-use values as entries of a key-value store, in Better Auth's form (WIRE §8): `verification:<identifier>` is
// the row as JSON, and ends with it. Ours alone: `verification-of:<holder>` names what a holder has, an identifier a
// line.
#pragma once

#include "base/id.hpp"
#include "storage/key_values.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

class KeptVerifications {
  public:
    struct Value {
        std::string id;    // of the row, where there is one
        std::string identifier;
        std::string value;
        Instant created_at;
        Instant expires_at;
    };

    KeptVerifications(storage::KeyValues& store, const Clock& clock) : store_{&store}, clock_{&clock} {}

    Result<void> put(const Value& value);
    /// Takes the place of the one that `holder` had before.
    Result<void> put_newest(const Value& value, std::string_view holder);
    /// Stands beside those that `holder` had before.
    Result<void> put_beside(const Value& value, std::string_view holder);
    /// As many calls as the above, give or take one, and nothing stays (ENU-04).
    Result<void> put_nothing(const Value& value, std::optional<std::string_view> holder);
    /// Absent for what is none, or has expired.
    Result<std::optional<Value>> find(std::string_view identifier);
    /// At most one caller gets it (INP-12), and it comes back if the transaction does not stay.
    Result<std::optional<Value>> take(storage::Tx& tx, std::string_view identifier);
    Result<void> remove(std::string_view identifier);
    Result<void> remove_of(std::string_view holder);
    /// Those that `holder` was given later than that.
    Result<void> remove_since(std::string_view holder, Instant since);

  private:
    std::optional<Value> value_in(const std::optional<std::string>& text) const;
    storage::KeyValues* store_;
    const Clock* clock_;
};

}    // namespace countersign::identity
