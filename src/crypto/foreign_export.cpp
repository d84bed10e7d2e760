#include "crypto/foreign_export.hpp"

#include <algorithm>
#include <bit>

#include "base/encoding.hpp"

namespace countersign::crypto {
namespace {

std::unexpected<AuthError> refused(std::string_view expected) { return fail(Code::password_hash_unreadable, expected); }

/// The member at the end of the path, which must be text.
Result<std::string> text_at(const json::Value& from, std::initializer_list<std::string_view> path) {
    const json::Value* at = &from;
    for (const std::string_view name : path)
        if (at != nullptr) at = at->find(name);
    const std::string* text = at == nullptr ? nullptr : at->as_string();
    if (text == nullptr) return refused(*std::prev(path.end()));
    return *text;
}
Result<std::int64_t> number_at(const json::Value& from, std::string_view name) {
    const json::Value* found = from.find(name);
    const std::int64_t* number = found == nullptr ? nullptr : found->as_integer();
    if (number == nullptr || *number < 0) return refused(name);
    return *number;
}
std::string text_or(const json::Value& from, std::initializer_list<std::string_view> path, std::string_view otherwise) {
    const Result<std::string> found = text_at(from, path);
    return found.ok() ? *found : std::string{otherwise};
}

/// base64 as PHC strings have it.
std::string phc(std::span<const std::byte> bytes) {
    std::string text = base64(bytes);
    while (text.ends_with('=')) text.pop_back();
    return text;
}
Result<std::string> phc_of_base64(const std::string& text) {
    const std::optional<Bytes> bytes = parse_base64(text);
    if (!bytes) return refused("base64");
    return phc(*bytes);
}

bool is_hex_of(std::string_view text, std::size_t size) {
    return text.size() == size && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}
constexpr std::size_t md5_hex = 32, des_text = 13;

Result<std::string> text_itself(const json::Value& exported) {
    CS_TRY(std::string stored, text_at(exported, {"stored"}));
    if (is_hex_of(stored, md5_hex)) return "md5$$" + stored;                         // WordPress, Django
    if (stored.size() == des_text && stored[0] != '{') return "{CRYPT}" + stored;    // DES
    return stored;
}

Result<std::string> from_devise(const json::Value& exported) {
    CS_TRY(const std::string stored, text_at(exported, {"stored"}));
    const std::string pepper = text_or(exported, {"params", "pepper"}, "");
    return pepper.empty() ? stored : "$bcrypt-peppered$" + base64url(bytes_of(pepper)) + stored;
}

Result<std::string> from_firebase(const json::Value& exported) {
    const json::Value* params = exported.find("params");
    if (params == nullptr) return refused("params");
    CS_TRY(const std::int64_t n_log2, number_at(*params, "mem_cost"));
    CS_TRY(const std::int64_t r, number_at(*params, "rounds"));
    CS_TRY(const std::string separator, text_at(*params, {"base64_salt_separator"}));
    CS_TRY(const std::string signer, text_at(*params, {"base64_signer_key"}));
    CS_TRY(const std::string salt, text_at(*params, {"salt"}));
    CS_TRY(const std::string stored, text_at(exported, {"stored"}));
    return "$fbscrypt$v=1,n=" + std::to_string(n_log2) + ",r=" + std::to_string(r) + ",p=1,ss=" + separator +
           ",sk=" + signer + "$" + salt + "$" + stored;
}

/// The two members that Keycloak writes as JSON inside of JSON.
Result<json::Value> inner_object(const json::Value& from, std::string_view name) {
    const json::Value* found = from.find(name);
    if (found == nullptr) return refused(name);
    if (found->as_object() != nullptr) return *found;
    if (found->as_string() == nullptr) return refused(name);
    auto parsed = json::parse(*found->as_string());
    if (!parsed.ok()) return refused(name);
    return *std::move(parsed);
}

/// Keycloak keeps further parameters as lists of one text.
std::string additional(const json::Value& credential, std::string_view name, std::string_view otherwise) {
    const json::Value* all = credential.find("additionalParameters");
    const json::Value* found = all == nullptr ? nullptr : all->find(name);
    const json::Array* list = found == nullptr ? nullptr : found->as_array();
    const std::string* text = list == nullptr || list->size() != 1 ? nullptr : list->front().as_string();
    return text == nullptr ? std::string{otherwise} : *text;
}

Result<std::string> from_keycloak(const json::Value& exported) {
    const json::Value* stored = exported.find("stored");
    if (stored == nullptr) return refused("stored");
    CS_TRY(const json::Value secret, inner_object(*stored, "secretData"));
    CS_TRY(const json::Value credential, inner_object(*stored, "credentialData"));
    CS_TRY(const std::string salt, phc_of_base64(text_or(secret, {"salt"}, "?")));
    CS_TRY(const std::string value, phc_of_base64(text_or(secret, {"value"}, "?")));
    CS_TRY(const std::string algorithm, text_at(credential, {"algorithm"}));
    CS_TRY(const std::int64_t rounds, number_at(credential, "hashIterations"));
    const std::string hash = salt + "$" + value;
    if (algorithm == "argon2") {
        const std::string version = additional(credential, "version", "1.3") == "1.0" ? "16" : "19";
        return "$argon2" + additional(credential, "type", "id") + "$v=" + version +
               "$m=" + additional(credential, "memory", "") + ",t=" + std::to_string(rounds) +
               ",p=" + additional(credential, "parallelism", "1") + "$" + hash;
    }
    if (!algorithm.starts_with("pbkdf2")) return refused("pbkdf2 or argon2");
    return "$" + algorithm + "$" + std::to_string(rounds) + "$" + hash;
}

Result<Bytes> bytes_encoded(const std::string& text, std::string_view encoding) {
    if (encoding == "utf8") return Bytes{bytes_of(text).begin(), bytes_of(text).end()};
    const std::optional<Bytes> bytes = encoding == "hex" ? parse_hex(text) : parse_base64(text);
    if (!bytes || (encoding != "hex" && encoding != "base64")) return refused("utf8, hex or base64");
    return *bytes;
}
Result<Bytes> value_of(const json::Value& from, std::string_view member) {
    CS_TRY(const std::string text, text_at(from, {member, "value"}));
    return bytes_encoded(text, text_or(from, {member, "encoding"}, "utf8"));
}

Result<std::string> auth0_scrypt(const json::Value& custom) {
    CS_TRY(const Bytes key, value_of(custom, "hash"));
    CS_TRY(const Bytes salt, value_of(custom, "salt"));
    CS_TRY(const std::int64_t n, number_at(custom, "cost"));
    CS_TRY(const std::int64_t r, number_at(custom, "blockSize"));
    CS_TRY(const std::int64_t p, number_at(custom, "parallelization"));
    const auto cost = static_cast<std::uint64_t>(n);
    if (!std::has_single_bit(cost)) return refused("a cost that is a power of two");
    return "$scrypt$ln=" + std::to_string(std::countr_zero(cost)) + ",r=" + std::to_string(r) +
           ",p=" + std::to_string(p) + "$" + phc(salt) + "$" + phc(key);
}

Result<std::string> auth0_hmac(const json::Value& custom) {
    CS_TRY(const Bytes mac, value_of(custom, "hash"));
    CS_TRY(const std::string digest, text_at(custom, {"hash", "digest"}));
    const json::Value& hash = *custom.find("hash");
    CS_TRY(const Bytes key, value_of(hash, "key"));
    return "$hmac$" + digest + "$" + base64url(key) + "$" + base64url(mac);
}

Result<std::string> auth0_digest(const json::Value& custom, const std::string& digest) {
    CS_TRY(const Bytes hash, value_of(custom, "hash"));
    Bytes salt;
    if (custom.find("salt") != nullptr) {
        CS_TRY(salt, value_of(custom, "salt"));
    }
    const bool behind = text_or(custom, {"salt", "position"}, "prefix") == "suffix";
    const std::string text = base64url(salt);
    return "$digest$" + digest + "$" + (behind ? "$" + text : text + "$") + "$" + base64url(hash);
}

Result<std::string> from_auth0(const json::Value& exported) {
    const json::Value* stored = exported.find("stored");
    if (stored == nullptr) return refused("stored");
    if (stored->find("passwordHash") != nullptr) return text_at(*stored, {"passwordHash"});
    const json::Value* custom = stored->find("custom_password_hash");
    if (custom == nullptr) return refused("passwordHash or custom_password_hash");
    CS_TRY(const std::string algorithm, text_at(*custom, {"algorithm"}));
    if (algorithm == "scrypt") return auth0_scrypt(*custom);
    if (algorithm == "hmac") return auth0_hmac(*custom);
    constexpr std::string_view digests[]{"md5", "sha1", "sha256", "sha512"};
    if (std::ranges::find(digests, algorithm) != std::ranges::end(digests)) return auth0_digest(*custom, algorithm);
    return text_at(*custom, {"hash", "value"});    // argon2, bcrypt, ldap, pbkdf2: the text says what it is
}

struct ExportRow {
    std::string_view scheme;
    Result<std::string> (*join)(const json::Value& exported);
};
constexpr ExportRow rows[]{
    {"auth0", from_auth0},
    {"devise", from_devise},
    {"keycloak", from_keycloak},
    {"firebase-scrypt", from_firebase},
};

}    // namespace

Result<ImportedHash> parse_exported_hash(const json::Value& exported) {
    const std::string scheme = text_or(exported, {"scheme"}, "");
    const auto* const row = std::ranges::find(rows, scheme, &ExportRow::scheme);
    CS_TRY(std::string stored, row == std::ranges::end(rows) ? text_itself(exported) : row->join(exported));
    CS_TRY(const StoredHash facts, parse_stored_hash(stored));
    return ImportedHash{.stored = std::move(stored), .facts = facts};
}

}    // namespace countersign::crypto
