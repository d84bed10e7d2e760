// Which origins are trusted: the server's own, and patterns of trustedOrigins.
#pragma once

#include "base/profile.hpp"
#include "base/url.hpp"

namespace countersign::guard {

enum class Trust : std::uint8_t { trusted, untrusted };

class TrustedOrigins {
  public:
    /// `own`: origin of baseURL. Wildcards span dots in the better_auth profile and one label in native (CSR-06).
    TrustedOrigins(Origin own, std::vector<std::string> patterns, Profile profile)
        : own_{std::move(own)},
          patterns_{std::move(patterns)},
          profile_{profile} {}

    /// A Referer header, or an absolute redirect target.
    Trust check(std::string_view url) const;
    /// An Origin header. Native believes a web origin only as browsers write it (CSR-06).
    Trust check_header(std::string_view origin) const;
    /// A redirect target: a path of ours, or an absolute one as above (RDR-01). Native refuses besides what others
    /// could read differently, or take for another place when they read it again: paths with dot segments and an empty
    /// one, encoded controls, line separators, schemes in other letters, user info, `app:path`, more than 2048 bytes
    /// (RDR-03).
    Trust check_target(std::string_view target) const;

  private:
    Trust check_widely(std::string_view target) const;
    bool matches(std::string_view pattern, std::string_view url, const std::optional<Origin>& origin) const;
    Origin own_;
    std::vector<std::string> patterns_;
    Profile profile_;
};

/// `*` any run, `?` one character; `stop` (if not NUL) is never crossed by either.
bool glob(std::string_view pattern, std::string_view text, char stop);

}    // namespace countersign::guard
