#include "token/keys.hpp"

#include "jose/jws.hpp"
#include "storage/row_ids.hpp"
#include "storage/statements.hpp"

namespace countersign::token {
namespace {

namespace st = storage::statements;
constexpr Seconds pause_after_failure{60};

}    // namespace

events::Event SigningKeys::event_of(events::Kind kind, const StoredKey& key) const {
    return {.kind = kind, .at = clock_->now(), .detail = "kid=" + key.id.text() + " alg=" + key.algorithm};
}

Result<KeyRing> SigningKeys::load(storage::Rows& rows) const {
    CS_TRY(const std::vector<storage::Row> found, rows.find_many(st::jwks_all, {}));
    std::vector<StoredKey> keys;
    keys.reserve(found.size());
    for (const storage::Row& row : found) {
        CS_TRY(StoredKey key, key_from_row(row, options_.algorithm));
        keys.push_back(std::move(key));
    }
    return KeyRing{std::move(keys), options_, clock_->now()};
}

Result<KeyRing> SigningKeys::look() const {
    storage::Rows reader = storage_->reader();
    return load(reader);
}

/// The ring with the key that was due. One that cannot be made is no reason not to sign with the present one.
Result<KeyRing> SigningKeys::keep_up(KeyRing ring) {
    if (ring.next() == Next::not_yet) return ring;
    if (const Result<void> made = make_next({.why = Why::due, .when = Takeover::when_published}); !made.ok()) {
        if (ring.signer() == nullptr) return fail(made.error());
        log_->event(Level::error, "signing_key.not_made", {{"why", made.error().detail()}});
        return ring;
    }
    return look();
}

Result<std::optional<std::string>> SigningKeys::published(Effort effort) {
    CS_TRY(KeyRing ring, look());
    if (effort == Effort::small && ring.next() == Next::wanted) return std::optional<std::string>{};
    CS_TRY(ring, keep_up(std::move(ring)));
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("keys").begin_array();
    for (const StoredKey& key : ring.keys()) {
        if (ring.state_of(key) != KeyState::retired) CS_CHECK(write_public_key(out, key));
    }
    out.end_array();
    out.end_object();
    return std::optional<std::string>{std::move(text)};
}

Result<std::optional<StoredKey>> SigningKeys::signer(Effort effort) {
    CS_TRY(KeyRing ring, look());
    if (effort == Effort::small && ring.next() == Next::wanted) return std::optional<StoredKey>{};
    CS_TRY(ring, keep_up(std::move(ring)));
    if (ring.signer() == nullptr) return fail(Code::storage_unavailable, "a signing key", "none after making one");
    return std::optional<StoredKey>{*ring.signer()};
}

/// Another thread or process was first.
bool SigningKeys::is_needless(const KeyRing& ring, Plan plan) {
    if (plan.why == Why::due) return ring.next() == Next::not_yet;
    return plan.when == Takeover::when_published && ring.successor() != nullptr;
}

Result<void> SigningKeys::make_next(Plan plan) {
    const std::scoped_lock held{making_};
    CS_TRY(const KeyRing ring, look());
    if (is_needless(ring, plan)) return {};
    const Instant now = clock_->now();
    const bool urgent = plan.why == Why::asked || ring.signer() == nullptr;
    if (!urgent && failed_ && now < *failed_ + pause_after_failure) return {};
    Result<void> made = make_and_put(plan);
    failed_ = made.ok() ? std::nullopt : std::optional{now};
    return made;
}

Result<void> SigningKeys::make_and_put(Plan plan) {
    // Not inside the transaction: a large RSA key takes a second.
    CS_TRY(StoredKey key, generate_key(options_.algorithm, options_.rsa_bits, options_.at_rest, *secrets_, *random_));
    std::optional<Instant> takeover;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        CS_TRY(takeover, put(tx, key, plan));
        if (takeover && journal_ != nullptr) journal_->write(tx, event_of(events::Kind::key_made, key));
        return {};
    }));
    if (takeover && journal_ != nullptr) journal_->tell(event_of(events::Kind::key_made, key));
    if (takeover)
        log_->event(Level::info, "signing_key.made",
                    {{"kid", key.id.text()}, {"alg", key.algorithm}, {"signs_from", to_iso8601(*takeover)}});
    return {};
}

Result<std::optional<Instant>> SigningKeys::put(storage::Tx& tx, StoredKey& key, Plan plan) const {
    CS_TRY(const KeyRing ring, load(tx));
    if (is_needless(ring, plan)) return std::optional<Instant>{};
    const Instant takeover = ring.takeover(plan.when);
    for (const StoredKey* old : ring.replaced(plan.when)) {
        const storage::Value end[]{takeover}, where[]{old->id.text()};
        CS_TRY([[maybe_unused]] const auto updated, tx.update(st::jwks_set_end, end, where));
    }
    key.created_at = clock_->now();
    // The newest of all, also beside a neighbour whose clock is ahead.
    if (!ring.keys().empty())
        key.created_at = std::max(key.created_at, ring.keys().back().created_at + Milliseconds{1});
    key.expires_at = ring.end_of_next(plan.when);
    CS_TRY(const std::string id, storage::row_id(tx, storage::jwks_table, *random_, options_.ids));
    key.id = KeyId{id};
    CS_CHECK(tx.create(st::jwks_create, row_from_key(key)));
    return std::optional{takeover};
}

Result<SigningKeys::Rotation> SigningKeys::rotate(Takeover when) {
    CS_TRY(const KeyRing before, look());
    if (const StoredKey* present = before.signer()) {
        CS_TRY([[maybe_unused]] const jose::SigningKey opened, open_key(*present, *secrets_));
    }
    CS_CHECK(make_next({.why = Why::asked, .when = when}));
    CS_TRY(const KeyRing after, look());
    const StoredKey* next = after.successor() != nullptr ? after.successor() : after.signer();
    if (next == nullptr) return fail(Code::storage_unavailable, "a signing key", "none after making one");
    const auto known = std::ranges::find(before.keys(), next->id, &StoredKey::id);
    const bool waits = next != after.signer();
    return Rotation{.key = *next,
                    .takeover = waits && after.signer()->expires_at ? *after.signer()->expires_at : clock_->now(),
                    .made = known == before.keys().end() ? Rotation::Made::now : Rotation::Made::before};
}

Result<std::optional<StoredKey>> SigningKeys::retire(const KeyId& id) {
    std::optional<StoredKey> found;
    CS_CHECK(storage_->transact([&](storage::Tx& tx) -> Result<void> {
        const storage::Value where[]{id.text()};
        CS_TRY(const std::optional<storage::Row> row, tx.consume_one(st::jwks_take, where));
        if (!row) return {};
        CS_TRY(found, key_from_row(*row, options_.algorithm));
        if (journal_ != nullptr) journal_->write(tx, event_of(events::Kind::key_retired, *found));
        return {};
    }));
    if (found && journal_ != nullptr) journal_->tell(event_of(events::Kind::key_retired, *found));
    if (found) log_->event(Level::warn, "signing_key.retired", {{"kid", found->id.text()}, {"alg", found->algorithm}});
    return found;
}

Result<std::string> SigningKeys::sign(const StoredKey& key, const UnsignedToken& token) {
    std::optional<OpenedKeys::Pin> pin = opened_.find(key.id);
    if (!pin) {
        CS_TRY(jose::SigningKey opened, open_key(key, *secrets_));
        pin.emplace(opened_.add(key.id, std::move(opened)));
    }
    return jose::sign_compact(pin->key(), bytes_of(token.claims()), {.typ = token.profile().type});
}

}    // namespace countersign::token
