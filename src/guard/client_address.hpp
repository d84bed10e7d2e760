// Who the client is: the peer of the socket, or whom a listed proxy speaks for (ENU-09). Nobody else's headers count.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace countersign::guard {

/// 16 bytes; IPv4 stands as IPv4-mapped (RFC 4291 §2.5.5.2), so that one client has one form.
class Address {
  public:
    bool is_v4() const;
    /// 203.0.113.7, or eight groups of four lower-case digits as Better Auth writes them.
    std::string text() const;
    /// The first `bits` of 128, the rest 0.
    Address masked(unsigned bits) const;
    friend bool operator==(const Address&, const Address&) = default;

  private:
    friend std::optional<Address> parse_address(std::string_view text);
    std::array<unsigned char, 16> bytes_{};
};
/// An IPv4 or IPv6 address and nothing else: no port, no zone, no brackets.
std::optional<Address> parse_address(std::string_view text);

struct Network {
    Address base;
    unsigned bits = 128;    // of 128, also for IPv4
    bool has(const Address& address) const { return address.masked(bits) == base; }
};
/// `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix must be 0.
std::optional<Network> parse_network(std::string_view text);

struct AddressOptions {
    std::vector<std::string> headers{"x-forwarded-for"};    // in order: the first that is there counts
    std::vector<Network> proxies = {};                      // empty: no header counts
    unsigned ipv6_bits = 64;                                // what of an IPv6 address tells clients apart
};

class ClientAddresses {
  public:
    explicit ClientAddresses(AddressOptions options) : options_{std::move(options)} {}

    /// As text, an IPv6 address masked. A header of a listed proxy that cannot be read leaves the proxy as the client:
    /// then all of its clients are limited as one.
    std::string of(const http::RequestView& request) const;

  private:
    std::optional<Address> forwarded(const http::RequestView& request) const;
    bool is_proxy(const Address& address) const;
    AddressOptions options_;
};

}    // namespace countersign::guard
