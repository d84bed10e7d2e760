#include "app/secret_ages.hpp"

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "storage/cells.hpp"
#include "storage/statements.hpp"

namespace countersign::app {
namespace {

namespace st = storage::statements;

/// What the table knows a secret by: a MAC under a key that is made for nothing else, so that it helps nobody to guess
/// a cookie's.
std::string row_name(const Secret& secret) {
    const crypto::HmacKey key{crypto::purpose_key(secret, "secret-age").reveal()};
    const crypto::Sha256 mac = key.mac(bytes_of(std::string_view{"first use"}));
    return "secret:" + hex(std::span{mac}.first(16));
}

Result<Instant> first_use(storage::Tx& tx, const Secret& secret, Instant now) {
    const storage::Value id = row_name(secret);
    CS_TRY(const std::optional<storage::Row> row, tx.find_one(st::meta_by_id, {&id, 1}));
    if (!row) {
        CS_CHECK(tx.create(st::meta_create, storage::Row{id, to_iso8601(now)}));
        return now;
    }
    CS_TRY(const std::string text, storage::cell<std::string>(*row, 1));
    const std::optional<Instant> since = parse_iso8601(text);
    if (!since) return fail(Code::storage_corrupt, "a date", std::get<std::string>(id));
    return *since;
}

std::string version_of(const crypto::Keyring& secrets, const Secret& secret) {
    const std::optional<std::uint32_t> version = secrets.version_of(secret);
    return version ? std::to_string(*version) : "none";
}

}    // namespace

Result<SecretAges> SecretAges::read(storage::Storage& storage, const crypto::Keyring& secrets, Instant now) {
    SecretAges ages;
    CS_CHECK(storage.transact([&](storage::Tx& tx) -> Result<void> {
        ages.ages_.clear();
        for (const Secret* secret : secrets.all()) {
            CS_TRY(const Instant since, first_use(tx, *secret, now));
            ages.ages_.push_back({version_of(secrets, *secret), since});
        }
        return {};
    }));
    return ages;
}

void SecretAges::expose(http::Exposition& out, Instant now) const {
    out.family("countersign_secret_age_seconds", http::Exposition::Kind::gauge,
               "Since an application secret was first used with this database.");
    for (std::size_t i = 0; i < ages_.size(); ++i) {
        const std::string_view use = i == 0 ? "current" : "older";
        const Milliseconds age = std::max(now - ages_[i].since, Milliseconds{0});
        out.sample({{"version", ages_[i].version}, {"use", use}}, static_cast<double>(age.count()) / 1000.0);
    }
}

}    // namespace countersign::app
