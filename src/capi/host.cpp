#include "capi/host.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace countersign::capi {
namespace {

constexpr std::size_t max_header_bytes = 32 * 1024;
constexpr int first_status = 100, redirects = 300, errors = 400, last_status = 599;

Code cause_of_failure(int32_t number) {
    const auto row = std::ranges::find(fetch_failures, number, &FetchFailure::number);
    return row == fetch_failures.end() ? Code::fetch_failed : row->cause;
}

Result<FetchResponse> judged(int32_t outcome, cs_fetch_answer& answer) {
    if (answer.too_large) return fail(Code::fetch_too_large, answer.max_bytes);
    if (outcome != 0) return fail(cause_of_failure(outcome));
    const int status = answer.response.status;
    if (status < first_status || status > last_status) return fail(Code::fetch_failed, "a status", status);
    if (status >= redirects && status < errors) return fail(Code::fetch_redirect, {}, status);
    return std::move(answer.response);
}

}    // namespace

Result<FetchResponse> HostFetch::fetch(const FetchRequest& ask) {
    if (!is_set()) return fail(Code::fetch_failed, "a fetch of the host");
    std::vector<cs_fetch_header> headers;
    headers.reserve(ask.headers.size());
    for (const auto& [name, value] : ask.headers) headers.push_back({.name = to_text(name), .value = to_text(value)});
    const cs_fetch_request request{
        .size = sizeof(cs_fetch_request),
        .url = to_text(ask.url),
        .plain_http = to_text(ask.plain_http ? *ask.plain_http->reason : std::string_view{}),
        .headers = headers.data(),
        .header_count = headers.size(),
        .max_bytes = ask.max_bytes,
        .timeout_ms = Milliseconds{ask.timeout}.count(),
        .source = ask.source == UrlSource::data ? CS_URL_OF_DATA : CS_URL_OF_OPERATOR,
        .reserved = 0,
    };
    cs_fetch_answer answer;
    answer.max_bytes = ask.max_bytes;
    try {
        const int32_t outcome = host_.fetch(host_.context, &request, &answer);
        return judged(outcome, answer);
    } catch (...) {    // a host in C++ that forgot to
        return fail(Code::fetch_failed, "no exception from the host");
    }
}

void HostLog::event(Level level, std::string_view name, std::initializer_list<LogField> fields) {
    if (log_ == nullptr) return;
    std::string text;
    json::Writer out{text};
    out.begin_object();
    for (const LogField& field : fields) {
        out.key(field.key());
        std::visit([&](const auto& value) { out.value(value); }, field.value());
    }
    out.end_object();
    const int32_t number = level == Level::info ? CS_LOG_INFO : level == Level::warn ? CS_LOG_WARN : CS_LOG_ERROR;
    try {
        log_(context_, number, to_text(name), to_text(text));
    } catch (...) {    // what a log does is no matter of the token's
        return;
    }
}

}    // namespace countersign::capi

using namespace countersign;
using namespace countersign::capi;

cs_code cs_fetch_answer_status(cs_fetch_answer* answer, int32_t http_status) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(cs_fetch_answer * checked, handle_of(answer));
        checked->response.status = http_status;
        return {};
    });
}

cs_code cs_fetch_answer_header(cs_fetch_answer* answer, cs_text name, cs_text value) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(cs_fetch_answer * checked, handle_of(answer));
        CS_TRY(const std::string_view key, capi::text_of(name, max_short_text));
        CS_TRY(const std::string_view content, capi::text_of(value, max_short_text));
        checked->header_bytes += key.size() + content.size();
        if (checked->header_bytes > max_header_bytes) {
            checked->too_large = true;
            return fail(Code::request_headers_too_large, max_header_bytes);
        }
        checked->response.headers.emplace_back(key, content);
        return {};
    });
}

cs_code cs_fetch_answer_body(cs_fetch_answer* answer, cs_text part) noexcept {
    return guarded(nullptr, [&]() -> Result<void> {
        CS_TRY(cs_fetch_answer * checked, handle_of(answer));
        if (part.size != 0 && part.data == nullptr) return fail(Code::call_wrong, "a text that is not NULL");
        std::string& body = checked->response.body;
        if (part.size > checked->max_bytes - std::min(checked->max_bytes, body.size())) {
            checked->too_large = true;
            return fail(Code::request_body_too_large, checked->max_bytes);
        }
        body.append(part.size == 0 ? "" : part.data, part.size);
        return {};
    });
}
