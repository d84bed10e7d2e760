#include "crypto/foreign_password.hpp"

#include <algorithm>

#include "crypto/foreign_forms.hpp"
#include "crypto/nfkc.hpp"

namespace countersign::crypto {
namespace {

using D = PasswordDigest;
constexpr std::size_t longest_stored = 4096;

// Floors are those of OWASP's Password Storage Cheat Sheet where it has one; the most is a few seconds of a core.
constexpr ForeignScheme schemes[]{
    // name                   prefix                          read                  least  floor      most
    // bcrypt: the logarithm of its rounds.
    {"bcrypt", "$2a$", read_bcrypt, 4, 10, 15},
    {"bcrypt", "$2b$", read_bcrypt, 4, 10, 15},
    {"bcrypt", "$2y$", read_bcrypt, 4, 10, 15},
    {"bcrypt-2x", "$2x$", read_bcrypt, 4, no_floor, 15},    // its signed bytes lose what stands before them
    {"wordpress-bcrypt", "$wp", read_wordpress, 4, 10, 15},
    {"passlib-bcrypt-sha256", "$bcrypt-sha256$v=2,t=2b,r=", read_passlib_bcrypt, 4, 10, 15},
    {"django-bcrypt-sha256", "bcrypt_sha256$", read_django_bcrypt, 4, 10, 15},
    {"bcrypt-peppered", "$bcrypt-peppered$", read_peppered_bcrypt, 4, 10, 15},
    // crypt(3): rounds; yescrypt: N times r.
    {"sha256-crypt", "$5$", read_sha_crypt, 1000, 500'000, 1'000'000, D::sha256},
    {"sha512-crypt", "$6$", read_sha_crypt, 1000, 500'000, 1'000'000, D::sha512},
    {"md5-crypt", "$1$", read_md5_crypt, 1000, no_floor, 1000},
    {"yescrypt", "$y$j", read_yescrypt, 1024, 131'072, 1'048'576},
    // phpass: the logarithm of its rounds of MD5.
    {"phpass", "$P$", read_phpass, 7, no_floor, 20},
    {"phpass", "$H$", read_phpass, 7, no_floor, 20},
    // PBKDF2: rounds times blocks of the key.
    {"pbkdf2-sha1", "$pbkdf2$", read_pbkdf2, 1, 1'300'000, 6'000'000, D::sha1},
    {"pbkdf2-sha1", "$pbkdf2-sha1$", read_pbkdf2, 1, 1'300'000, 6'000'000, D::sha1},
    {"pbkdf2-sha256", "$pbkdf2-sha256$", read_pbkdf2, 1, 600'000, 4'000'000, D::sha256},
    {"pbkdf2-sha512", "$pbkdf2-sha512$", read_pbkdf2, 1, 210'000, 3'000'000, D::sha512},
    {"pbkdf2-sha1", "{PBKDF2}", read_pbkdf2, 1, 1'300'000, 6'000'000, D::sha1},
    {"pbkdf2-sha256", "{PBKDF2-SHA256}", read_pbkdf2, 1, 600'000, 4'000'000, D::sha256},
    {"pbkdf2-sha512", "{PBKDF2-SHA512}", read_pbkdf2, 1, 210'000, 3'000'000, D::sha512},
    {"pbkdf2-sha1", "pbkdf2_sha1$", read_django_pbkdf2, 1, 1'300'000, 6'000'000, D::sha1},
    {"pbkdf2-sha256", "pbkdf2_sha256$", read_django_pbkdf2, 1, 600'000, 4'000'000, D::sha256},
    {"pbkdf2-sha1", "pbkdf2:sha1:", read_werkzeug_pbkdf2, 1, 1'300'000, 6'000'000, D::sha1},
    {"pbkdf2-sha256", "pbkdf2:sha256:", read_werkzeug_pbkdf2, 1, 600'000, 4'000'000, D::sha256},
    {"pbkdf2-sha512", "pbkdf2:sha512:", read_werkzeug_pbkdf2, 1, 210'000, 3'000'000, D::sha512},
    {"atlassian", "{PKCS5S2}", read_atlassian, 1, 1'300'000, 6'000'000, D::sha1},
    {"aspnet-identity-3", "AQAAAA", read_aspnet_v3, 1, 600'000, 3'000'000},
    {"aspnet-identity-2", "A", read_aspnet_v2, 1, 1'300'000, 6'000'000, D::sha1},
    {"scram-sha-256", "SCRAM-SHA-256$", read_scram, 1, 600'000, 4'000'000, D::sha256},
    // scrypt: N times r times p.
    {"scrypt", "$scrypt$ln=", read_scrypt, 1, 655'360, 4'194'304},
    {"scrypt", "scrypt$", read_django_scrypt, 1, 655'360, 4'194'304},
    {"scrypt", "scrypt:", read_werkzeug_scrypt, 1, 655'360, 4'194'304},
    {"firebase-scrypt", "$fbscrypt$v=1,n=", read_firebase, 1, 655'360, 4'194'304},
    // Argon2: KiB times passes.
    {"argon2id", "$argon2id$", read_argon2, 1, 38'912, 4'194'304},
    {"argon2i", "$argon2i$", read_argon2, 1, 38'912, 4'194'304},
    {"argon2d", "$argon2d$", read_argon2, 1, 38'912, 4'194'304},
    // One digest: no cost at all.
    {"ldap-md5", "{MD5}", read_ldap_digest, 0, no_floor, 0, D::md5},
    {"ldap-md5", "{SMD5}", read_ldap_salted, 0, no_floor, 0, D::md5},
    {"ldap-sha1", "{SHA}", read_ldap_digest, 0, no_floor, 0, D::sha1},
    {"ldap-sha1", "{SSHA}", read_ldap_salted, 0, no_floor, 0, D::sha1},
    {"ldap-sha256", "{SHA256}", read_ldap_digest, 0, no_floor, 0, D::sha256},
    {"ldap-sha256", "{SSHA256}", read_ldap_salted, 0, no_floor, 0, D::sha256},
    {"ldap-sha512", "{SHA512}", read_ldap_digest, 0, no_floor, 0, D::sha512},
    {"ldap-sha512", "{SSHA512}", read_ldap_salted, 0, no_floor, 0, D::sha512},
    {"des-crypt", "{CRYPT}", read_ldap_crypt, 0, no_floor, 0},
    {"des-crypt", "crypt$$", read_ldap_crypt, 0, no_floor, 0},
    {"django-sha1", "sha1$", read_django_digest, 0, no_floor, 0, D::sha1},
    {"django-md5", "md5$", read_django_digest, 0, no_floor, 0, D::md5},
    {"salted-digest", "$digest$", read_salted_digest, 0, no_floor, 0},
    {"hmac", "$hmac$", read_mac, 0, no_floor, 0},
    // A label before one of the forms above.
    {"bcrypt", "bcrypt$", read_wrapped, 0, 0, 0},
    {"argon2", "argon2", read_wrapped, 0, 0, 0},
    {"bcrypt", "{BCRYPT}", read_wrapped, 0, 0, 0},
    {"bcrypt", "{bcrypt}", read_wrapped, 0, 0, 0},
    {"argon2", "{ARGON2}", read_wrapped, 0, 0, 0},
    {"argon2", "{argon2}", read_wrapped, 0, 0, 0},
    // Nobody's password.
    {"locked", "!", read_locked, 0, no_floor, 0},
    {"locked", "*", read_locked, 0, no_floor, 0},
};

Secret prepared(const ForeignHash& hash, std::string_view password) {
    const auto base64_of = [](const Secret& mac) { return Secret::from_text(base64(mac.reveal())); };
    switch (hash.preparation) {
        case Preparation::none:
            break;
        case Preparation::nfkc:
            return nfkc(password);
        case Preparation::pepper: {
            Secret joined = Secret::sized(password.size() + hash.key.size());
            std::ranges::copy(bytes_of(hash.key), std::ranges::copy(bytes_of(password), joined.writable().begin()).out);
            return joined;
        }
        case Preparation::sha256_hex:
            return Secret::from_text(hex(digest_of_parts(D::sha256, {bytes_of(password)}).reveal()));
        case Preparation::hmac_sha384_base64:
            return base64_of(hmac(D::sha384, bytes_of(hash.key), bytes_of(password)));
        case Preparation::hmac_sha256_base64:
            return base64_of(hmac(D::sha256, bytes_of(hash.key), bytes_of(password)));
    }
    return Secret::from_text(password);
}

PasswordCheck check_of(std::string_view made, std::string_view expected) {
    return equal_constant_time(made, expected) ? PasswordCheck::match : PasswordCheck::mismatch;
}
PasswordCheck check_of(const Secret& made, const Bytes& expected) {
    return check_of(made.reveal_text(), text_of(expected));
}

/// One body a kind of work: proves the password by doing it.
struct Prove {
    const Secret& password;
    using Proof = Result<PasswordCheck>;

    Proof operator()(const UnixCryptWork& work) const {
        const Secret counted{password.reveal().first(std::min(password.size(), work.significant))};
        const std::optional<std::string> made = unix_crypt(counted, work.setting);
        if (!made || made->size() != work.setting.size())
            return PasswordCheck::mismatch;    // a longer password than crypt(3) takes
        const auto end = [&work](std::string_view text) { return text.substr(text.size() - work.digest); };
        return check_of(end(*made), end(work.setting));
    }
    Proof operator()(const Pbkdf2Work& work) const {
        return check_of(pbkdf2(work.digest, password.reveal(), work.salt, work.rounds, work.key.size()), work.key);
    }
    Proof operator()(const ScryptWork& work) const {
        CS_TRY(const Secret made, scrypt(work.cost, password.reveal(), work.salt, work.key.size()));
        return check_of(made, work.key);
    }
    /// The signer key, sealed under what scrypt makes of the password.
    Proof operator()(const FirebaseWork& work) const {
        constexpr std::size_t key_size = 32;
        CS_TRY(const Secret key, scrypt(work.cost, password.reveal(), work.salt, key_size));
        return check_of(Secret{aes256_ctr(key, work.signer_key)}, work.sealed);
    }
    Proof operator()(const Argon2Work& work) const {
        CS_TRY(const Secret made,
               argon2(work.cost, {.password = password.reveal(), .salt = work.salt, .secret = {}, .data = {}},
                      work.key.size()));
        return check_of(made, work.key);
    }
    Proof operator()(const PhpassWork& work) const {
        const Secret made = iterated_md5(work.rounds_log2, work.salt, password.reveal());
        return check_of(phpass_text(made.reveal()), work.text);
    }
    Proof operator()(const DigestWork& work) const {
        return check_of(digest_of_parts(work.digest, {work.before, password.reveal(), work.after}), work.expected);
    }
    Proof operator()(const MacWork& work) const {
        return check_of(hmac(work.digest, work.key, password.reveal()), work.expected);
    }
    /// RFC 5802 §3.
    Proof operator()(const ScramWork& work) const {
        const Secret salted = pbkdf2(D::sha256, password.reveal(), work.salt, work.rounds, digest_size(D::sha256));
        const Secret client = hmac(D::sha256, salted.reveal(), bytes_of("Client Key"));
        const Secret server = hmac(D::sha256, salted.reveal(), bytes_of("Server Key"));
        const PasswordCheck of_client = check_of(digest_of_parts(D::sha256, {client.reveal()}), work.stored_key);
        return check_of(server, work.server_key) == PasswordCheck::match ? of_client : PasswordCheck::mismatch;
    }
    Proof operator()(const LockedWork&) const { return PasswordCheck::mismatch; }
};

}    // namespace

const ForeignScheme* find_scheme(std::string_view stored) {
    const auto* const found =
        std::ranges::find_if(schemes, [stored](const ForeignScheme& row) { return stored.starts_with(row.prefix); });
    return found == std::ranges::end(schemes) ? nullptr : found;
}

Result<ForeignHash> read_foreign_hash(std::string_view stored) {
    if (stored.size() > longest_stored) return fail(Code::password_hash_unreadable, longest_stored, stored.size());
    const ForeignScheme* row = find_scheme(stored);
    if (row == nullptr) return fail(Code::password_hash_unreadable, "a known scheme", stored.size());
    return row->read(*row, stored);
}

Result<ForeignHash> read_wrapped(const ForeignScheme& row, std::string_view stored) {
    const std::string_view inner = stored.substr(row.prefix.size());
    if (!inner.starts_with('$')) return fail(Code::password_hash_unreadable, row.prefix, "no hash behind it");
    CS_TRY(ForeignHash hash, read_foreign_hash(inner));
    hash.cost_end += row.prefix.size();
    return hash;
}

Result<ForeignHashFacts> parse_foreign_hash(std::string_view stored) {
    CS_TRY(const ForeignHash hash, read_foreign_hash(stored));
    return ForeignHashFacts{.scheme = hash.scheme->name,
                            .strength = hash.cost < hash.scheme->floor ? Strength::weak : Strength::sound,
                            .weight = hash.cost == 0 ? Weight::light : Weight::heavy,
                            .memory = hash.memory,
                            .cost_end = hash.cost_end};
}

Result<PasswordCheck> verify_foreign_hash(std::string_view stored, std::string_view password) {
    CS_TRY(const ForeignHash hash, read_foreign_hash(stored));
    const Secret text = prepared(hash, password);
    return std::visit(Prove{text}, hash.work);
}

Known known_foreign(std::string_view stored) { return find_scheme(stored) == nullptr ? Known::no : Known::yes; }

}    // namespace countersign::crypto
