#include "identity/kept_verifications.hpp"

#include "base/json.hpp"

namespace countersign::identity {
namespace {

using storage::KeyValues;

constexpr int most_attempts = 1000;    // each is lost to another writer who got on

std::string key_of(std::string_view identifier) { return "verification:" + std::string{identifier}; }
std::string holder_key(std::string_view holder) { return "verification-of:" + std::string{holder}; }

std::string text_of_value(const KeptVerifications::Value& value) {
    std::string text;
    json::Writer out{text};
    out.begin_object();
    if (!value.id.empty()) out.key("id").value(value.id);
    out.key("identifier").value(value.identifier);
    out.key("value").value(value.value);
    out.key("expiresAt").value(value.expires_at);
    out.key("createdAt").value(value.created_at);
    out.key("updatedAt").value(value.created_at);
    out.end_object();
    return text;
}

std::vector<std::string> identifiers_in(const std::optional<std::string>& text) {
    std::vector<std::string> all;
    std::string_view rest = text ? std::string_view{*text} : std::string_view{};
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        all.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return all;
}

}    // namespace

std::optional<KeptVerifications::Value> KeptVerifications::value_in(const std::optional<std::string>& text) const {
    if (!text) return std::nullopt;
    const Result<json::Value> value = json::parse(*text);
    if (!value.ok()) return std::nullopt;
    const auto created = value->date("createdAt"), expires = value->date("expiresAt");
    if (!created || !expires || *expires <= clock_->now()) return std::nullopt;
    return Value{.id = std::string{value->text("id")},
                 .identifier = std::string{value->text("identifier")},
                 .value = std::string{value->text("value")},
                 .created_at = *created,
                 .expires_at = *expires};
}

Result<void> KeptVerifications::put(const Value& value) {
    return store_->set(key_of(value.identifier), text_of_value(value),
                       std::chrono::floor<Seconds>(value.expires_at - clock_->now()));
}

/// Of two at once the later one stays alone: whoever takes a place takes out what stood there.
Result<void> KeptVerifications::put_newest(const Value& value, std::string_view holder) {
    CS_CHECK(put(value));
    const std::string key = holder_key(holder);
    const Seconds left = std::chrono::floor<Seconds>(value.expires_at - clock_->now());
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        CS_TRY(const std::optional<std::string> before, store_->get(key));
        CS_TRY(const KeyValues::Replaced replaced, store_->replace(key, before, value.identifier, left));
        if (replaced == KeyValues::Replaced::no) continue;
        return before && *before != value.identifier ? remove(*before) : Result<void>{};
    }
    return fail(Code::storage_unavailable, "a moment without other writers", most_attempts);
}

Result<void> KeptVerifications::put_beside(const Value& value, std::string_view holder) {
    CS_CHECK(put(value));
    const std::string key = holder_key(holder);
    const Seconds left = std::chrono::floor<Seconds>(value.expires_at - clock_->now());
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        CS_TRY(const std::optional<std::string> before, store_->get(key));
        std::string all = value.identifier;
        for (const std::string& identifier : identifiers_in(before)) {
            CS_TRY(const std::optional<Value> alive, find(identifier));
            if (alive && identifier != value.identifier) all += "\n" + identifier;
        }
        CS_TRY(const KeyValues::Replaced replaced, store_->replace(key, before, all, left));
        if (replaced == KeyValues::Replaced::yes) return {};
    }
    return fail(Code::storage_unavailable, "a moment without other writers", most_attempts);
}

Result<void> KeptVerifications::put_nothing(const Value& value, std::optional<std::string_view> holder) {
    CS_CHECK(holder ? put_newest(value, *holder) : put(value));
    CS_CHECK(remove(value.identifier));
    return holder ? store_->remove(holder_key(*holder)) : Result<void>{};
}

Result<std::optional<KeptVerifications::Value>> KeptVerifications::find(std::string_view identifier) {
    CS_TRY(const std::optional<std::string> text, store_->get(key_of(identifier)));
    return value_in(text);
}

Result<std::optional<KeptVerifications::Value>> KeptVerifications::take(storage::Tx& tx, std::string_view identifier) {
    const std::string key = key_of(identifier);
    CS_TRY(const std::optional<std::string> text, store_->get_and_remove(key));
    std::optional<Value> taken = value_in(text);
    if (!taken) return std::optional<Value>{};
    tx.after_rollback([this, key, text, ends = taken->expires_at]() -> Result<void> {
        const Seconds left = std::chrono::floor<Seconds>(ends - clock_->now());
        CS_TRY([[maybe_unused]] const KeyValues::Replaced back, store_->replace(key, std::nullopt, text, left));
        return {};
    });
    return taken;
}

Result<void> KeptVerifications::remove(std::string_view identifier) { return store_->remove(key_of(identifier)); }

Result<void> KeptVerifications::remove_of(std::string_view holder) {
    CS_TRY(const std::optional<std::string> all, store_->get_and_remove(holder_key(holder)));
    for (const std::string& identifier : identifiers_in(all)) CS_CHECK(remove(identifier));
    return {};
}

Result<void> KeptVerifications::remove_since(std::string_view holder, Instant since) {
    CS_TRY(const std::optional<std::string> all, store_->get(holder_key(holder)));
    for (const std::string& identifier : identifiers_in(all)) {
        CS_TRY(const std::optional<Value> value, find(identifier));
        if (value && value->created_at > since) CS_CHECK(remove(identifier));
    }
    return {};
}

}    // namespace countersign::identity
