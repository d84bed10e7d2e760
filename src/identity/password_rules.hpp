// What a new password must not be (PWD-06). Nothing is asked of its letters (PWD-04).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::identity {

/// In small letters, with blanks between.
extern const std::string_view commonest_passwords;

/// Short names of passwords, in order: a look-up costs no more memory than 8 bytes for each.
using KnownPasswords = std::vector<std::uint64_t>;
/// One a line. Case, and what Unicode writes in several ways, make no difference.
KnownPasswords known_from_lines(std::string_view lines);

struct OwnerView {
    std::string_view email, name;
};

class PasswordRules {
  public:
    /// `known`: besides the commonest. `service`: what this site is called, as a host name.
    PasswordRules(const KnownPasswords& known, std::string_view service);

    /// Errors: password.common, password.personal, password.simple.
    Result<void> check(std::string_view password, const OwnerView& owner) const;

  private:
    KnownPasswords known_;
    std::vector<std::string> service_;
};

}    // namespace countersign::identity
