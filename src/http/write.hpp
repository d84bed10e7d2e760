// The bytes of one answer.
#pragma once

#include "http/message.hpp"

namespace countersign::http {

enum class Ending : std::uint8_t { keep_alive, close };

void append_response(std::string& out, const Response& answer, std::string_view reference, std::string_view date,
                     Ending ending);

}    // namespace countersign::http
