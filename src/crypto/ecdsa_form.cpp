#include "crypto/ecdsa_form.hpp"

#include <algorithm>
#include <cstring>

namespace countersign::crypto {
namespace {

constexpr std::size_t max_scalar = 66;
constexpr std::byte sequence_tag{0x30}, integer_tag{0x02}, sign_bit{0x80}, one_length_byte{0x81};

struct Order {
    std::array<std::byte, max_scalar> bytes{};
    std::size_t size = 0;
};

constexpr std::byte nibble(char c) { return static_cast<std::byte>(c <= '9' ? c - '0' : c - 'a' + 10); }

constexpr auto orders = [] {
    std::array<Order, curves.size()> table{};
    for (std::size_t i = 0; i < curves.size(); ++i) {
        table[i].size = curves[i].order.size() / 2;
        for (std::size_t k = 0; k < table[i].size; ++k) {
            table[i].bytes[k] = (nibble(curves[i].order[2 * k]) << 4U) | nibble(curves[i].order[2 * k + 1]);
        }
    }
    return table;
}();

/// 1 <= number < order; both are public, so the time this takes says nothing.
bool in_range(std::span<const std::byte> number, const Order& order) {
    const bool zero = std::ranges::all_of(number, [](std::byte b) { return b == std::byte{0}; });
    return !zero && std::memcmp(number.data(), order.bytes.data(), order.size) < 0;
}

void append_integer(EcdsaDer& out, std::size_t& at, std::span<const std::byte> number) {
    while (number.size() > 1 && number.front() == std::byte{0}) number = number.subspan(1);
    const bool pad = (number.front() & sign_bit) != std::byte{0};
    out.bytes[at++] = integer_tag;
    out.bytes[at++] = static_cast<std::byte>(number.size() + (pad ? 1 : 0));
    if (pad) out.bytes[at++] = std::byte{0};
    std::ranges::copy(number, out.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    at += number.size();
}

/// Takes one INTEGER off the front into the last bytes of `out`.
bool take_integer(std::span<const std::byte>& der, std::span<std::byte> out) {
    if (der.size() < 3 || der[0] != integer_tag) return false;
    const auto length = std::to_integer<std::size_t>(der[1]);
    if (length == 0 || length > 127 || der.size() < 2 + length) return false;
    std::span<const std::byte> number = der.subspan(2, length);
    der = der.subspan(2 + length);
    while (number.size() > 1 && number.front() == std::byte{0}) number = number.subspan(1);
    if (number.size() > out.size()) return false;
    std::ranges::copy(number, out.end() - static_cast<std::ptrdiff_t>(number.size()));
    return true;
}

}    // namespace

std::optional<EcdsaDer> to_der(Curve curve, std::span<const std::byte> raw) {
    const Order& order = orders[static_cast<std::size_t>(curve)];
    if (order.size == 0 || raw.size() != 2 * order.size) return std::nullopt;
    const auto r = raw.first(order.size), s = raw.last(order.size);
    if (!in_range(r, order) || !in_range(s, order)) return std::nullopt;
    EcdsaDer body{}, out{};
    std::size_t size = 0, at = 0;
    append_integer(body, size, r);
    append_integer(body, size, s);
    out.bytes[at++] = sequence_tag;
    if (size > 127) out.bytes[at++] = one_length_byte;
    out.bytes[at++] = static_cast<std::byte>(size);
    std::ranges::copy(std::span{body.bytes}.first(size), out.bytes.begin() + static_cast<std::ptrdiff_t>(at));
    out.size = at + size;
    return out;
}

std::optional<Bytes> to_raw(Curve curve, std::span<const std::byte> der) {
    const std::size_t size = orders[static_cast<std::size_t>(curve)].size;
    if (size == 0 || der.size() < 2 || der[0] != sequence_tag) return std::nullopt;
    const std::size_t header = der[1] == one_length_byte ? 3 : 2;
    if (der.size() < header || std::to_integer<std::size_t>(der[header - 1]) != der.size() - header)
        return std::nullopt;
    der = der.subspan(header);
    Bytes out(2 * size);
    if (!take_integer(der, std::span{out}.first(size)) || !take_integer(der, std::span{out}.last(size)) ||
        !der.empty()) {
        return std::nullopt;
    }
    return out;
}

}    // namespace countersign::crypto
