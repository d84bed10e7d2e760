// Outbound messages (mail and text) as an interface. A message is described by its parts; templates come later.
#pragma once

#include <string>

#include "base/result.hpp"

namespace countersign {

/// One message of the inbox: `[{"at","to","kind","subject","text","url","token","otp"}]`.
struct Message {
    Instant at;
    std::string to;
    std::string kind;    // "reset-password", "verify-email", ...
    std::string subject;
    std::string text;
    std::string url;
    std::string token;
    std::string otp;
};

class Mailer {
  public:
    virtual ~Mailer() = default;
    /// Queues the message; delivery happens outside the request (ENU-04).
    virtual Result<void> send(Message message) = 0;
};

}    // namespace countersign
