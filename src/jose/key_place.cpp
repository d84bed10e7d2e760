#include "jose/key_place.hpp"

#include "base/url.hpp"
#include "jose/cache_control.hpp"

namespace countersign::jose {
namespace {

// Together no more than key_fetch_time.
constexpr std::array metadata_times{Seconds{2}, Seconds{1}};
constexpr Seconds keys_after_metadata{2};
static_assert(metadata_times[0] + metadata_times[1] + keys_after_metadata == key_fetch_time);

constexpr int http_ok = 200;

std::string lower(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string header(const FetchResponse& answer, std::string_view name) {
    std::string out;
    for (const auto& [given, value] : answer.headers) {
        if (lower(given) == name) out += (out.empty() ? "" : ",") + value;
    }
    return out;
}

/// `application/json` or a `+json` key-set type, whatever its parameters are.
Result<void> check_media_type(const FetchResponse& answer) {
    const std::string given = header(answer, "content-type");
    std::string type = lower(std::string_view{given}.substr(0, given.find(';')));
    type.erase(type.find_last_not_of(" \t") + 1);
    if (type == "application/json" || type == "application/jwk-set+json") return {};
    return fail(Code::jwks_answer_refused, "application/json", given);
}

Seconds life_of(const FetchResponse& answer, const RemoteTimes& times) {
    const CacheControl said = parse_cache_control(header(answer, "cache-control"));
    if (!said.is_kept) return times.min_life;
    return std::clamp(said.max_age.value_or(times.default_life), times.min_life, times.max_life);
}

/// In the words of key sets; what has none keeps its own.
AuthError as_key_error(const AuthError& error) {
    if (error.code() == Code::fetch_failed || error.code() == Code::fetch_timeout)
        return AuthError{Code::jwks_unreachable, {}, error.found().empty() ? Fact{error.label()} : error.found()};
    if (error.code() == Code::fetch_tls_untrusted) return AuthError{Code::jwks_tls_untrusted};
    return error;
}

}    // namespace

Result<void> RemoteTimes::check() const {
    const auto in_order = {Seconds{1}, min_life, default_life, max_life, max_age};
    if (!std::ranges::is_sorted(in_order)) return fail(Code::policy_invalid, "min_life <= life <= max_life <= max_age");
    if (cool_down < Seconds{1} || retry < Seconds{1} || metadata_life < Seconds{1})
        return fail(Code::policy_invalid, "a second at least", "cool_down, retry or metadata_life");
    return {};
}

Result<KeyPlace> KeyPlace::key_set(std::string url, std::optional<PlainHttp> plain_http) {
    CS_CHECK(check_key_url(url, plain_http));
    KeyPlace out;
    out.url_ = std::move(url);
    out.plain_http_ = std::move(plain_http);
    return out;
}

Result<KeyPlace> KeyPlace::discovery(std::string issuer, std::optional<PlainHttp> plain_http) {
    KeyPlace out;
    CS_TRY(out.metadata_urls_, metadata_urls(issuer, plain_http));
    out.issuer_ = std::move(issuer);
    out.plain_http_ = std::move(plain_http);
    return out;
}

std::string KeyPlace::recordable_text() const { return recordable(issuer_.empty() ? url_ : issuer_); }

Result<FetchResponse> KeyPlace::ask(Fetch& fetch, const std::string& url, UrlSource source, Seconds time) const {
    Result<FetchResponse> answer = fetch.fetch({.url = url,
                                                .source = source,
                                                .plain_http = plain_http_,
                                                .headers = {{"accept", "application/json, application/jwk-set+json"}},
                                                .timeout = time,
                                                .max_bytes = max_key_set_size});
    if (!answer.ok()) return fail(as_key_error(answer.error()));
    if (answer->status != http_ok) return fail(Code::jwks_answer_refused, http_ok, answer->status);
    CS_CHECK(check_media_type(*answer));
    if (answer->body.size() > max_key_set_size)
        return fail(Code::jwks_answer_refused, max_key_set_size, answer->body.size());
    return answer;
}

/// How much time the keys have left.
Result<Seconds> KeyPlace::discover(Fetch& fetch, const RemoteTimes& times, Instant now) {
    if (discovered_ && now >= *discovered_ && now - *discovered_ < times.metadata_life) return key_fetch_time;
    std::optional<AuthError> refused;
    for (std::size_t i = 0; i < metadata_urls_.size(); ++i) {
        const auto answer = ask(fetch, metadata_urls_[i], UrlSource::operator_configured, metadata_times[i]);
        if (answer.ok()) {
            CS_TRY(Metadata said, parse_metadata(answer->body, issuer_, plain_http_));
            source_ = said.source;
            url_ = std::move(said.jwks_uri);
            discovered_ = now;
            return keys_after_metadata;
        }
        if (!refused) refused = answer.error();
        if (answer.error().code() != Code::jwks_answer_refused) break;    // down, and not just without this document
    }
    return fail(*refused);
}

Result<KeyPlace::Published> KeyPlace::load(Fetch& fetch, const KeyTerms& terms, Instant now) {
    Seconds left = key_fetch_time;
    if (!issuer_.empty()) {
        CS_TRY(left, discover(fetch, terms.times, now));
    }
    auto answer = ask(fetch, url_, source_, left);
    if (!answer.ok()) {
        discovered_.reset();    // the address may have moved
        return fail(std::move(answer).error());
    }
    CS_TRY(const KeySet set, KeySet::parse(answer->body, terms.permitted, terms.open));
    return Published{.text = std::move(answer->body),
                     .life = life_of(*answer, terms.times),
                     .passed_over = {set.passed_over().begin(), set.passed_over().end()}};
}

}    // namespace countersign::jose
