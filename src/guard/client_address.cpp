#include "guard/client_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace countersign::guard {
namespace {

constexpr unsigned v4_prefix = 96;    // bits in front of an IPv4 address in its mapped form
constexpr std::array<unsigned char, 12> v4_front{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool equals_without_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

}    // namespace

bool Address::is_v4() const { return std::ranges::equal(std::span{bytes_}.first(v4_front.size()), v4_front); }

std::string Address::text() const {
    if (is_v4()) return fmt::format("{}.{}.{}.{}", bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
    std::string out;
    for (std::size_t i = 0; i < bytes_.size(); i += 2) {
        if (i > 0) out.push_back(':');
        out += fmt::format("{:02x}{:02x}", bytes_[i], bytes_[i + 1]);
    }
    return out;
}

Address Address::masked(unsigned bits) const {
    Address out = *this;
    for (unsigned at = 0; at < out.bytes_.size(); ++at) {
        const unsigned kept = std::min(bits - std::min(bits, 8 * at), 8U);
        out.bytes_[at] = static_cast<unsigned char>(out.bytes_[at] & (0xff00U >> kept));
    }
    return out;
}

std::optional<Address> parse_address(std::string_view text) {
    constexpr std::size_t longest = 45;    // of an IPv4 address in the mixed form of IPv6
    if (text.empty() || text.size() > longest || text.contains('\0')) return std::nullopt;
    const std::string terminated{text};
    Address out;
    if (::inet_pton(AF_INET6, terminated.c_str(), out.bytes_.data()) == 1) return out;
    if (::inet_pton(AF_INET, terminated.c_str(), out.bytes_.data() + v4_front.size()) != 1) return std::nullopt;
    std::ranges::copy(v4_front, out.bytes_.begin());
    return out;
}

std::optional<Network> parse_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> base = parse_address(text.substr(0, slash));
    if (!base) return std::nullopt;
    Network out{.base = *base};
    if (slash == std::string_view::npos) return out;
    const std::string_view digits = text.substr(slash + 1);
    const bool v4 = !text.substr(0, slash).contains(':');
    unsigned bits = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned most = v4 ? 32 : 128;
    const bool zero_in_front = digits.size() > 1 && digits.front() == '0';
    if (fault != std::errc{} || end != digits.data() + digits.size() || bits > most || zero_in_front)
        return std::nullopt;
    out.bits = v4 ? bits + v4_prefix : bits;
    if (out.base.masked(out.bits) != out.base) return std::nullopt;
    return out;
}

bool ClientAddresses::is_proxy(const Address& address) const {
    return std::ranges::any_of(options_.proxies, [&](const Network& network) { return network.has(address); });
}

/// From the right, past the listed proxies: the first other one is the client. Lines of one header are one list (RFC
/// 9110 §5.3).
std::optional<Address> ClientAddresses::forwarded(const http::RequestView& request) const {
    for (const std::string& name : options_.headers) {
        if (request.count(name) == 0) continue;
        std::optional<Address> last;
        for (std::size_t i = request.headers.size(); i-- > 0;) {
            if (!equals_without_case(request.headers[i].name, name)) continue;
            std::string_view list = request.headers[i].value;
            while (true) {
                const std::size_t comma = list.rfind(',');
                const bool first = comma == std::string_view::npos;
                last = parse_address(trimmed(first ? list : list.substr(comma + 1)));
                if (!last || !is_proxy(*last)) return last;
                if (first) break;
                list = list.substr(0, comma);
            }
        }
        return last;    // proxies only: the outermost of them asks for itself
    }
    return std::nullopt;
}

std::string ClientAddresses::of(const http::RequestView& request) const {
    const bool plain = options_.proxies.empty() && !request.peer_address.contains(':');
    if (plain) return std::string{request.peer_address};    // what most requests are
    const std::optional<Address> peer = parse_address(request.peer_address);
    if (!peer) return std::string{request.peer_address};
    const Address client = is_proxy(*peer) ? forwarded(request).value_or(*peer) : *peer;
    return (client.is_v4() ? client : client.masked(options_.ipv6_bits)).text();
}

}    // namespace countersign::guard
