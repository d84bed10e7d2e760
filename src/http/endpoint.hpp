// An endpoint is a row. Router, guard, limiter, validation, OpenAPI document, isolation test and documentation read it.
#pragma once

#include <span>
#include <string_view>

#include "base/given.hpp"
#include "base/result.hpp"
#include "http/message.hpp"

namespace countersign::http {

class Exchange;
using Handler = Result<Response> (*)(Exchange&);

/// Who may call, and how sure of it the engine makes before the handler runs.
enum class Caller : std::uint8_t {
    anyone,                   // no look-up
    session_if_any,           // looked up if a cookie is there; the handler sees it or not
    authoritative_if_any,     // as session_if_any, read from storage and never from the cookie cache
    session,                  // 401 without one; as session_if_any for rows that only read
    authoritative_session,    // as session, read from storage and never from the cookie cache
    fresh_session,            // as authoritative_session, and younger than session.freshAge
};

constexpr bool needs_session(Caller caller) {
    return caller != Caller::anyone && caller != Caller::session_if_any && caller != Caller::authoritative_if_any;
}

/// Cross-site rule of state-changing requests (CSR-01, CSR-04).
enum class OriginRule : std::uint8_t {
    safe_method,     // GET: changes nothing, not checked (CSR-03)
    trusted_only,    // a cookie makes a trusted Origin necessary
    form,            // as trusted_only, and Fetch Metadata checked without cookies: sign-in and sign-up (login CSRF)
};

/// Better Auth's request limit of one path: at most `max` in `window` (WIRE rate limiting); `unlimited` says why not.
struct Limit {
    unsigned max = 0;
    Seconds window{0};
    static constexpr Limit general() { return {}; }    // the configured general rule
};

enum class Media : std::uint8_t { json, json_or_form, ignored };
/// Which part of the URL space the path is relative to.
enum class Mount : std::uint8_t { base_path, root };
enum class Cache : std::uint8_t { no_store, public_short, immutable };

enum class Kind : std::uint8_t { string, email, boolean, number };
enum class Need : std::uint8_t { required, optional };

/// One member of a body or query. Lengths count UTF-16 code units, as zod does.
struct Field {
    Given<std::string_view> name;
    Given<Kind> kind;
    Given<Need> need;
    std::size_t min_length = 0;
    /// For redirect parameters: the value must be a safe relative path or on a trusted origin (RDR-01).
    std::optional<Public> redirect = std::nullopt;
};

/// What a body that is no object is told to be. `record` is "any keys": the handler looks at them itself.
enum class Form : std::uint8_t { object, record, object_and_record };

struct Shape {
    std::span<const Field> fields;
    Form form = Form::object;
    Need body_need = Need::required;    // optional: a request without body passes
};

/// What a caller could guess here: its failures are counted (ENU-06, ENU-07). Tokens of ours cannot be guessed.
enum class Guess : std::uint8_t { nothing, password };

/// What an inline row without a caller reads: it leaves the loop where reads of storage may wait. Rows with a caller do
/// so for their look-up.
enum class Touches : std::uint8_t { nothing, storage };

/// The same cause shown with another face on this endpoint.
struct FaceFor {
    Code code;
    Public face;
};

struct Endpoint {
    Given<Method> method;
    Given<std::string_view> path;    // its last segment may be a parameter: `/reset-password/:token`
    Given<Caller> caller;
    Given<OriginRule> origin;
    Given<Limit> limit;
    Given<Lane> lane;
    Given<Handler> run;
    Given<std::string_view> summary;
    Mount mount = Mount::base_path;
    Media media = Media::json;
    const Shape* body = nullptr;
    const Shape* query = nullptr;
    std::span<const FaceFor> errors = {};
    Guess guess = Guess::nothing;
    Touches touches = Touches::nothing;
    Cache cache = Cache::no_store;
    /// Better Auth sends `cache-control: no-store` and `pragma: no-cache` on this answer itself.
    bool better_auth_no_store = false;
};

/// What another feature adds to the answer of a row once its handler is done. It must defer before it adds anything: in
/// the other lane it runs again, the handler does not.
enum class Hooked : std::uint8_t { done, defer_to_storage };
struct AfterHook {
    Given<Method> method;
    Given<std::string_view> path;
    Given<Result<Hooked> (*)(Exchange&, Response&)> run;
};

}    // namespace countersign::http
