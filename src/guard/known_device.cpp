#include "guard/known_device.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace countersign::guard {
namespace {

constexpr std::size_t id_size = sizeof(KnownAccount::id), account_size = sizeof(KnownAccount::account);
constexpr std::size_t time_size = 5;    // seconds since 1970, big-endian
constexpr std::size_t entry_size = id_size + account_size + time_size;

std::int64_t seconds_of(std::span<const std::byte> bytes) {
    std::int64_t seconds = 0;
    for (const std::byte byte : bytes) seconds = (seconds << 8) | std::to_integer<std::int64_t>(byte);
    return seconds;
}

KnownAccount account_of(std::span<const std::byte> bytes) {
    KnownAccount out{};
    std::ranges::copy(bytes.first(id_size), out.id.begin());
    std::ranges::copy(bytes.subspan(id_size, account_size), out.account.begin());
    out.expires_at = Instant::from_unix(Seconds{seconds_of(bytes.last(time_size))});
    return out;
}

std::array<std::byte, account_size> tag_of(const crypto::HmacKey& key, std::string_view account) {
    const crypto::Sha256 mac = key.mac(bytes_of(account));
    std::array<std::byte, account_size> tag{};
    std::copy_n(mac.begin(), tag.size(), tag.begin());
    return tag;
}

/// Of the first key that it is signed with.
std::optional<std::string> open(const crypto::HmacKeys& keys, std::string_view text, std::string_view name) {
    for (const crypto::HmacKey& key : keys.all()) {
        Result<std::string> opened = crypto::open_signed_value(key, text, name);
        if (opened.ok()) return *std::move(opened);
    }
    return std::nullopt;
}

/// For this host alone, whatever is said of the others: a second cookie that a neighbour domain plants would take away
/// what the first one is worth (CKY-01).
http::CookieForm form_of(CookieRules rules) {
    if (rules.demand == NamePrefix::secure) rules.demand = NamePrefix::host;
    http::CookieForm form = cookie_form(rules, "known_device");
    form.attributes.domain.clear();
    form.attributes.path = "/";
    form.attributes.http_only = http::CookieAttributes::Flag::on;
    return form;
}

}    // namespace

std::optional<KnownAccounts> parse_known_accounts(std::string_view text) {
    constexpr std::size_t longest = (most_known_accounts * entry_size * 4 + 2) / 3;
    if (text.empty() || text.size() > longest) return std::nullopt;
    const std::optional<Bytes> bytes = parse_base64url(text);
    if (!bytes || bytes->size() % entry_size != 0) return std::nullopt;
    KnownAccounts accounts;
    for (std::size_t at = 0; at < bytes->size(); at += entry_size) {
        accounts.push_back(account_of(std::span{*bytes}.subspan(at, entry_size)));
    }
    return accounts;
}

std::string known_accounts_text(const KnownAccounts& accounts) {
    Bytes bytes;
    for (const KnownAccount& each : accounts) {
        bytes.insert(bytes.end(), each.id.begin(), each.id.end());
        bytes.insert(bytes.end(), each.account.begin(), each.account.end());
        const std::int64_t seconds = each.expires_at.unix_seconds();
        for (std::size_t i = time_size; i-- > 0;) bytes.push_back(static_cast<std::byte>(seconds >> (8 * i)));
    }
    return base64url(bytes);
}

KnownDevices::KnownDevices(const CookieRules& rules, Seconds life, crypto::HmacKeys keys, crypto::HmacKeys account_keys,
                           Random& random)
    : form_{form_of(rules)},
      life_{life},
      keys_{std::move(keys)},
      account_keys_{std::move(account_keys)},
      random_{&random} {}

/// Whatever is not ours, or came twice, is as nothing.
KnownAccounts KnownDevices::read(const http::RequestView& request, Instant now) const {
    const auto sent = http::find_cookie(request, form_.name);
    if (!sent.ok() || !*sent) return {};
    const std::optional<std::string> text = open(keys_, **sent, form_.name);
    if (!text) return {};
    KnownAccounts accounts = parse_known_accounts(*text).value_or(KnownAccounts{});
    std::erase_if(accounts, [&](const KnownAccount& each) { return each.expires_at <= now; });
    return accounts;
}

std::optional<KnownAccount> KnownDevices::find(const http::RequestView& request, std::string_view account,
                                               Instant now) const {
    const KnownAccounts accounts = read(request, now);
    for (const crypto::HmacKey& key : account_keys_.all()) {
        const auto found = std::ranges::find(accounts, tag_of(key, account), &KnownAccount::account);
        if (found != accounts.end()) return *found;
    }
    return std::nullopt;
}

void KnownDevices::append(http::Response& answer, const http::RequestView& request, std::string_view account,
                          Instant now) const {
    KnownAccounts accounts = read(request, now);
    KnownAccount made{.id = {}, .account = tag_of(account_keys_.current(), account), .expires_at = now + life_};
    random_->fill(made.id);
    for (const crypto::HmacKey& key : account_keys_.all()) {
        std::erase_if(accounts, [tag = tag_of(key, account)](const KnownAccount& each) { return each.account == tag; });
    }
    accounts.insert(accounts.begin(), made);
    if (accounts.size() > most_known_accounts) accounts.resize(most_known_accounts);
    const std::string value = crypto::sign_value(keys_.current(), known_accounts_text(accounts), form_.name);
    answer.set_cookies.push_back(http::set_cookie(form_, value, life_));
}

}    // namespace countersign::guard
