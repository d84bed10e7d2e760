// Security events: a closed list of kinds, and what one of them says. No secret, token, password or address stands in
// one (ERR-03, ERR-04).
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/given.hpp"
#include "base/log.hpp"

namespace countersign::events {

enum class Kind : std::uint8_t {
    sign_up,
    sign_in,
    sign_in_failed,
    sign_out,
    limiter_refused,
    password_changed,
    email_changed,
    email_verified,
    reset_asked,
    reset_done,
    session_revoked,
    sessions_revoked,
    account_unlinked,
    user_deleted,
    token_refused,
    key_made,
    key_retired,
    configuration_relaxed,
    segment_opened,
    segments_removed,
    events_lost,
    chain_cut,
    chain_seen,
};

/// Which parts of an event a kind has besides time and kind. What its row does not list is never written.
enum class Parts : std::uint8_t {
    none = 0,
    user = 1,
    session = 2,
    client = 4,    // network, agent, reference of the request
    detail = 8,
};
constexpr Parts operator|(Parts a, Parts b) {
    return static_cast<Parts>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has_part(Parts all, Parts one) { return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0; }

/// Who can make the server write one: what anybody can cause is bounded a second.
enum class Origin : std::uint8_t { server, proved, anybody };

struct KindRow {
    Given<Kind> kind;
    Given<std::string_view> name;
    Given<Level> level;
    Given<Origin> origin;
    Given<Parts> parts;
};

inline constexpr Parts of_request = Parts::user | Parts::client;
inline constexpr Parts of_session = of_request | Parts::session;
inline constexpr std::array kinds{
    KindRow{Kind::sign_up, "user.created", Level::info, Origin::proved, of_session},
    KindRow{Kind::sign_in, "sign_in.ok", Level::info, Origin::proved, of_session},
    KindRow{Kind::sign_in_failed, "sign_in.failed", Level::warn, Origin::anybody, of_session | Parts::detail},
    KindRow{Kind::sign_out, "sign_out", Level::info, Origin::proved, of_session},
    KindRow{Kind::limiter_refused, "limiter.refused", Level::warn, Origin::anybody, Parts::client | Parts::detail},
    KindRow{Kind::password_changed, "password.changed", Level::info, Origin::proved, of_session},
    KindRow{Kind::email_changed, "email.changed", Level::info, Origin::proved, of_session},
    KindRow{Kind::email_verified, "email.verified", Level::info, Origin::proved, of_session},
    KindRow{Kind::reset_asked, "password.reset_asked", Level::info, Origin::anybody, of_request},
    KindRow{Kind::reset_done, "password.reset_done", Level::info, Origin::proved, of_request},
    KindRow{Kind::session_revoked, "session.revoked", Level::info, Origin::proved, of_session},
    KindRow{Kind::sessions_revoked, "sessions.revoked", Level::info, Origin::proved, of_session | Parts::detail},
    KindRow{Kind::account_unlinked, "account.unlinked", Level::info, Origin::proved, of_session},
    KindRow{Kind::user_deleted, "user.deleted", Level::info, Origin::proved, of_session},
    KindRow{Kind::token_refused, "token.refused", Level::warn, Origin::anybody, of_session | Parts::detail},
    KindRow{Kind::key_made, "key.made", Level::info, Origin::server, Parts::detail},
    KindRow{Kind::key_retired, "key.retired", Level::warn, Origin::server, Parts::detail},
    KindRow{Kind::configuration_relaxed, "configuration.relaxed", Level::warn, Origin::server, Parts::detail},
    KindRow{Kind::segment_opened, "events.opened", Level::info, Origin::server, Parts::detail},
    KindRow{Kind::segments_removed, "events.removed", Level::info, Origin::server, Parts::detail},
    KindRow{Kind::events_lost, "events.lost", Level::error, Origin::server, Parts::detail},
    KindRow{Kind::chain_cut, "events.cut", Level::error, Origin::server, Parts::detail},
    KindRow{Kind::chain_seen, "events.seen", Level::info, Origin::server, Parts::detail},
};
static_assert([] {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (static_cast<std::size_t>(*kinds[i].kind) != i) return false;
    }
    return kinds.size() == static_cast<std::size_t>(Kind::chain_seen) + 1;
}());
constexpr const KindRow& row_of(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

struct Event {
    Kind kind;
    Instant at = {};
    std::string user = {};         // id
    std::string session = {};      // fingerprint
    std::string network = {};      // of the client, never its whole address
    std::string agent = {};        // User-Agent, cut
    std::string reference = {};    // x-request-id: joins with the log
    std::string detail = {};       // words of ours
};

}    // namespace countersign::events
