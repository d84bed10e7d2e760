// Actors for tests of storage: a maker that stands in for the gate of session/, which these tests do not link.
#pragma once

#include "base/actor.hpp"

namespace countersign {

class SessionGate {
  public:
    static Actor make(std::string_view user) { return Actor{UserId{user}, SessionId{"session"}, Instant{}}; }
};

}    // namespace countersign
