// Beast's parser for the framing of one request. Behind a small interface, so that Beast stays in one file.
#pragma once

#include "http/strict_check.hpp"

namespace countersign::http {

/// Feeds on the bytes of one request; the body is collected without chunk framing, trailers are dropped.
class RequestParser {
  public:
    explicit RequestParser(const Limits& limits);
    RequestParser(RequestParser&&) noexcept;
    ~RequestParser();

    enum class State : std::uint8_t { more, done };
    /// Takes from the front of `input` what belongs to the request; `used` says how much.
    Result<State> put(std::string_view input, std::size_t& used);
    bool header_done() const;
    std::string& body();

  private:
    class Inner;
    std::unique_ptr<Inner> inner_;
};

}    // namespace countersign::http
