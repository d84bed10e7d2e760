// The inbox of captured messages: for operators on the management listener, for developers on their own machine.
#pragma once

#include "app/settings.hpp"
#include "http/message.hpp"
#include "http/router.hpp"

namespace countersign::app {

/// Scripts of other sites, which a browser would let in for its user, are refused: inbox.refused.
Result<void> check_site(const http::RequestView& request);
/// GET /dev/inbox.json on the management listener, in any mode, where mail.transport is capture.
void add_managed_inbox(http::Router& management, const Settings& settings);
/// /dev/inbox and /dev/inbox.json on the main one: in development mode on loopback only.
void add_local_inbox(http::Router& router, const Settings& settings);

}    // namespace countersign::app
