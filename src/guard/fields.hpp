// Additional fields in the body of a request: read by identity/, refused in the words of Better Auth.
#pragma once

#include "http/exchange.hpp"
#include "identity/fields.hpp"

namespace countersign::guard {

/// For sign-up: a value for every field. Errors: field.missing, field.not_allowed, field.type.
Result<identity::FieldValues> new_fields(http::Exchange& x, const identity::AdditionalFields& fields);
/// For a change: what the body names. Errors: field.not_allowed, field.type.
Result<identity::FieldValues> changed_fields(http::Exchange& x, const identity::AdditionalFields& fields);

}    // namespace countersign::guard
