// A security event of one request: who, from where, under which reference. Made before the work, said when it is done.
#pragma once

#include "events/journal.hpp"
#include "http/exchange.hpp"
#include "session/sessions.hpp"

namespace countersign::guard {

class Happening {
  public:
    /// Of the caller, where there is one.
    Happening(const http::Exchange& x, events::Kind kind);
    void about(const UserId& user);
    void about(const session::Session& session);
    /// The row goes with the transaction of what it tells of.
    void write(storage::Tx& tx, std::string_view detail = {});
    /// It has happened. Without `write` the row follows by itself.
    void done(std::string detail = {});
    bool is_written() const { return written_; }

  private:
    events::Journal* journal_;    // null: events are off
    events::Event event_;
    bool written_ = false;
};

/// What the record of refusals says in the table too; nothing for causes of ordinary use.
void note_refusal(const http::Exchange& x, const AuthError& why);

/// 192.0.2.0/24, or the first 48 bits of an IPv6 address; empty for what is no address.
std::string network_of(std::string_view address);

}    // namespace countersign::guard
