#include "http/body_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace countersign::http {
namespace {
namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;
}    // namespace

class RequestParser::Inner final : public beast::http::basic_parser<true> {
  public:
    explicit Inner(const Limits& limits) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        body_limit(limits.body_bytes);
        eager(true);
    }
    std::string body;

  private:
    // What the header says is read by parse_header_block; here only the body counts.
    void on_request_impl(beast::http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(beast::http::field, string_view, string_view, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view part, error_code&) override {
        body.append(part.data(), part.size());
        return part.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view extension, error_code& error) override {
        // A quoted value may have any byte for Beast; a reader that ends lines at CR or LF would see another chunk.
        if (extension.find_first_of("\r\n") != string_view::npos) error = beast::http::error::bad_chunk_extension;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code&) override {
        body.append(part.data(), part.size());
        return part.size();
    }
    void on_finish_impl(error_code&) override {}
};

RequestParser::RequestParser(const Limits& limits) : inner_{std::make_unique<Inner>(limits)} {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

Result<RequestParser::State> RequestParser::put(std::string_view input, std::size_t& used) {
    used = 0;
    while (!inner_->is_done()) {
        error_code error;
        const std::size_t taken = inner_->put(boost::asio::buffer(input.data() + used, input.size() - used), error);
        used += taken;
        if (error == beast::http::error::need_more) {
            // Beast waits for a CRLF in what it leaves: a chunk line or trailers. One that ends in LF would never come.
            if (has_bare_line_feed(input.substr(used), 0)) return fail(Code::request_smuggling, "chunks with CRLF");
            return State::more;
        }
        if (error == beast::http::error::header_limit) return fail(Code::request_headers_too_large);
        if (error == beast::http::error::body_limit) return fail(Code::request_body_too_large);
        if (error) return fail(Code::request_malformed, "HTTP/1.1", error.message());
        if (taken == 0 && !inner_->is_done()) return State::more;
    }
    return State::done;
}

bool RequestParser::header_done() const { return inner_->is_header_done(); }
std::string& RequestParser::body() { return inner_->body; }

}    // namespace countersign::http
