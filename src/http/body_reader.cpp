#include "http/body_reader.hpp"

#include <charconv>

namespace countersign::http {
namespace {

constexpr std::size_t longest_chunk_line = 256;    // nobody sends extensions; they must not cost more than the data
constexpr std::size_t most_size_digits = 16;

/// The line at the front without its CRLF; absent while its end has not come.
Result<std::optional<std::string_view>> front_line(std::string_view rest, std::size_t longest) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (line.size() > longest) return fail(Code::request_headers_too_large, longest, line.size());
    const std::size_t carriage = line.find('\r');
    if (end == std::string_view::npos) {
        const bool may_go_on = carriage == std::string_view::npos || carriage + 1 == line.size();
        if (!may_go_on) return fail(Code::request_smuggling, "chunks with CRLF");
        return std::optional<std::string_view>{};
    }
    if (carriage == std::string_view::npos || carriage + 1 != line.size()) {
        return fail(Code::request_smuggling, "chunks with CRLF");
    }
    return std::optional{line.substr(0, carriage)};
}

}    // namespace

BodyReader::BodyReader(const Framing& framing, const Limits& limits)
    : most_body_{limits.body_bytes},
      most_trailers_{limits.header_bytes},
      stage_{framing.body == Framing::Body::chunked ? Stage::chunk_line : Stage::counted},
      left_{framing.content_length.value_or(0)} {
    if (stage_ == Stage::counted && left_ == 0) stage_ = Stage::done;
}

BodyReader::Step BodyReader::take_data(std::string_view rest, std::size_t& used) {
    const std::string_view part = rest.substr(0, left_);
    body_ += part;
    used += part.size();
    left_ -= part.size();
    if (left_ > 0) return Step::waits;
    stage_ = stage_ == Stage::counted ? Stage::done : Stage::chunk_end;
    return Step::taken;
}

Result<void> BodyReader::read_chunk_line(std::string_view line) {
    const std::size_t digits = std::min(line.find(';'), line.size());
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + digits, size, 16);
    const bool whole = error == std::errc{} && end == line.data() + digits && digits <= most_size_digits;
    if (!whole) return fail(Code::request_smuggling, "a chunk size in hex digits");
    if (!is_plain(line)) return fail(Code::request_smuggling, "printable ASCII in chunk extensions");
    if (size > most_body_ - body_.size()) return fail(Code::request_body_too_large, most_body_, size);
    left_ = size;
    stage_ = size == 0 ? Stage::trailers : Stage::chunk_data;
    return {};
}

Result<void> BodyReader::read_trailer(std::string_view line) {
    trailer_bytes_ += line.size() + 2;
    if (trailer_bytes_ > most_trailers_) return fail(Code::request_headers_too_large, most_trailers_);
    if (line.empty()) {
        stage_ = Stage::done;
        return {};
    }
    CS_TRY(const Header dropped, parse_field(line));
    static_cast<void>(dropped);
    return {};
}

Result<BodyReader::Step> BodyReader::step(std::string_view rest, std::size_t& used) {
    if (stage_ == Stage::counted || stage_ == Stage::chunk_data) return take_data(rest, used);
    const std::size_t longest = stage_ == Stage::trailers ? most_trailers_ : longest_chunk_line;
    CS_TRY(const std::optional<std::string_view> line, front_line(rest, longest));
    if (!line) return Step::waits;
    used += line->size() + 2;
    if (stage_ == Stage::chunk_line) {
        CS_CHECK(read_chunk_line(*line));
    } else if (stage_ == Stage::trailers) {
        CS_CHECK(read_trailer(*line));
    } else {
        if (!line->empty()) return fail(Code::request_smuggling, "the end of a chunk where its size says");
        stage_ = Stage::chunk_line;
    }
    return Step::taken;
}

Result<BodyReader::State> BodyReader::put(std::string_view input, std::size_t& used) {
    used = 0;
    while (stage_ != Stage::done) {
        CS_TRY(const Step taken, step(input.substr(used), used));
        if (taken == Step::waits) return State::more;
    }
    return State::done;
}

}    // namespace countersign::http
