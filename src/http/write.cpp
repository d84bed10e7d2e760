#include "http/write.hpp"

#include <charconv>

namespace countersign::http {
namespace {

/// Reason phrases of RFC 9110 §15 for the statuses that we send.
std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 302:
            return "Found";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 421:
            return "Misdirected Request";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "";
    }
}

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    out.append(text.data(), end);
}

/// A CR or LF in a value would end the header: the value is dropped up to there (INP-02, CKY-05).
void append_field(std::string& out, std::string_view name, std::string_view value) {
    const auto ends = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    const auto end = std::ranges::find_if(value, ends);
    out.append(name).append(": ").append(value.begin(), end).append("\r\n");
}

}    // namespace

void append_response(std::string& out, const Response& answer, std::string_view reference, std::string_view date,
                     Content content, Ending ending) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(answer.status));
    out += ' ';
    out += reason_of(answer.status);
    out += "\r\n";
    if (!answer.content_type.empty()) out.append("content-type: ").append(answer.content_type).append("\r\n");
    const bool bodiless = answer.status == 204 || answer.status == 304;
    if (!bodiless) {
        out += "content-length: ";
        append_number(out, answer.body.size());
        out += "\r\n";
    }
    out += answer.fixed_headers;
    out.append("x-request-id: ").append(reference).append("\r\n");
    for (const auto& [name, value] : answer.headers) append_field(out, name, value);
    for (const std::string& cookie : answer.set_cookies) append_field(out, "set-cookie", cookie);
    out.append("date: ").append(date).append("\r\n");
    if (ending == Ending::close) out += "connection: close\r\n";
    if (ending == Ending::keep_alive_by_name) out += "connection: keep-alive\r\n";
    out += "\r\n";
    if (!bodiless && content == Content::body) out += answer.body;
}

}    // namespace countersign::http
