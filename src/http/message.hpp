// One request as views into the connection's buffer, and one answer as parts that the engine writes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/lane.hpp"

namespace countersign::http {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
/// GET and so on; "other" for what we do not know.
std::string_view method_name(Method method);

struct Header {
    std::string_view name;     // as sent
    std::string_view value;    // without surrounding blanks
};

/// Views into memory that the connection keeps until the answer is queued.
struct RequestView {
    Method method = Method::other;
    std::string_view target;    // as sent: path and query, origin form
    std::string_view path;      // before `?`, not decoded
    std::string_view query;     // after `?`, without it
    std::span<const Header> headers;
    std::string_view body;
    bool has_body = false;            // a Content-Length above 0 or any chunk
    std::string_view peer_address;    // of the socket, textual, without port

    /// The first header of this name (ASCII case ignored), or absent.
    std::optional<std::string_view> header(std::string_view name) const;
    std::size_t count(std::string_view name) const;
};

/// What is sent back. Headers are written in the order added; names in lower case.
struct Response {
    int status = 200;
    std::string_view content_type{};    // a literal; empty: no body type
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> set_cookies;
    std::string_view fixed_headers{};    // ready-made `name: value\r\n` lines that outlive the exchange
    std::optional<Lane> defer_to;        // set by defer(): not an answer, run me again there
    bool close = false;                  // close the connection after this answer

    static Response json(std::string text, int status = 200) {
        return {.status = status, .content_type = "application/json", .body = std::move(text)};
    }
    static Response empty(int status) { return {.status = status}; }
    static Response redirect(std::string location) {
        Response made{.status = 302};
        made.headers.emplace_back("location", std::move(location));
        return made;
    }
    /// Lets scripts of listed origins read this header of the answer (Fetch: CORS-exposed).
    void expose(std::string_view header);
    /// The end of a mailed link: Better Auth names a type there, though nothing stands in the body.
    static Response follow(std::string location) {
        Response made = redirect(std::move(location));
        made.content_type = "application/json";
        return made;
    }
    /// From an inline handler: what is needed would block, run the handler again in `lane`.
    static Response defer(Lane lane) {
        Response made;
        made.defer_to = lane;
        return made;
    }
};

}    // namespace countersign::http
