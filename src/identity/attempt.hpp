// One try at a credential. Whatever checks one asks first, and asks again before the outcome has any effect: so no
// sign-in method can forget the limits, and none needs to know who is asking (ENU-07).
#pragma once

#include <string_view>

#include "base/actor.hpp"
#include "base/result.hpp"

namespace countersign::identity {

/// guard/ makes them: it knows where a request comes from.
class Attempt {
  public:
    virtual ~Attempt() = default;
    /// By somebody who says that they are this account: its canonical name, whether or not there is one. Nothing has
    /// been looked up or computed yet. Errors: login.limited.
    virtual Result<void> begin(std::string_view account) = 0;
    /// By somebody who is signed in and proves it once more. Errors: login.limited.
    virtual Result<void> begin(const Actor& who) = 0;

    enum class Outcome : std::uint8_t { failed, proved };
    /// Others may have failed meanwhile: then not even a right credential is told. Errors: login.limited.
    virtual Result<void> end(Outcome outcome) = 0;
};

}    // namespace countersign::identity
