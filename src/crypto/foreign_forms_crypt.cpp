// Forms around crypt(3): bcrypt and what wraps it, SHA-crypt, MD5-crypt, yescrypt, DES.
#include "crypto/foreign_forms.hpp"

namespace countersign::crypto {
namespace {

constexpr std::string_view crypt_alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t bcrypt_significant = 72;

void expect_crypt_text(FormReader& reader, std::string_view text, std::size_t least, std::size_t most) {
    const bool good =
        text.size() >= least && text.size() <= most && text.find_first_not_of(crypt_alphabet) == std::string_view::npos;
    if (!good) reader.refuse("letters of crypt(3)");
}

/// `$2b$10$`, 22 letters of salt, 31 of digest; the reader stands at the `$` or behind it.
ForeignHash bcrypt_at(FormReader& reader, std::string_view variant) {
    constexpr std::size_t salt = 22, digest = 31, cost_digits = 2;
    const std::string_view cost = reader.until('$');
    if (cost.size() != cost_digits) reader.refuse("two digits of cost");
    ForeignHash hash{.work = {}, .cost = reader.number(cost), .cost_end = reader.position()};
    const std::string_view text = reader.rest();
    expect_crypt_text(reader, text, salt + digest, salt + digest);
    hash.work = UnixCryptWork{.setting = std::string{variant} + std::string{cost} + "$" + std::string{text},
                              .digest = digest,
                              .significant = bcrypt_significant};
    return hash;
}

/// bcrypt inside of another form, of any variant that hashes well.
ForeignHash inner_bcrypt(FormReader& reader) {
    reader.skip("$2");
    const std::string_view letter = reader.until('$');
    if (letter != "a" && letter != "b" && letter != "y") reader.refuse("2a, 2b or 2y");
    return bcrypt_at(reader, "$2" + std::string{letter} + "$");
}

}    // namespace

Result<ForeignHash> read_bcrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    return reader.finish(bcrypt_at(reader, row.prefix));
}

/// Since 6.8: bcrypt of a keyed digest, so that no byte of a long password is lost.
Result<ForeignHash> read_wordpress(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    ForeignHash hash = inner_bcrypt(reader);
    hash.preparation = Preparation::hmac_sha384_base64;
    hash.key = "wp-sha384";
    return reader.finish(std::move(hash));
}

/// passlib: `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`.
Result<ForeignHash> read_passlib_bcrypt(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t salt_size = 22, digest = 31;
    FormReader reader{row, stored};
    const std::string_view rounds = reader.until('$');
    ForeignHash hash{.work = {},
                     .cost = reader.number(rounds),
                     .cost_end = reader.position(),
                     .preparation = Preparation::hmac_sha256_base64};
    const std::string_view salt = reader.until('$'), text = reader.rest();
    expect_crypt_text(reader, salt, salt_size, salt_size);
    expect_crypt_text(reader, text, digest, digest);
    hash.key = std::string{salt};
    const std::string cost = (rounds.size() == 1 ? "0" : "") + std::string{rounds};
    hash.work = UnixCryptWork{.setting = "$2b$" + cost + "$" + std::string{salt} + std::string{text},
                              .digest = digest,
                              .significant = bcrypt_significant};
    return reader.finish(std::move(hash));
}

/// Django: `bcrypt_sha256$$2b$12$...`.
Result<ForeignHash> read_django_bcrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    ForeignHash hash = inner_bcrypt(reader);
    hash.preparation = Preparation::sha256_hex;
    return reader.finish(std::move(hash));
}

/// Devise: `$bcrypt-peppered$pepper$2a$11$...`, the pepper in base64url.
Result<ForeignHash> read_peppered_bcrypt(const ForeignScheme& row, std::string_view stored) {
    FormReader reader{row, stored};
    const std::string_view rest = stored.substr(row.prefix.size());
    const std::string_view pepper = rest.substr(0, std::min(rest.find('$'), rest.size()));
    reader.skip(pepper);
    const Bytes bytes = reader.bytes(parse_base64url(pepper), "a pepper in base64url");
    ForeignHash hash = inner_bcrypt(reader);
    hash.preparation = Preparation::pepper;
    hash.key = text_of(bytes);
    return reader.finish(std::move(hash));
}

/// `$6$rounds=5000$salt$digest`; the rounds may be left out.
Result<ForeignHash> read_sha_crypt(const ForeignScheme& row, std::string_view stored) {
    constexpr std::string_view rounds = "rounds=";
    constexpr std::uint64_t usual_rounds = 5000;
    constexpr std::size_t longest_salt = 16;
    const std::size_t digest = row.digest == PasswordDigest::sha512 ? 86 : 43;
    FormReader reader{row, stored};
    ForeignHash hash{.work = {}, .cost = usual_rounds, .cost_end = row.prefix.size()};
    if (stored.substr(row.prefix.size()).starts_with(rounds)) {
        reader.skip(rounds);
        hash.cost = reader.number(reader.until('$'));
        hash.cost_end = reader.position();
    }
    expect_crypt_text(reader, reader.until('$'), 1, longest_salt);
    expect_crypt_text(reader, reader.rest(), digest, digest);
    hash.work = UnixCryptWork{.setting = std::string{stored}, .digest = stored.size()};
    return reader.finish(std::move(hash));
}

Result<ForeignHash> read_md5_crypt(const ForeignScheme& row, std::string_view stored) {
    constexpr std::uint64_t rounds = 1000;
    constexpr std::size_t longest_salt = 8, digest = 22;
    FormReader reader{row, stored};
    expect_crypt_text(reader, reader.until('$'), 1, longest_salt);
    expect_crypt_text(reader, reader.rest(), digest, digest);
    return reader.finish({.work = UnixCryptWork{.setting = std::string{stored}, .digest = stored.size()},
                          .cost = rounds,
                          .cost_end = row.prefix.size()});
}

/// `$y$j9T$salt$digest`: a letter for the logarithm of N, one for r, and nothing else.
Result<ForeignHash> read_yescrypt(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t digest = 43, longest_salt = 86, letters = 2;
    constexpr std::uint64_t block_bytes = 128, most_log2 = 40, most_r = 47;    // beyond: more letters
    FormReader reader{row, stored};
    const std::string_view cost = reader.until('$');
    ForeignHash hash{.work = {}, .cost_end = reader.position()};
    const auto number = [](char letter) -> std::uint64_t { return crypt_alphabet.find(letter) + 1; };
    const std::uint64_t n_log2 = cost.empty() ? 0 : number(cost.front()), r = cost.empty() ? 0 : number(cost.back());
    if (cost.size() != letters || n_log2 == 0 || n_log2 > most_log2 || r == 0 || r > most_r)
        reader.refuse("two letters, for N and r");
    else
        hash.cost = r << n_log2;
    hash.memory = hash.cost * block_bytes;
    expect_crypt_text(reader, reader.until('$'), 1, longest_salt);
    expect_crypt_text(reader, reader.rest(), digest, digest);
    hash.work = UnixCryptWork{.setting = std::string{stored}, .digest = stored.size()};
    return reader.finish(std::move(hash));
}

/// `{CRYPT}`: the forms above, or 13 letters of DES.
Result<ForeignHash> read_ldap_crypt(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t des = 13;
    if (stored.substr(row.prefix.size()).starts_with('$')) return read_wrapped(row, stored);
    FormReader reader{row, stored};
    const std::string_view text = reader.rest();
    expect_crypt_text(reader, text, des, des);
    return reader.finish({.work = UnixCryptWork{.setting = std::string{text}, .digest = des}});
}

/// phpass: `$P$`, a letter for the rounds, 8 of salt, 22 of digest.
Result<ForeignHash> read_phpass(const ForeignScheme& row, std::string_view stored) {
    constexpr std::size_t salt = 8, digest = 22;
    FormReader reader{row, stored};
    const std::string_view text = reader.rest();
    expect_crypt_text(reader, text, 1 + salt + digest, 1 + salt + digest);
    const std::uint64_t rounds_log2 = text.empty() ? 0 : crypt_alphabet.find(text.front());
    ForeignHash hash{.work = {}, .cost = rounds_log2, .cost_end = row.prefix.size() + 1};
    if (text.size() == 1 + salt + digest)
        hash.work = PhpassWork{.rounds_log2 = static_cast<unsigned>(rounds_log2),
                               .salt = std::string{text.substr(1, salt)},
                               .text = std::string{text.substr(1 + salt)}};
    return reader.finish(std::move(hash));
}

}    // namespace countersign::crypto
