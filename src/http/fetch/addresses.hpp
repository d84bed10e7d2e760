// Which addresses a request may go to (INP-09, KEY-02). Private, loopback, link-local, shared, reserved and multicast
// ranges are rows; an address that carries another inside is judged by that one.
#pragma once

#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::http {

/// An address without its port, in the one form of both families: IPv4 is ::ffff:a.b.c.d.
class IpAddress {
  public:
    static IpAddress of(const in_addr& address);
    static IpAddress of(const in6_addr& address);
    /// Absent for other families.
    static std::optional<IpAddress> of(const sockaddr& address);
    /// Canonical text: dotted with four numbers, or RFC 4291 §2.2 without a zone; with or without brackets.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const;
    std::string text() const;    // IPv6 without brackets
    const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    friend bool operator==(const IpAddress&, const IpAddress&) = default;

  private:
    std::array<std::uint8_t, 16> bytes_{};
};

/// What an address is to us. Anything that is not known to be public is not.
enum class Reach : std::uint8_t { public_, loopback, other };
Reach reach_of(const IpAddress& address);

}    // namespace countersign::http
