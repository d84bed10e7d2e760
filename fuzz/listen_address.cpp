// parse_listen_address: a host and a port, read the same from what they say.
#include "fuzz.hpp"
#include "http/server.hpp"

using namespace countersign;

CS_FUZZ(input) {
    const auto address = http::parse_listen_address(input);
    if (!address.ok()) return;
    const bool six = address->host.contains(':');
    const std::string text = (six ? "[" + address->host + "]" : address->host) + ":" + std::to_string(address->port);
    const auto again = http::parse_listen_address(text);
    fuzz::equal("again", again.ok() && again->host == address->host && again->port == address->port, true);
}
