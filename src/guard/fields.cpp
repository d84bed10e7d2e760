#include "guard/fields.hpp"

namespace countersign::guard {
namespace {

Result<identity::FieldValues> or_refusal(http::Exchange& x,
                                         std::expected<identity::FieldValues, identity::FieldFault> read) {
    if (read.has_value()) return *std::move(read);
    const AuthError why{read.error().code, read.error().message};
    x.set_public_message(std::move(read.error().message));
    return fail(why);
}

}    // namespace

Result<identity::FieldValues> new_fields(http::Exchange& x, const identity::AdditionalFields& fields) {
    return or_refusal(x, identity::new_fields(fields, x.body()));
}

Result<identity::FieldValues> changed_fields(http::Exchange& x, const identity::AdditionalFields& fields) {
    return or_refusal(x, identity::changed_fields(fields, x.body()));
}

}    // namespace countersign::guard
