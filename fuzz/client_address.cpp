// parse_address and parse_network: read the same from what they say; and a header of a proxy names an address or
// nobody.
#include "guard/client_address.hpp"
#include "fuzz.hpp"

using namespace countersign;

CS_FUZZ(input) {
    if (const auto address = guard::parse_address(input)) {
        fuzz::equal("again", guard::parse_address(address->text()) == address, true);
        fuzz::equal("masked", address->masked(128) == *address, true);
    }
    if (const auto network = guard::parse_network(input)) {
        fuzz::equal("has its base", network->has(network->base), true);
        fuzz::equal("bits", network->bits <= 128, true);
    }
    const guard::ClientAddresses addresses{{.proxies = {*guard::parse_network("10.0.0.0/8")}}};
    const http::Header header{.name = "x-forwarded-for", .value = input};
    const std::string client = addresses.of({.headers = {&header, 1}, .peer_address = "10.0.0.1"});
    fuzz::equal("an address", guard::parse_address(client).has_value(), true);
}
