// The bytes of one answer.
#pragma once

#include "http/message.hpp"

namespace countersign::http {

/// HTTP/1.0 clients keep a connection only if told so by name.
enum class Ending : std::uint8_t { keep_alive, keep_alive_by_name, close };
/// An answer to HEAD says how long its body would be and has none (RFC 9110 §9.3.2).
enum class Content : std::uint8_t { body, none };

void append_response(std::string& out, const Response& answer, std::string_view reference, std::string_view date,
                     Content content, Ending ending);

}    // namespace countersign::http
