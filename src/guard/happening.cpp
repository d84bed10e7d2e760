#include "guard/happening.hpp"

#include "guard/client_address.hpp"

namespace countersign::guard {
namespace {

using events::Kind;

/// Refusals that are events. The rest is what clients cause by ordinary use, or our own fault; the log has them all.
struct Refusal {
    Code code;
    Kind kind;
};
constexpr Refusal refusals[]{
    {Code::login_unknown, Kind::sign_in_failed},
    {Code::login_password, Kind::sign_in_failed},
    {Code::login_no_credential, Kind::sign_in_failed},
    {Code::login_unverified, Kind::sign_in_failed},
    {Code::password_hash_unreadable, Kind::sign_in_failed},
    {Code::password_hash_cost, Kind::sign_in_failed},
    {Code::rate_limited, Kind::limiter_refused},
    {Code::login_limited, Kind::limiter_refused},
    {Code::session_signature, Kind::token_refused},
    {Code::cookie_shadowed_duplicate, Kind::token_refused},
    {Code::verification_unknown, Kind::token_refused},
    {Code::verification_expired, Kind::token_refused},
    {Code::verification_malformed, Kind::token_refused},
    {Code::verification_user_gone, Kind::token_refused},
    {Code::verification_user_mismatch, Kind::token_refused},
};

}    // namespace

std::string network_of(std::string_view address) {
    constexpr unsigned mapped_bits = 96, v4_bits = 24, v6_bits = 48;
    const std::optional<Address> found = parse_address(address);
    if (!found) return {};
    const bool v4 = found->is_v4();
    return found->masked(v4 ? mapped_bits + v4_bits : v6_bits).text() + "/" + std::to_string(v4 ? v4_bits : v6_bits);
}

Happening::Happening(const http::Exchange& x, Kind kind)
    : journal_{x.services().find<events::Journal>()},
      event_{.kind = kind} {
    if (journal_ == nullptr) return;
    event_.at = x.now();
    event_.network = network_of(x.client_address());
    event_.agent = x.request().header("user-agent").value_or("").substr(0, events::longest_text);    // it may wait
    event_.reference = x.reference().text();
    event_.user = x.subject();
    if (!x.has_actor()) return;
    event_.user = x.actor().user().text();
    event_.session = journal_->session_fingerprint(x.actor().session().text());
}

void Happening::about(const UserId& user) {
    if (event_.user != user.text()) event_.session.clear();
    event_.user = user.text();
}

void Happening::about(const session::Session& session) {
    event_.user = session.user.text();
    if (journal_ != nullptr) event_.session = journal_->session_fingerprint(session.id.text());
}

void Happening::write(storage::Tx& tx, std::string_view detail) {
    if (journal_ == nullptr) return;
    event_.detail = detail;
    journal_->write(tx, event_);
    written_ = true;
}

void Happening::done(std::string detail) {
    if (journal_ == nullptr) return;
    if (!detail.empty()) event_.detail = std::move(detail);
    written_ ? journal_->tell(event_) : journal_->note(std::move(event_));
}

void note_refusal(const http::Exchange& x, const AuthError& why) {
    const auto* row = std::ranges::find(refusals, why.code(), &Refusal::code);
    if (row == std::end(refusals)) return;
    const std::string_view endpoint = x.endpoint == nullptr ? std::string_view{"unrouted"} : *x.endpoint->path;
    Happening{x, row->kind}.done(std::string{why.label()} + " at " + std::string{endpoint});
}

}    // namespace countersign::guard
