// The OpenAPI 3.1 document, derived from the rows.
#pragma once

#include "http/router.hpp"

namespace countersign::http {
std::string openapi_document(const Router& router, std::string_view server_url);
}
