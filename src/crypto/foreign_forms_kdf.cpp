// Forms around PBKDF2.
#include "crypto/foreign_forms.hpp"

namespace countersign::crypto {
namespace {

/// The cost is counted in digests: each block of the key takes all the rounds once more.
ForeignHash pbkdf2_of(FormReader& reader, const ForeignScheme& row, std::uint64_t rounds, Bytes salt, Bytes key) {
    expect_key(reader, key);
    if (rounds == 0) reader.refuse("rounds");
    const std::uint64_t blocks = (key.size() + digest_size(row.digest) - 1) / digest_size(row.digest);
    const std::uint64_t counted = std::min(rounds, row.most + 1);    // keeps the product small
    return {.work = Pbkdf2Work{.digest = row.digest,
                               .rounds = static_cast<std::uint32_t>(counted),
                               .salt = std::move(salt),
                               .key = std::move(key)},
            .cost = counted * blocks};
}

}    // namespace

/// passlib's `$pbkdf2-sha256$29000$salt$key`, and the PHC form `$pbkdf2-sha256$i=29000,l=32$salt$key`.
Result<ForeignHash> read_pbkdf2(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const bool phc = stored.substr(row.prefix.size()).starts_with("i=");
    if (phc) reader.skip("i=");
    const std::string_view head = reader.until('$');
    const std::size_t comma = phc ? std::min(head.find(','), head.size()) : head.size();
    const std::uint64_t rounds = reader.number(head.substr(0, comma));
    const std::size_t cost_end = reader.position();
    Bytes salt = reader.bytes(bytes_of_passlib(reader.until('$')), "a salt in base64");
    Bytes key = reader.bytes(bytes_of_passlib(reader.rest()), "a key in base64");
    if (comma != head.size() && head.substr(comma) != ",l=" + std::to_string(key.size()))
        reader.refuse("l, the size of the key");
    ForeignHash hash = pbkdf2_of(reader, row, rounds, std::move(salt), std::move(key));
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

using Decode = std::optional<Bytes> (*)(std::string_view);

/// `ROUNDS$salt$key`: the salt is text.
Result<ForeignHash> read_with_text_salt(const ForeignScheme& row, std::string_view stored, Decode decode) {
    FormReader reader{row, stored};
    const std::uint64_t rounds = reader.number(reader.until('$'));
    const std::size_t cost_end = reader.position();
    const std::string_view salt = reader.until('$');
    Bytes key = reader.bytes(decode(reader.rest()), "a key in base64 (Django) or hex (Werkzeug)");
    ForeignHash hash = pbkdf2_of(reader, row, rounds, bytes_in(salt), std::move(key));
    hash.cost_end = cost_end;
    return reader.finish(std::move(hash));
}

/// `pbkdf2_sha256$260000$salt$key`, the key in base64.
Result<ForeignHash> read_django_pbkdf2(const ForeignScheme& row, std::string_view stored) {
    return read_with_text_salt(row, stored, parse_base64);
}

/// Werkzeug's `pbkdf2:sha256:600000$salt$key`, the key in hex.
Result<ForeignHash> read_werkzeug_pbkdf2(const ForeignScheme& row, std::string_view stored) {
    return read_with_text_salt(row, stored, bytes_of_hex);
}

/// `{PKCS5S2}`: 16 bytes of salt and 32 of key, 10,000 rounds.
Result<ForeignHash> read_atlassian(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t salt_size = 16, key_size = 32;
    constexpr std::uint64_t rounds = 10000;
    FormReader reader{row, stored};
    Bytes all = reader.bytes(parse_base64(reader.rest()), "base64");
    if (all.size() != salt_size + key_size) reader.refuse("48 bytes");
    all.resize(salt_size + key_size);
    ForeignHash hash = pbkdf2_of(reader, row, rounds, Bytes{all.begin(), all.begin() + salt_size},
                                 Bytes{all.begin() + salt_size, all.end()});
    hash.cost_end = row.prefix.size();
    return reader.finish(std::move(hash));
}

/// ASP.NET Identity 2: a byte 0, 16 of salt, 32 of key, 1,000 rounds.
Result<ForeignHash> read_aspnet_v2(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t salt_end = 17, size = 49, letters = 2;
    constexpr std::uint64_t rounds = 1000;
    FormReader reader{row, stored};
    std::ignore = reader.rest();
    Bytes all = reader.bytes(parse_base64(stored), "base64");
    if (all.size() != size || all.front() != std::byte{0}) reader.refuse("49 bytes, the first of them 0");
    all.resize(size);
    ForeignHash hash = pbkdf2_of(reader, row, rounds, Bytes{all.begin() + 1, all.begin() + salt_end},
                                 Bytes{all.begin() + salt_end, all.end()});
    hash.cost_end = letters;
    return reader.finish(std::move(hash));
}

/// ASP.NET Identity 3: a byte 1, then digest, rounds and size of the salt in four bytes each, salt, key.
Result<ForeignHash> read_aspnet_v3(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t head = 13, letters = 17;
    constexpr std::array digests{PasswordDigest::sha1, PasswordDigest::sha256, PasswordDigest::sha512};
    FormReader reader{row, stored};
    std::ignore = reader.rest();
    Bytes all = reader.bytes(parse_base64(stored), "base64");
    const bool whole = all.size() > head && all.front() == std::byte{1};
    if (!whole) reader.refuse("more than 13 bytes, the first of them 1");
    all.resize(std::max(all.size(), head));
    const auto word = [&all](std::size_t at) {
        std::uint64_t value = 0;
        for (std::size_t i = at; i < at + 4; ++i) value = value << 8U | std::to_integer<std::uint64_t>(all[i]);
        return value;
    };
    const std::uint64_t digest = word(1), rounds = word(5), salt_size = word(9);
    if (digest >= digests.size() || salt_size > all.size() - head) {
        reader.refuse("digest, rounds and salt of ASP.NET Identity");
        return reader.finish({});
    }
    ForeignScheme with = row;
    with.digest = digests[digest];
    const auto salt_end = all.begin() + static_cast<std::ptrdiff_t>(head + salt_size);
    ForeignHash hash = pbkdf2_of(reader, with, rounds, Bytes{all.begin() + head, salt_end}, Bytes{salt_end, all.end()});
    hash.cost_end = letters;
    return reader.finish(std::move(hash));
}

/// PostgreSQL: `SCRAM-SHA-256$4096:salt$stored key:server key`.
Result<ForeignHash> read_scram(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::uint64_t rounds = reader.number(reader.until(':'));
    const std::size_t cost_end = reader.position();
    Bytes salt = reader.bytes(parse_base64(reader.until('$')), "a salt in base64");
    Bytes stored_key = reader.bytes(parse_base64(reader.until(':')), "a stored key in base64");
    Bytes server_key = reader.bytes(parse_base64(reader.rest()), "a server key in base64");
    if (stored_key.size() != digest_size(row.digest) || server_key.size() != digest_size(row.digest) || rounds == 0)
        reader.refuse("rounds and two keys of SCRAM");
    return reader.finish({.work = ScramWork{.rounds = small(rounds),
                                            .salt = std::move(salt),
                                            .stored_key = std::move(stored_key),
                                            .server_key = std::move(server_key)},
                          .cost = rounds,
                          .cost_end = cost_end,
                          .preparation = Preparation::nfkc});
}

}    // namespace countersign::crypto
