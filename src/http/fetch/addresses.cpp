#include "http/fetch/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace countersign::http {
namespace {

constexpr std::size_t v4_at = 12;    // where the last four of sixteen bytes begin

struct Range {
    std::array<std::uint8_t, 16> prefix;
    unsigned bits;
    Reach reach;
};

constexpr Range v4(std::array<std::uint8_t, 4> a, unsigned bits, Reach reach = Reach::other) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a[0], a[1], a[2], a[3]}, 96 + bits, reach};
}

// IANA's registries of special-purpose addresses, and what clouds use beside them. The first row that fits counts.
constexpr std::array ranges{
    v4({127, 0, 0, 0}, 8, Reach::loopback),
    v4({0, 0, 0, 0}, 8),           // this host, this network
    v4({10, 0, 0, 0}, 8),          // private
    v4({100, 64, 0, 0}, 10),       // carrier-grade NAT; metadata of Alibaba
    v4({168, 63, 129, 16}, 32),    // the host of Azure machines
    v4({169, 254, 0, 0}, 16),      // link-local; metadata of most clouds
    v4({172, 16, 0, 0}, 12),       // private
    v4({192, 0, 0, 0}, 24),        // protocol assignments; metadata of Oracle
    v4({192, 0, 2, 0}, 24),        // documentation
    v4({192, 88, 99, 0}, 24),      // 6to4 relays
    v4({192, 168, 0, 0}, 16),      // private
    v4({198, 18, 0, 0}, 15),       // benchmarks
    v4({198, 51, 100, 0}, 24),     // documentation
    v4({203, 0, 113, 0}, 24),      // documentation
    v4({224, 0, 0, 0}, 4),         // multicast
    v4({240, 0, 0, 0}, 4),         // reserved; broadcast
    v4({0, 0, 0, 0}, 0, Reach::public_),
    Range{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, Reach::loopback},
    Range{{0x20, 0x01, 0x00}, 23, Reach::other},          // Teredo, ORCHID, benchmarks
    Range{{0x20, 0x01, 0x0D, 0xB8}, 32, Reach::other},    // documentation
    Range{{0x20, 0x02}, 16, Reach::other},                // 6to4: any IPv4 inside
    Range{{0x3F, 0xFF, 0x00}, 20, Reach::other},          // documentation
    Range{{0x20}, 3, Reach::public_},                     // the only global unicast there is
};

bool is_in(const std::array<std::uint8_t, 16>& address, const Range& range) {
    const std::size_t whole = range.bits / 8;
    if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), range.prefix.begin()))
        return false;
    const unsigned rest = range.bits % 8;
    return rest == 0 || ((address[whole] ^ range.prefix[whole]) >> (8 - rest)) == 0;
}

/// 64:ff9b::/96 (RFC 6052 §2.1): the translator connects to the IPv4 address in the last four bytes.
constexpr Range nat64{{0x00, 0x64, 0xFF, 0x9B}, 96, Reach::other};

}    // namespace

IpAddress IpAddress::of(const in_addr& address) {
    IpAddress out;
    out.bytes_[10] = out.bytes_[11] = 0xFF;
    std::memcpy(out.bytes_.data() + v4_at, &address, sizeof address);
    return out;
}

IpAddress IpAddress::of(const in6_addr& address) {
    IpAddress out;
    std::memcpy(out.bytes_.data(), &address, sizeof address);
    return out;
}

std::optional<IpAddress> IpAddress::of(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in v4_address{};
        std::memcpy(&v4_address, &address, sizeof v4_address);
        return of(v4_address.sin_addr);
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6_address{};
    std::memcpy(&v6_address, &address, sizeof v6_address);
    return of(v6_address.sin6_addr);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    if (text.contains('\0')) return std::nullopt;
    const std::string copy{text};
    if (in_addr v4_address{}; ::inet_pton(AF_INET, copy.c_str(), &v4_address) == 1) return of(v4_address);
    if (in6_addr v6_address{}; ::inet_pton(AF_INET6, copy.c_str(), &v6_address) == 1) return of(v6_address);
    return std::nullopt;
}

bool IpAddress::is_v4() const { return is_in(bytes_, v4({0, 0, 0, 0}, 0)); }

std::string IpAddress::text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    const bool v4_form = is_v4();
    ::inet_ntop(v4_form ? AF_INET : AF_INET6, bytes_.data() + (v4_form ? v4_at : 0), out.data(), out.size());
    return out.data();
}

Reach reach_of(const IpAddress& address) {
    if (is_in(address.bytes(), nat64)) {
        in_addr inner{};
        std::memcpy(&inner, address.bytes().data() + v4_at, sizeof inner);
        return reach_of(IpAddress::of(inner)) == Reach::public_ ? Reach::public_ : Reach::other;
    }
    const auto* found = std::ranges::find_if(ranges, [&](const Range& range) { return is_in(address.bytes(), range); });
    return found == ranges.end() ? Reach::other : found->reach;
}

}    // namespace countersign::http
