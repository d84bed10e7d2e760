// Bodies and queries against the row's shape, with the messages of Better Auth (zod 4).
#pragma once

#include "http/exchange.hpp"

namespace countersign::http {

/// Reads the body by content type. Errors: request.media_type, request.json, request.json_duplicate.
Result<void> read_body(Exchange& x, std::size_t max_depth);
/// Reads the query. Errors: request.validation.
Result<void> read_query(Exchange& x);
/// Checks both against the row; all issues at once in the public message. Errors: request.validation.
Result<void> validate(Exchange& x);

}    // namespace countersign::http
