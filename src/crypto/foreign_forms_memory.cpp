// Forms around scrypt and Argon2, which take memory as well.
#include <bit>

#include "crypto/foreign_forms.hpp"

namespace countersign::crypto {
namespace {

constexpr std::uint64_t kib = 1024, block = 128;                         // bytes; scrypt's memory is N * r blocks
constexpr std::uint64_t scrypt_most_blocks = std::uint64_t{1} << 20U;    // 128 MiB
constexpr std::uint64_t scrypt_most_r = 64, scrypt_most_p = 64;
constexpr std::uint64_t argon2_most_memory_kib = std::uint64_t{256} * kib, argon2_most_passes = 16, most_lanes = 16;

/// A cost that is none becomes one past every bound, which finish refuses.
ForeignHash scrypt_of(FormReader& reader, const ScryptCost& cost, Bytes salt, Bytes key) {
    expect_key(reader, key);
    if (cost.n < 2 || !std::has_single_bit(cost.n) || cost.r == 0 || cost.p == 0) reader.refuse("N, r and p of scrypt");
    const bool bounded = cost.n <= scrypt_most_blocks && cost.r <= scrypt_most_r && cost.p <= scrypt_most_p &&
                         cost.n * cost.r <= scrypt_most_blocks;
    return {.work = ScryptWork{.cost = cost, .salt = std::move(salt), .key = std::move(key)},
            .cost = bounded ? cost.n * cost.r * cost.p : ~std::uint64_t{0},
            .memory = bounded ? (cost.n + cost.p) * cost.r * block : 0};
}

/// N as its logarithm; what no machine could do is past every bound.
std::uint64_t power_of_two(std::uint64_t log2) {
    constexpr std::uint64_t most_log2 = 40;
    return std::uint64_t{1} << std::min(log2, most_log2);
}

}    // namespace

/// `$scrypt$ln=14,r=8,p=1$salt$key`.
Result<ForeignHash> read_scrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::uint64_t n = power_of_two(reader.number(reader.until(',')));
    reader.skip("r=");
    const std::uint32_t r = small(reader.number(reader.until(',')));
    reader.skip("p=");
    const std::uint32_t p = small(reader.number(reader.until('$')));
    const std::size_t cost_end = reader.position();
    Bytes salt = reader.bytes(bytes_of_phc(reader.until('$')), "a salt in base64");
    Bytes key = reader.bytes(bytes_of_phc(reader.rest()), "a key in base64");
    ForeignHash hash = scrypt_of(reader, {.n = n, .r = r, .p = p}, std::move(salt), std::move(key));
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

/// `scrypt$16384$salt$8$1$key`: the salt is text.
Result<ForeignHash> read_django_scrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::uint64_t n = reader.number(reader.until('$'));
    const std::size_t cost_end = reader.position();    // r and p stand behind the salt: taken to be those of the others
    const std::string_view salt = reader.until('$');
    const std::uint32_t r = small(reader.number(reader.until('$')));
    const std::uint32_t p = small(reader.number(reader.until('$')));
    Bytes key = reader.bytes(parse_base64(reader.rest()), "a key in base64");
    ForeignHash hash = scrypt_of(reader, {.n = n, .r = r, .p = p}, bytes_in(salt), std::move(key));
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

/// Werkzeug's `scrypt:32768:8:1$salt$key`: the salt is text, the key hex.
Result<ForeignHash> read_werkzeug_scrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::uint64_t n = reader.number(reader.until(':'));
    const std::uint32_t r = small(reader.number(reader.until(':')));
    const std::uint32_t p = small(reader.number(reader.until('$')));
    const std::size_t cost_end = reader.position();
    const std::string_view salt = reader.until('$');
    Bytes key = reader.bytes(bytes_of_hex(reader.rest()), "a key in hex");
    ForeignHash hash = scrypt_of(reader, {.n = n, .r = r, .p = p}, bytes_in(salt), std::move(key));
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

/// `$fbscrypt$v=1,n=14,r=8,p=1,ss=separator,sk=signer key$salt$hash`: Firebase's numbers, as others write them down.
Result<ForeignHash> read_firebase(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::uint64_t n = power_of_two(reader.number(reader.until(',')));
    reader.skip("r=");
    const std::uint32_t r = small(reader.number(reader.until(',')));
    reader.skip("p=");
    const std::uint32_t p = small(reader.number(reader.until(',')));
    reader.skip("ss=");
    const Bytes separator = reader.bytes(parse_base64(reader.until(',')), "a separator in base64");
    reader.skip("sk=");
    Bytes signer = reader.bytes(parse_base64(reader.until('$')), "a signer key in base64");
    const std::size_t cost_end = reader.position();
    Bytes salt = reader.bytes(parse_base64(reader.until('$')), "a salt in base64");
    Bytes sealed = reader.bytes(parse_base64(reader.rest()), "a hash in base64");
    if (sealed.size() != signer.size()) reader.refuse("a hash as long as the signer key");
    salt.insert(salt.end(), separator.begin(), separator.end());
    ForeignHash hash = scrypt_of(reader, {.n = n, .r = r, .p = p}, {}, Bytes{sealed});
    hash.work = FirebaseWork{.cost = {.n = n, .r = r, .p = p},
                             .salt = std::move(salt),
                             .signer_key = std::move(signer),
                             .sealed = std::move(sealed)};
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

/// `$argon2id$v=19$m=65536,t=2,p=1$salt$key`; without `v=` it is version 16.
Result<ForeignHash> read_argon2(const ForeignScheme& row, std::string_view stored) {
    constexpr std::uint32_t oldest = 16, newest = 19;
    constexpr std::size_t shortest_salt = 8;
    FormReader reader{row, stored};
    std::uint64_t version = oldest;
    if (stored.substr(row.prefix.size()).starts_with("v=")) {
        reader.skip("v=");
        version = reader.number(reader.until('$'));
    }
    if (version != oldest && version != newest) reader.refuse("version 16 or 19");
    reader.skip("m=");
    const std::uint64_t memory = reader.number(reader.until(','));
    reader.skip("t=");
    const std::uint64_t passes = reader.number(reader.until(','));
    reader.skip("p=");
    const std::uint64_t lanes = reader.number(reader.until('$'));
    const std::size_t cost_end = reader.position();
    Bytes salt = reader.bytes(bytes_of_phc(reader.until('$')), "a salt in base64");
    Bytes key = reader.bytes(bytes_of_phc(reader.rest()), "a key in base64");
    expect_key(reader, key);
    if (salt.size() < shortest_salt) reader.refuse("a salt of 8 bytes");
    if (passes == 0 || lanes == 0 || memory < 8 * lanes) reader.refuse("m, t and p of Argon2");
    const bool bounded = memory <= argon2_most_memory_kib && passes <= argon2_most_passes && lanes <= most_lanes;
    const Argon2Type type = row.prefix == "$argon2d$"   ? Argon2Type::d
                            : row.prefix == "$argon2i$" ? Argon2Type::i
                                                        : Argon2Type::id;
    const Argon2Cost cost{.type = type,
                          .version = small(version),
                          .memory_kib = small(memory),
                          .passes = small(passes),
                          .lanes = small(lanes)};
    return reader.finish({.work = Argon2Work{.cost = cost, .salt = std::move(salt), .key = std::move(key)},
                          .cost = bounded ? memory * passes : ~std::uint64_t{0},
                          .memory = bounded ? memory * kib : 0,
                          .cost_end = cost_end});
}

}    // namespace countersign::crypto
