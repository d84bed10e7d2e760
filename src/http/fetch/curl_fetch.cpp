#include "http/fetch/curl_fetch.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <mutex>

#include "base/url.hpp"
#include "base/version.hpp"

namespace countersign::http {
namespace {

using EasyPtr = std::unique_ptr<CURL, decltype([](CURL* handle) { curl_easy_cleanup(handle); })>;
using ListPtr = std::unique_ptr<curl_slist, decltype([](curl_slist* list) { curl_slist_free_all(list); })>;
using Moment = std::chrono::steady_clock::time_point;

constexpr int first_redirect = 300, first_refusal = 400;

/// The URL as it will be asked for: its authority in canonical form, and the rest as it was.
struct Target {
    Origin origin;
    std::string url;
};

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.contains(c);
    });
}

Result<Target> target_of(const FetchRequest& ask) {
    const std::optional<Origin> origin = parse_http_origin(ask.url);
    if (!origin || ask.url.contains('#')) return fail(Code::fetch_url_refused, "a plain URL", recordable(ask.url));
    if (origin->scheme != "https" && ask.source == UrlSource::data)
        return fail(Code::fetch_url_refused, "https", recordable(ask.url));
    const std::size_t authority = ask.url.find("://") + 3;
    const std::size_t path = std::min(ask.url.find_first_of("/?", authority), ask.url.size());
    const std::string_view rest = std::string_view{ask.url}.substr(path);
    return Target{.origin = *origin, .url = origin->text() + (rest.starts_with('/') ? "" : "/") + std::string{rest}};
}

Result<void> check_ask(const FetchRequest& ask) {
    if (ask.method != "GET" && ask.method != "POST") return fail(Code::fetch_url_refused, "GET or POST", ask.method);
    if (ask.timeout <= Seconds{0} || ask.timeout > max_fetch_time)
        return fail(Code::fetch_url_refused, "a time within bounds", ask.timeout.count());
    if (ask.max_bytes == 0) return fail(Code::fetch_url_refused, "a bound on the answer");
    for (const auto& [name, value] : ask.headers) {
        const bool plain = std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7F; });
        if (!is_token(name) || !plain) return fail(Code::fetch_url_refused, "a plain header", name);
    }
    return {};
}

Milliseconds left_until(Moment end) {
    return std::max(std::chrono::ceil<Milliseconds>(end - std::chrono::steady_clock::now()), Milliseconds{0});
}

/// One request on its way; what curl calls back into.
struct Exchange {
    const FetchRequest& ask;
    const std::vector<IpAddress>& pinned;
    FetchResponse answer;
    std::size_t header_bytes = 0;
    std::optional<AuthError> refused;    // why a callback stopped it

    static std::size_t take_body(const char* data, std::size_t one, std::size_t count, void* self);
    static std::size_t take_header(const char* data, std::size_t one, std::size_t count, void* self);
    static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
};

std::size_t Exchange::take_body(const char* data, std::size_t one, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t size = one * count;
    if (size > exchange.ask.max_bytes - exchange.answer.body.size()) {
        exchange.refused.emplace(Code::fetch_too_large, exchange.ask.max_bytes, "body");
        return CURL_WRITEFUNC_ERROR;
    }
    exchange.answer.body.append(data, size);
    return size;
}

std::size_t Exchange::take_header(const char* data, std::size_t one, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::size_t size = one * count;
    exchange.header_bytes += size;
    if (exchange.header_bytes > max_answer_header) {
        exchange.refused.emplace(Code::fetch_too_large, max_answer_header, "header");
        return CURL_WRITEFUNC_ERROR;
    }
    std::string_view line{data, size};
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) exchange.answer.headers.clear();    // the final answer after interim ones
    if (line.starts_with("HTTP/") || colon == std::string_view::npos) return size;
    std::string_view value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t") + 1);
    std::string name{line.substr(0, colon)};
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    exchange.answer.headers.emplace_back(std::move(name), value);
    return size;
}

/// The last word: the address that is really connected to, whatever led there.
curl_socket_t Exchange::open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(self);
    const std::optional<IpAddress> to = IpAddress::of(address->addr);
    const bool pinned = to && std::ranges::find(exchange.pinned, *to) != exchange.pinned.end();
    if (purpose != CURLSOCKTYPE_IPCXN || !pinned || !check_address(*to, exchange.ask).ok()) {
        exchange.refused.emplace(Code::fetch_address_refused, "one of the checked addresses", to ? to->text() : "");
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// `host:port:address,address`: curl looks nothing up.
std::string pin(const Origin& origin, std::span<const IpAddress> addresses) {
    std::string out = fmt::format("{}:{}:", origin.host, origin.port);
    for (const IpAddress& address : addresses) {
        if (out.back() != ':') out += ',';
        out += address.is_v4() ? address.text() : "[" + address.text() + "]";
    }
    return out;
}

AuthError error_of(CURLcode failed, const FetchRequest& ask) {
    switch (static_cast<int>(failed)) {
        case CURLE_OPERATION_TIMEDOUT:
            return AuthError{Code::fetch_timeout, ask.timeout.count(), "exchange"};
        case CURLE_FILESIZE_EXCEEDED:
            return AuthError{Code::fetch_too_large, ask.max_bytes, "body"};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return AuthError{Code::fetch_tls_untrusted, {}, recordable(ask.url)};
        default:
            return AuthError{Code::fetch_failed, {}, curl_easy_strerror(failed)};
    }
}

bool is_done(CURLcode code) { return code == CURLE_OK; }

/// Everything that could lead elsewhere is off: environment, files of the user, other protocols, redirects. Signals are
/// left alone: curl (since 7.87) writes to sockets without raising one.
bool is_confined(CURL* handle) {
    return is_done(curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https")) &&
           is_done(curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_PROXY, "")) &&
           is_done(curl_easy_setopt(handle, CURLOPT_NOPROXY, "*")) &&
           is_done(curl_easy_setopt(handle, CURLOPT_NETRC, long{CURL_NETRC_IGNORED})) &&
           is_done(curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1})) &&
           is_done(curl_easy_setopt(handle, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2})) &&
           is_done(curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L));
}

bool is_called_back(CURL* handle, Exchange& exchange) {
    return is_done(curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Exchange::take_body)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_WRITEDATA, &exchange)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Exchange::take_header)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_HEADERDATA, &exchange)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &Exchange::open_socket)) &&
           is_done(curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &exchange));
}

bool is_asked(CURL* handle, const FetchRequest& ask, const Target& target, curl_slist* headers) {
    bool fine = is_done(curl_easy_setopt(handle, CURLOPT_URL, target.url.c_str())) &&
                is_done(curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers)) &&
                is_done(curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(ask.max_bytes)));
    if (ask.method == "POST") {
        fine = fine && is_done(curl_easy_setopt(handle, CURLOPT_POST, 1L)) &&
               is_done(curl_easy_setopt(handle, CURLOPT_POSTFIELDS, ask.body.data())) &&
               is_done(curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(ask.body.size())));
    }
    return fine;
}

Result<ListPtr> headers_of(const FetchRequest& ask) {
    ListPtr list;
    const auto add = [&](const std::string& line) {
        curl_slist* longer = curl_slist_append(list.get(), line.c_str());
        if (longer == nullptr) return false;
        static_cast<void>(list.release());
        list.reset(longer);
        return true;
    };
    bool fine = add(fmt::format("User-Agent: countersign/{}", version())) && add("Expect:");
    for (const auto& [name, value] : ask.headers) fine = fine && add(fmt::format("{}: {}", name, value));
    if (!fine) return fail(Code::fetch_failed, "memory");
    return list;
}

}    // namespace

Result<void> check_address(const IpAddress& address, const FetchRequest& ask) {
    const Reach reach = reach_of(address);
    if (ask.source == UrlSource::data) {
        if (reach == Reach::public_) return {};
        return fail(Code::fetch_address_refused, "a public address", address.text());
    }
    const std::optional<Origin> origin = parse_http_origin(ask.url);
    if ((origin && origin->scheme == "https") || ask.plain_http || reach == Reach::loopback) return {};
    return fail(Code::fetch_address_refused, "loopback, as the URL is http", address.text());
}

CurlFetch::CurlFetch(Resolver& resolver, std::string ca_file) : resolver_{&resolver}, ca_file_{std::move(ca_file)} {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// One bad address spoils the name: a name that means both sides of a wall is not one to follow.
Result<std::vector<IpAddress>> CurlFetch::addresses_of(const std::string& host, const FetchRequest& ask,
                                                       Milliseconds time) {
    std::vector<IpAddress> found;
    if (const auto literal = IpAddress::parse(host)) {
        found.push_back(*literal);
    } else {
        CS_TRY(found, resolver_->resolve(host, time));
    }
    if (found.empty()) return fail(Code::fetch_failed, "an address", host);
    for (const IpAddress& address : found) CS_CHECK(check_address(address, ask));
    return found;
}

Result<FetchResponse> CurlFetch::fetch(const FetchRequest& ask) {
    const Moment end = std::chrono::steady_clock::now() + ask.timeout;
    CS_CHECK(check_ask(ask));
    CS_TRY(const Target target, target_of(ask));
    CS_TRY(const std::vector<IpAddress> pinned, addresses_of(target.origin.host, ask, left_until(end)));
    CS_TRY(const ListPtr headers, headers_of(ask));
    const ListPtr pins{curl_slist_append(nullptr, pin(target.origin, pinned).c_str())};
    const EasyPtr handle{curl_easy_init()};
    Exchange exchange{.ask = ask, .pinned = pinned};
    const bool is_name = !IpAddress::parse(target.origin.host);
    const Milliseconds left = std::max(left_until(end), Milliseconds{1});    // 0 would be no limit at all
    const bool fine = handle && pins && is_confined(handle.get()) && is_called_back(handle.get(), exchange) &&
                      is_asked(handle.get(), ask, target, headers.get()) &&
                      is_done(curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()))) &&
                      (!is_name || is_done(curl_easy_setopt(handle.get(), CURLOPT_RESOLVE, pins.get()))) &&
                      (ca_file_.empty() || is_done(curl_easy_setopt(handle.get(), CURLOPT_CAINFO, ca_file_.c_str())));
    if (!fine) return fail(Code::fetch_failed, "a handle");
    const CURLcode done = curl_easy_perform(handle.get());
    if (done != CURLE_OK) return fail(exchange.refused ? *exchange.refused : error_of(done, ask));
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.answer.status = static_cast<int>(status);
    if (status >= first_redirect && status < first_refusal)
        return fail(Code::fetch_redirect, "an answer", exchange.answer.status);
    return std::move(exchange.answer);
}

}    // namespace countersign::http
