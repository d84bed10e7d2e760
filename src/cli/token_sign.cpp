#include <fmt/format.h>

#include <istream>
#include <ostream>

#include "base/json_fault.hpp"
#include "cli/key_file.hpp"
#include "cli/token_keys.hpp"
#include "jose/inspect.hpp"
#include "jose/jws.hpp"

namespace countersign::cli {
namespace {

constexpr std::string_view no_typ = "absent";

struct Signed {
    std::string token, kid;
    std::string_view alg;
    jose::Inspection seen;
};

/// The claims as they will be signed: one object, on one line, otherwise byte for byte.
Step<std::string> read_claims(const std::string& name, std::istream& in) {
    const auto text = read_text(name, in);
    if (!text) return std::unexpected{text.error()};
    const auto document = json::parse(*text, jose::max_json_depth);
    if (!document.ok()) {
        const json::Fault fault = json::find_fault(*text);
        return stop(wrong_call, fmt::format("the claims are no JSON: line {}, column {}: {}", fault.line, fault.column,
                                            fault.what));
    }
    if (document->as_object() == nullptr)
        return stop(wrong_call, fmt::format("the claims are no object: {}", document->kind_name()));
    return jose::one_line(*text);
}

/// What a careful verifier has against it, but for what a proof of the key in `cnf` would settle.
std::vector<AuthError> objections(const jose::Inspection& seen) {
    std::vector<AuthError> out;
    for (const AuthError& error : seen.refusals) {
        if (error.code() != Code::token_cnf_unproved) out.push_back(error);
    }
    return out;
}

Step<Signed> sign(const SignAsk& ask, Instant now, Streams streams) {
    if (ask.key == "-" && ask.claims == "-")
        return stop(wrong_call, "--key and --claims cannot both be standard input");
    auto keys = read_keys(ask.key, streams.in, streams.complaints);
    if (!keys) return std::unexpected{std::move(keys).error()};
    auto key = choose_key(*std::move(keys), ask.kid);
    if (!key) return std::unexpected{std::move(key).error()};
    if (!is_private(*key)) return stop(wrong_call, "signing takes a private key, and this is a public one");
    const auto alg = choose_algorithm(*key, ask.alg);
    if (!alg) return std::unexpected{alg.error()};
    if (!ask.kid.empty()) key->kid = ask.kid;
    const auto signer = jose::SigningKey::bind(*key, *alg);
    if (!signer.ok()) return wrong("the key", signer.error());
    const auto claims = read_claims(ask.claims, streams.in);
    if (!claims) return std::unexpected{claims.error()};
    const std::string_view typ = ask.typ == no_typ ? std::string_view{} : std::string_view{ask.typ};
    auto token = jose::sign_compact(*signer, bytes_of(*claims), {.typ = typ});
    if (!token.ok()) return wrong("the token", token.error());
    jose::Inspection seen = jose::inspect(*token, now);
    return Signed{.token = *std::move(token), .kid = key->kid, .alg = jose::row_of(*alg).name, .seen = std::move(seen)};
}

void write_objections(json::Writer& out, std::span<const AuthError> errors) {
    out.key("refusals").begin_array();
    for (const AuthError& error : errors) {
        out.begin_object().key("code").value(code_of(error)).key("detail").value(error.detail()).end_object();
    }
    out.end_array();
}

std::string as_json(const Signed& made, std::span<const AuthError> errors, Claims which) {
    const bool signed_at_all = errors.empty() || which == Claims::anything;
    std::string text;
    json::Writer out{text};
    out.begin_object().key("ok").value(signed_at_all);
    if (signed_at_all) out.key("token").value(made.token);
    out.key("alg").value(made.alg);
    if (!made.kid.empty()) out.key("kid").value(made.kid);
    if (made.seen.expires) out.key("expires").value(*made.seen.expires);
    write_objections(out, errors);
    out.end_object();
    return text;
}

}    // namespace

int sign_token(const SignAsk& ask, Instant now, Streams streams) {
    const auto made = sign(ask, now, streams);
    if (!made) return leave(made.error(), streams.complaints);
    const std::vector<AuthError> errors = objections(made->seen);
    const bool refused = !errors.empty() && ask.which == Claims::careful;
    for (const AuthError& error : errors) {
        streams.complaints << fmt::format("countersign: {}: {}: {}\n", refused ? "refused" : "warning", error.label(),
                                          error.detail());
    }
    if (refused) streams.complaints << "countersign: not signed; --anyway signs it all the same\n";
    if (ask.output == Output::json) {
        streams.out << as_json(*made, errors, ask.which) << '\n';
    } else if (!refused) {
        streams.out << made->token << '\n';
    }
    return refused ? not_fine : fine;
}

}    // namespace countersign::cli
