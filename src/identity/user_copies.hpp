// Who keeps copies of users besides their rows, and must hear of every change to one.
#pragma once

#include "base/id.hpp"
#include "storage/storage.hpp"

namespace countersign::identity {

/// Told in the transaction of the change, once its rows are written.
class UserCopies {
  public:
    virtual ~UserCopies() = default;
    virtual void user_changed(storage::Tx& tx, const UserId& user) = 0;
    virtual void user_removed(storage::Tx& tx, const UserId& user) = 0;
};

}    // namespace countersign::identity
