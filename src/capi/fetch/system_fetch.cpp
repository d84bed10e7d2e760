#include <countersign/countersign-fetch.h>

#include <algorithm>

#include "capi/host.hpp"
#include "http/fetch/curl_fetch.hpp"

namespace countersign::capi {
namespace {

std::string copy(cs_text text) { return text.size == 0 ? std::string{} : std::string{text.data, text.size}; }

http::CurlFetch& ours() {
    static http::SystemResolver resolver;
    static http::CurlFetch fetch{resolver};
    return fetch;
}

int32_t number_of(Code cause) {
    const auto row = std::ranges::find(fetch_failures, cause, &FetchFailure::cause);
    return row == fetch_failures.end() ? CS_FETCH_FAILED : row->number;
}

int32_t fetch(const cs_fetch_request& request, cs_fetch_answer* answer) {
    FetchRequest ask{.url = copy(request.url),
                     .source = request.source == CS_URL_OF_OPERATOR ? UrlSource::operator_configured : UrlSource::data,
                     .timeout = std::chrono::duration_cast<Seconds>(Milliseconds{request.timeout_ms}),
                     .max_bytes = request.max_bytes};
    if (request.plain_http.size > 0) ask.plain_http = PlainHttp{copy(request.plain_http)};
    for (std::size_t i = 0; i < request.header_count; ++i)
        ask.headers.emplace_back(copy(request.headers[i].name), copy(request.headers[i].value));
    const Result<FetchResponse> got = ours().fetch(ask);
    if (!got.ok()) return number_of(got.error().code());
    bool taken = cs_fetch_answer_status(answer, got->status) == CS_OK;
    for (const auto& [name, value] : got->headers)
        taken = taken && cs_fetch_answer_header(answer, to_text(name), to_text(value)) == CS_OK;
    taken = taken && cs_fetch_answer_body(answer, to_text(got->body)) == CS_OK;
    return taken ? 0 : CS_FETCH_TOO_LARGE;
}

int32_t guarded_fetch(void* /*context*/, const cs_fetch_request* request, cs_fetch_answer* answer) noexcept {
    try {
        const Result<cs_fetch_request> given = read_sized(request);
        return given.ok() ? fetch(*given, answer) : CS_FETCH_FAILED;
    } catch (...) {
        return CS_FETCH_FAILED;
    }
}

}    // namespace
}    // namespace countersign::capi

cs_code cs_system_fetch(cs_fetch* out) noexcept {
    return countersign::capi::guarded(nullptr, [&]() -> countersign::Result<void> {
        CS_TRY(const std::size_t size, countersign::capi::begin_sized(out));
        countersign::capi::write_sized(
            out, size, cs_fetch{.size = 0, .fetch = countersign::capi::guarded_fetch, .context = nullptr});
        return {};
    });
}
