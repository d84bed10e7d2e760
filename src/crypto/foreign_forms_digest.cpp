// Forms around one digest or MAC: what was never meant for passwords, and no match at all.
#include <algorithm>

#include "crypto/foreign_forms.hpp"

namespace countersign::crypto {
namespace {

struct DigestName {
    std::string_view name;
    PasswordDigest digest;
};
constexpr DigestName digest_names[]{{"md5", PasswordDigest::md5},
                                    {"sha1", PasswordDigest::sha1},
                                    {"sha256", PasswordDigest::sha256},
                                    {"sha384", PasswordDigest::sha384},
                                    {"sha512", PasswordDigest::sha512}};

PasswordDigest digest_named(FormReader& reader, std::string_view name) {
    const auto* const found = std::ranges::find(digest_names, name, &DigestName::name);
    if (found != std::ranges::end(digest_names)) return found->digest;
    reader.refuse("md5, sha1, sha256, sha384 or sha512");
    return PasswordDigest::sha256;
}

void expect_digest(FormReader& reader, PasswordDigest digest, const Bytes& expected) {
    if (expected.size() != digest_size(digest)) reader.refuse("a whole digest");
}

}    // namespace

/// LDAP: `{SHA}` and base64 of the digest.
Result<ForeignHash> read_ldap_digest(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    Bytes expected = reader.bytes(parse_base64(reader.rest()), "base64");
    expect_digest(reader, row.digest, expected);
    return reader.finish(
        {.work = DigestWork{.digest = row.digest, .before = {}, .after = {}, .expected = std::move(expected)}});
}

/// LDAP: `{SSHA}` and base64 of the digest with the salt behind it.
Result<ForeignHash> read_ldap_salted(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    Bytes expected = reader.bytes(parse_base64(reader.rest()), "base64");
    const std::size_t size = digest_size(row.digest);
    if (expected.size() <= size) reader.refuse("a whole digest and a salt");
    expected.resize(std::max(expected.size(), size));
    const auto middle = expected.begin() + static_cast<std::ptrdiff_t>(size);
    Bytes after{middle, expected.end()};
    expected.resize(size);
    return reader.finish(
        {.work = DigestWork{
             .digest = row.digest, .before = {}, .after = std::move(after), .expected = std::move(expected)}});
}

/// Django: `sha1$salt$hex`, also without a salt.
Result<ForeignHash> read_django_digest(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::string_view salt = reader.until('$');
    Bytes expected = reader.bytes(bytes_of_hex(reader.rest()), "hex");
    expect_digest(reader, row.digest, expected);
    return reader.finish(
        {.work =
             DigestWork{.digest = row.digest, .before = bytes_in(salt), .after = {}, .expected = std::move(expected)}});
}

/// `$digest$sha256$before$after$digest`, each in base64url: what exports say in several members.
Result<ForeignHash> read_salted_digest(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const PasswordDigest digest = digest_named(reader, reader.until('$'));
    Bytes before = reader.bytes(parse_base64url(reader.until('$')), "a salt in base64url");
    Bytes after = reader.bytes(parse_base64url(reader.until('$')), "a salt in base64url");
    Bytes expected = reader.bytes(parse_base64url(reader.rest()), "a digest in base64url");
    expect_digest(reader, digest, expected);
    return reader.finish({.work = DigestWork{.digest = digest,
                                             .before = std::move(before),
                                             .after = std::move(after),
                                             .expected = std::move(expected)}});
}

/// `$hmac$sha256$key$mac`, both in base64url.
Result<ForeignHash> read_mac(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const PasswordDigest digest = digest_named(reader, reader.until('$'));
    Bytes key = reader.bytes(parse_base64url(reader.until('$')), "a key in base64url");
    Bytes expected = reader.bytes(parse_base64url(reader.rest()), "a MAC in base64url");
    expect_digest(reader, digest, expected);
    return reader.finish({.work = MacWork{.digest = digest, .key = std::move(key), .expected = std::move(expected)}});
}

/// `!` and `*`: an account that has no password, in Django and in shadow files.
Result<ForeignHash> read_locked(const ForeignScheme& row, std::string_view stored) {
    return FormReader{row, stored}.finish({.work = LockedWork{}});
}

}    // namespace countersign::crypto
