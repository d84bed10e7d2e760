// How every form is read, and the spellings of bytes in them.
#include <algorithm>
#include <charconv>

#include "crypto/foreign_forms.hpp"

namespace countersign::crypto {
namespace {

constexpr std::string_view crypt_alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t most_digits = 10;

std::string padded(std::string_view text) {
    std::string out{text};
    out.append((4 - out.size() % 4) % 4, '=');
    return out;
}

}    // namespace

std::string_view FormReader::until(char end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) {
        refuse("another part of the form");
        return {};
    }
    const std::string_view part = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return part;
}

void FormReader::skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return refuse(expected);
    rest_.remove_prefix(expected.size());
}

std::uint64_t FormReader::number(std::string_view digits) {
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
        refuse("a number");
        return 0;
    }
    if (digits.size() > most_digits) return ~std::uint64_t{0};
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Bytes FormReader::bytes(std::optional<Bytes> decoded, std::string_view what) {
    if (decoded) return *std::move(decoded);
    refuse(what);
    return {};
}

void FormReader::refuse(std::string_view expected) {
    if (missing_.empty()) missing_ = expected;
}

Result<ForeignHash> FormReader::finish(ForeignHash hash) const {
    if (!missing_.empty()) return fail(Code::password_hash_unreadable, missing_, row_->name);
    if (hash.cost < row_->least) return fail(Code::password_hash_cost, row_->least, hash.cost);
    if (hash.cost > row_->most) return fail(Code::password_hash_cost, row_->most, hash.cost);
    hash.scheme = row_;
    if (hash.cost_end == 0) hash.cost_end = row_->prefix.size();
    return hash;
}

std::optional<Bytes> bytes_of_phc(std::string_view text) {
    if (text.find('=') != std::string_view::npos) return std::nullopt;
    return parse_base64(padded(text));
}

std::optional<Bytes> bytes_of_passlib(std::string_view text) {
    std::string plain{text};
    std::ranges::replace(plain, '.', '+');
    return bytes_of_phc(plain);
}

std::optional<Bytes> bytes_of_hex(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    return parse_hex(lower);
}

Bytes bytes_in(std::string_view text) {
    const std::span<const std::byte> bytes = bytes_of(text);
    return {bytes.begin(), bytes.end()};
}

void expect_key(FormReader& reader, const Bytes& key) {
    constexpr std::size_t shortest = 16, longest = 128;
    if (key.size() < shortest || key.size() > longest) reader.refuse("a key of 16 to 128 bytes");
}

std::uint32_t small(std::uint64_t number) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, ~std::uint32_t{0}));
}

std::string phpass_text(std::span<const std::byte> digest) {
    std::string out;
    for (std::size_t at = 0; at < digest.size(); at += 3) {
        const std::size_t taken = std::min<std::size_t>(3, digest.size() - at);
        unsigned pool = 0;
        for (std::size_t i = 0; i < taken; ++i) pool |= std::to_integer<unsigned>(digest[at + i]) << 8U * i;
        for (std::size_t letter = 0; letter <= taken; ++letter, pool >>= 6U) out.push_back(crypt_alphabet[pool & 63U]);
    }
    return out;
}

}    // namespace countersign::crypto
