// The body of one request behind its header block: by length or by chunks (RFC 9112 §6, §7.1), nothing guessed.
#pragma once

#include "http/strict_check.hpp"

namespace countersign::http {

/// Chunk framing is taken off, extensions are passed over, trailers are dropped.
class BodyReader {
  public:
    BodyReader(const Framing& framing, const Limits& limits);

    enum class State : std::uint8_t { more, done };
    /// Takes from the front of `input` what belongs to the body; `used` says how much. A line that is not whole yet is
    /// left, and has to come again with what follows. Errors: request.smuggling, request.body_too_large,
    /// request.headers_too_large.
    Result<State> put(std::string_view input, std::size_t& used);
    std::string& body() { return body_; }

  private:
    enum class Stage : std::uint8_t { counted, chunk_line, chunk_data, chunk_end, trailers, done };
    enum class Step : std::uint8_t { taken, waits };
    Result<Step> step(std::string_view rest, std::size_t& used);
    Step take_data(std::string_view rest, std::size_t& used);
    Result<void> read_chunk_line(std::string_view line);
    Result<void> read_trailer(std::string_view line);

    std::size_t most_body_;
    std::size_t most_trailers_;
    Stage stage_;
    std::size_t left_ = 0;    // of the chunk, or of the body by length
    std::size_t trailer_bytes_ = 0;
    std::string body_;
};

}    // namespace countersign::http
