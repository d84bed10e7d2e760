// The same as countersign.h for C++17: owners instead of handles, a type for a token that was verified. Header-only,
// throws nothing, needs no exceptions and no RTTI. Link libcountersign.
//
//   auto verifier = countersign::Verifier::make(policy, jwks);
//   if (!verifier.ok()) { log(verifier.error().detail()); return 1; }
//   auto verified = verifier->verify(token);
//   if (!verified.ok()) return respond(verified.error().http_status(), verified.error().public_message());
//   serve(verified->subject());
#ifndef COUNTERSIGN_JOSE_HPP
#define COUNTERSIGN_JOSE_HPP

#include <countersign/countersign.h>

#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign {
inline namespace c_abi_1 {

/// What a client may be told, and what the log should hold. Owns its texts.
class Refusal {
  public:
    Refusal() = default;
    explicit Refusal(const cs_error& error) : code_{error.code}, cause_{error.cause}, detail_{error.detail} {}
    Refusal(cs_code code, const cs_verdict& verdict)
        : code_{code},
          http_status_{verdict.http_status},
          public_code_{text(verdict.public_code)},
          public_message_{text(verdict.public_message)},
          oauth_error_{text(verdict.oauth_error)},
          cause_{text(verdict.cause)},
          detail_{text(verdict.detail)},
          fingerprint_{text(verdict.fingerprint)} {}

    cs_code code() const { return code_; }
    /// For the client: the same for every cause, but for those of DPoP proofs. 500 where no token was in question.
    int http_status() const { return http_status_; }
    const std::string& public_code() const { return public_code_; }
    const std::string& public_message() const { return public_message_; }
    const std::string& oauth_error() const { return oauth_error_; }
    /// For the log: the exact label, words for people, the token's fingerprint.
    const std::string& cause() const { return cause_; }
    const std::string& detail() const { return detail_; }
    const std::string& fingerprint() const { return fingerprint_; }

  private:
    static std::string_view text(cs_text from) { return {from.data, from.size}; }
    cs_code code_ = CS_INTERNAL;
    int http_status_ = 500;
    std::string public_code_, public_message_, oauth_error_, cause_ = "internal.fault", detail_, fingerprint_;
};

/// A value, or why there is none. Asking for the one that is not there ends the program: look at ok() first.
template <class T>
class [[nodiscard]] Outcome {
  public:
    Outcome(T value) : value_{std::move(value)} {}
    Outcome(Refusal error) : error_{std::move(error)} {}

    bool ok() const { return value_.has_value(); }
    T& operator*() & { return present(); }
    const T& operator*() const& { return const_cast<Outcome*>(this)->present(); }
    T&& operator*() && { return std::move(present()); }
    T* operator->() { return &present(); }
    const T* operator->() const { return &const_cast<Outcome*>(this)->present(); }
    const Refusal& error() const {
        if (ok()) std::abort();
        return error_;
    }

  private:
    T& present() {
        if (!ok()) std::abort();
        return *value_;
    }
    std::optional<T> value_;
    Refusal error_;
};

namespace detail {

inline cs_text c_text(std::string_view from) { return {from.data(), from.size()}; }
inline std::string_view view(cs_text from) { return {from.data, from.size}; }

template <class T, void (*Free)(T*) noexcept>
class Owner {
  public:
    Owner() = default;
    explicit Owner(T* handle) : handle_{handle} {}
    Owner(Owner&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Owner& operator=(Owner&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owner() { Free(handle_); }
    T* get() const { return handle_; }

  private:
    T* handle_ = nullptr;
};
using Buffer = Owner<cs_buffer, cs_buffer_free>;

inline cs_error new_error() {
    cs_error out{};
    out.size = sizeof out;
    return out;
}
template <class T>
T sized() {
    T out{};
    out.size = sizeof out;
    return out;
}

}    // namespace detail

/// Text that is overwritten when it goes: private keys, tokens.
class SecretText {
  public:
    std::string_view view() const { return detail::view(cs_buffer_text(buffer_.get())); }

  private:
    friend class Key;
    friend class Signer;
    friend class DpopVerifier;
    friend Outcome<std::string> inspect(std::string_view token, std::int64_t now);
    explicit SecretText(cs_buffer* buffer) : buffer_{buffer} {}
    detail::Buffer buffer_;
};

/// One claim, a copy.
struct Claim {
    int kind;            // CS_STRING, ...
    std::string text;    // of a string what it stands for, of anything else its JSON
    std::optional<std::int64_t> integer;
};

/// Proof that a token was verified: only Verifier makes one. Views are valid as long as it is.
class VerifiedToken {
  public:
    std::string_view subject() const { return detail::view(verdict_.subject); }
    std::string_view issuer() const { return detail::view(verdict_.issuer); }
    std::string_view id() const { return detail::view(verdict_.token_id); }
    std::string_view key_id() const { return detail::view(verdict_.key_id); }
    std::string_view algorithm() const { return detail::view(verdict_.algorithm); }
    /// The thumbprint of the key that was proved with it; empty if it is not bound to one.
    std::string_view bound_to() const { return detail::view(verdict_.bound_to); }
    std::string_view claims_json() const { return detail::view(verdict_.claims); }
    /// Seconds since 1970.
    std::optional<std::int64_t> expires() const { return time(verdict_.expires); }
    std::optional<std::int64_t> issued_at() const { return time(verdict_.issued_at); }
    /// By its name; absent if there is none.
    std::optional<Claim> claim(std::string_view name) const {
        auto found = detail::sized<cs_claim>();
        if (cs_result_claim(result_.get(), detail::c_text(name), &found) != CS_OK) return std::nullopt;
        Claim out{found.kind, std::string{detail::view(found.kind == CS_STRING ? found.text : found.json)}, {}};
        if (found.is_integer == 1) out.integer = found.integer;
        return out;
    }

  private:
    friend class Verifier;
    using Result = detail::Owner<cs_result, cs_result_free>;
    VerifiedToken(Result result, const cs_verdict& verdict) : result_{std::move(result)}, verdict_{verdict} {}
    static std::optional<std::int64_t> time(std::int64_t seconds) {
        return seconds == CS_NO_TIME ? std::nullopt : std::optional<std::int64_t>{seconds};
    }
    Result result_;
    cs_verdict verdict_;
};

/// A request that came with a DPoP proof.
struct ProofView {
    std::string_view proof, method, url;
    const std::vector<std::string>* nonces = nullptr;    // all that this server still takes
};

/// Checks DPoP proofs and remembers the used ones. One for a whole service; safe from several threads.
class DpopVerifier {
  public:
    struct Policy {
        std::vector<std::string> algorithms;
        std::size_t room;    // how many used proofs are remembered at one moment
        std::uint32_t max_age = 60, max_ahead = 5;
        bool nonce_required = false;
    };
    static Outcome<DpopVerifier> make(const Policy& policy) {
        std::vector<cs_text> names;
        for (const std::string& name : policy.algorithms) names.push_back(detail::c_text(name));
        auto ask = detail::sized<cs_dpop_ask>();
        ask.algorithms = names.data();
        ask.algorithm_count = names.size();
        ask.room = policy.room;
        ask.max_age = policy.max_age;
        ask.max_ahead = policy.max_ahead;
        ask.nonce = policy.nonce_required ? CS_NONCE_REQUIRED : CS_NONCE_NOT_ASKED;
        cs_error error = detail::new_error();
        cs_dpop* made = nullptr;
        if (cs_dpop_make(&ask, &made, &error) != CS_OK) return Refusal{error};
        return DpopVerifier{made};
    }
    /// A proof without an access token: used up, and the thumbprint of its key. `now` 0: the system's clock.
    Outcome<std::string> spend(const ProofView& proof, std::int64_t now = 0) const {
        std::vector<cs_text> nonces;
        const cs_proof given = as_c(proof, nonces);
        cs_error error = detail::new_error();
        cs_buffer* made = nullptr;
        if (cs_dpop_spend(handle_.get(), &given, now, &made, &error) != CS_OK) return Refusal{error};
        return std::string{SecretText{made}.view()};
    }

  private:
    friend class Verifier;
    explicit DpopVerifier(cs_dpop* handle) : handle_{handle} {}
    static cs_proof as_c(const ProofView& from, std::vector<cs_text>& nonces) {
        if (from.nonces != nullptr)
            for (const std::string& one : *from.nonces) nonces.push_back(detail::c_text(one));
        auto out = detail::sized<cs_proof>();
        out.proof = detail::c_text(from.proof);
        out.method = detail::c_text(from.method);
        out.url = detail::c_text(from.url);
        out.nonces = nonces.data();
        out.nonce_count = nonces.size();
        return out;
    }
    detail::Owner<cs_dpop, cs_dpop_free> handle_;
};

/// Policy and keys. Immutable; safe from several threads.
class Verifier {
  public:
    /// `policy`: TOML or JSON. `jwks`: for issuers that have none of their own in the policy. `fetch`: for those whose
    /// keys are at an address. Errors: policy.invalid with all that is wrong with it, config.invalid, key.*, secret.*.
    static Outcome<Verifier> make(std::string_view policy, std::string_view jwks = {},
                                  const cs_fetch* fetch = nullptr) {
        auto ask = detail::sized<cs_verifier_ask>();
        ask.policy = detail::c_text(policy);
        ask.jwks = detail::c_text(jwks);
        ask.fetch = fetch;
        return make(ask);
    }
    static Outcome<Verifier> make(const cs_verifier_ask& ask) {
        cs_error error = detail::new_error();
        cs_verifier* made = nullptr;
        if (cs_verifier_make(&ask, &made, &error) != CS_OK) return Refusal{error};
        return Verifier{made};
    }

    /// `now` in seconds since 1970; 0: the system's clock.
    Outcome<VerifiedToken> verify(std::string_view token, std::int64_t now = 0) const {
        auto ask = detail::sized<cs_verify_ask>();
        ask.token = detail::c_text(token);
        ask.now = now;
        return run(ask);
    }
    /// For a policy with cnf = "dpop".
    Outcome<VerifiedToken> verify(std::string_view token, const DpopVerifier& dpop, const ProofView& proof,
                                  std::int64_t now = 0) const {
        std::vector<cs_text> nonces;
        const cs_proof given = DpopVerifier::as_c(proof, nonces);
        auto ask = detail::sized<cs_verify_ask>();
        ask.token = detail::c_text(token);
        ask.now = now;
        ask.dpop = dpop.handle_.get();
        ask.proof = &given;
        return run(ask);
    }
    const cs_verifier* handle() const { return handle_.get(); }

  private:
    explicit Verifier(cs_verifier* handle) : handle_{handle} {}
    Outcome<VerifiedToken> run(const cs_verify_ask& ask) const {
        cs_result* room = nullptr;
        if (cs_result_make(&room) != CS_OK) return Refusal{};
        VerifiedToken::Result result{room};
        const cs_code code = cs_verify(handle_.get(), &ask, room);
        auto verdict = detail::sized<cs_verdict>();
        if (cs_result_read(room, &verdict) != CS_OK) return Refusal{};
        if (code != CS_OK || verdict.accepted != 1) return Refusal{code, verdict};
        return VerifiedToken{std::move(result), verdict};
    }
    detail::Owner<cs_verifier, cs_verifier_free> handle_;
};

class Key {
  public:
    /// JWK, or PEM or DER of a private key, public key or certificate. Errors: key.*, secret.*.
    static Outcome<Key> parse(std::string_view text, std::string_view kid = {}) {
        cs_error error = detail::new_error();
        cs_key* made = nullptr;
        if (cs_key_parse(detail::c_text(text), detail::c_text(kid), &made, &error) != CS_OK) return Refusal{error};
        return Key{made};
    }
    static Outcome<Key> generate(std::string_view algorithm, std::string_view curve = {}, std::uint32_t rsa_bits = 0) {
        auto ask = detail::sized<cs_generate_ask>();
        ask.algorithm = detail::c_text(algorithm);
        ask.curve = detail::c_text(curve);
        ask.rsa_bits = rsa_bits;
        cs_error error = detail::new_error();
        cs_key* made = nullptr;
        if (cs_key_generate(&ask, &made, &error) != CS_OK) return Refusal{error};
        return Key{made};
    }
    /// `form`: CS_PUBLIC_SET, CS_PRIVATE_PEM, ... Errors: key.unsupported.
    Outcome<SecretText> write(std::int32_t form) const {
        cs_error error = detail::new_error();
        cs_buffer* made = nullptr;
        if (cs_key_write(handle_.get(), form, &made, &error) != CS_OK) return Refusal{error};
        return SecretText{made};
    }
    Outcome<std::string> thumbprint() const {
        cs_error error = detail::new_error();
        cs_buffer* made = nullptr;
        if (cs_key_thumbprint(handle_.get(), &made, &error) != CS_OK) return Refusal{error};
        return std::string{SecretText{made}.view()};
    }
    std::string_view kid() const { return detail::view(facts().kid); }
    std::string_view algorithm() const { return detail::view(facts().algorithm); }
    bool is_private() const { return facts().is_private == 1; }

  private:
    friend class Signer;
    explicit Key(cs_key* handle) : handle_{handle} {}
    cs_key_facts facts() const {
        auto out = detail::sized<cs_key_facts>();
        return cs_key_read(handle_.get(), &out) == CS_OK ? out : detail::sized<cs_key_facts>();
    }
    detail::Owner<cs_key, cs_key_free> handle_;
};

/// Signs under one algorithm. Safe from several threads.
class Signer {
  public:
    /// Errors: key.*, secret.too_short.
    static Outcome<Signer> make(const Key& key, std::string_view algorithm = {}) {
        cs_error error = detail::new_error();
        cs_signer* made = nullptr;
        if (cs_signer_make(key.handle_.get(), detail::c_text(algorithm), &made, &error) != CS_OK) return Refusal{error};
        return Signer{made};
    }
    /// `claims`: a JSON object. `typ`: "at+jwt", or "absent". Errors: token.* for what a careful verifier would refuse.
    Outcome<SecretText> sign(std::string_view claims, std::string_view typ, std::int64_t now = 0) const {
        auto ask = detail::sized<cs_sign_ask>();
        ask.claims = detail::c_text(claims);
        ask.typ = detail::c_text(typ);
        ask.now = now;
        cs_error error = detail::new_error();
        cs_buffer* made = nullptr;
        if (cs_sign(handle_.get(), &ask, &made, &error) != CS_OK) return Refusal{error};
        return SecretText{made};
    }

  private:
    explicit Signer(cs_signer* handle) : handle_{handle} {}
    detail::Owner<cs_signer, cs_signer_free> handle_;
};

/// What a token says and what a careful verifier would refuse, as JSON. Nothing of it is believed.
inline Outcome<std::string> inspect(std::string_view token, std::int64_t now = 0) {
    cs_error error = detail::new_error();
    cs_buffer* made = nullptr;
    if (cs_inspect(detail::c_text(token), now, &made, &error) != CS_OK) return Refusal{error};
    return std::string{SecretText{made}.view()};
}

}    // namespace c_abi_1
}    // namespace countersign

#endif
