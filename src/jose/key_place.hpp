// Where the keys of one issuer are published, and one look there. What comes back is a set that can be used, or the
// reason why not.
#pragma once

#include "jose/key.hpp"
#include "jose/metadata.hpp"

namespace countersign::jose {

inline constexpr Seconds key_fetch_time{5};    // KEY-03; with metadata, for all requests together

/// How long one thing is kept and when the issuer is asked again.
struct RemoteTimes {
    Seconds min_life{60};            // whatever Cache-Control says
    Seconds default_life{900};       // when it says nothing
    Seconds max_life{3'600};         // whatever it says
    Seconds max_age{21'600};         // of the last good set while the issuer fails (KEY-05)
    Seconds cool_down{30};           // between two looks that an unknown kid or a failure causes (KEY-04)
    Seconds retry{5};                // between two looks while no key at all is known
    Seconds metadata_life{3'600};    // of the address that metadata named

    /// Errors: policy.invalid.
    Result<void> check() const;
};

/// What keys of a place have to be, and for how long they are.
struct KeyTerms {
    Algorithms permitted;
    OpenKeys open = OpenKeys::refused;
    RemoteTimes times{};
};

class KeyPlace {
  public:
    /// The address of the set itself. Errors: jwks.uri_wrong.
    static Result<KeyPlace> key_set(std::string url, std::optional<PlainHttp> plain_http = {});
    /// From the metadata of the issuer. Errors: jwks.uri_wrong.
    static Result<KeyPlace> discovery(std::string issuer, std::optional<PlainHttp> plain_http = {});

    /// For messages: the configured address without its path.
    std::string recordable_text() const;
    const std::optional<PlainHttp>& plain_http() const { return plain_http_; }

    struct Published {
        std::string text;    // of a set with at least one key that can be used
        Seconds life;        // within the bounds of RemoteTimes
        std::vector<PassedOver> passed_over;
    };
    /// One caller at a time. Errors: jwks.*, fetch.*, key.*; a set with private members is key.private_in_public_set.
    Result<Published> load(Fetch& fetch, const KeyTerms& terms, Instant now);

  private:
    KeyPlace() = default;
    Result<Seconds> discover(Fetch& fetch, const RemoteTimes& times, Instant now);
    Result<FetchResponse> ask(Fetch& fetch, const std::string& url, UrlSource source, Seconds time) const;

    std::string issuer_;    // empty: url_ was configured
    std::string url_;
    std::vector<std::string> metadata_urls_;
    std::optional<PlainHttp> plain_http_;
    UrlSource source_ = UrlSource::operator_configured;
    std::optional<Instant> discovered_;
};

}    // namespace countersign::jose
