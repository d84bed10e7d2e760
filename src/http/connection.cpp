#include "http/connection.hpp"

#include <boost/asio/write.hpp>

namespace countersign::http {
namespace {

constexpr std::string_view end_of_header = "\r\n\r\n";

}    // namespace

Connection::Connection(Loop& loop, const Site& site, Socket socket, std::string client)
    : loop_{&loop},
      site_{&site},
      socket_{std::move(socket)},
      client_{std::move(client)} {}

Connection::~Connection() = default;

void Connection::start() {
    site_->metrics->connection_opened(loop_->index());
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    socket_.non_blocking(true, ignored);
    buffer_.resize(first_buffer);
    loop_->enter_phase(*this, Phase::header);
    if (site_->tls != nullptr) {
        tls_ = site_->tls->make_session();
        if (tls_ == nullptr) return close();
    }
    read();
}

void Connection::close() {
    if (closed_) return;
    closed_ = true;
    if (tls_ != nullptr && phase != Phase::write) say_goodbye();
    loop_->forget(*this);
    loop_->census().leave(*site_, client_);
    site_->metrics->connection_closed(loop_->index());
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_both, ignored);
    socket_.close(ignored);
}

void Connection::make_room(std::size_t used) {
    if (used < buffer_.size()) return;
    buffer_.resize(std::max(first_buffer, buffer_.size() * 2));
    framing_.reset();    // its views pointed into the old memory
}

void Connection::read() {
    if (tls_ != nullptr) return read_wire();
    make_room(filled_);
    auto into = asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
    socket_.async_read_some(into,
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t count) {
                                if (self->closed_) return;
                                if (error) return self->close();
                                self->on_bytes(count);
                            });
}

void Connection::on_bytes(std::size_t count) {
    // A request that was refused for its time is still being read; what arrives now comes too late.
    if (phase != Phase::header && phase != Phase::body && phase != Phase::idle) return;
    filled_ += count;
    process();
}

/// TLS: waits for bytes instead of reading them, so that idle connections need no memory for what is sealed.
void Connection::read_wire() {
    if (tls_->state() != TlsSession::State::going) return close();
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        if (self->closed_) return;
        if (error) return self->close();
        self->on_wire();
    });
}

void Connection::on_wire() {
    if (phase != Phase::header && phase != Phase::body && phase != Phase::idle) return;
    constexpr std::size_t at_once = std::size_t{16} * 1024;    // about a record
    std::string& wire = loop_->wire();
    wire.resize(at_once);
    boost::system::error_code error;
    const std::size_t count = socket_.read_some(asio::buffer(wire), error);
    if (error == asio::error::would_block) return read_wire();
    if (error) return close();
    tls_->feed({wire.data(), count});
    const std::size_t opened = open_records();
    if (send_output() == Sent::not_all) return close();
    if (tls_->state() == TlsSession::State::failed) return linger();    // its alert is on the way
    if (opened > 0) return on_bytes(opened);
    read_wire();
}

/// Behind what is in the buffer; answers how many bytes came.
std::size_t Connection::open_records() {
    std::size_t opened = 0;
    while (true) {
        make_room(filled_ + opened);
        const std::size_t at = filled_ + opened;
        const std::size_t count = tls_->read({buffer_.data() + at, buffer_.size() - at});
        if (count == 0) return opened;
        opened += count;
    }
}

/// Handshakes and alerts fit into any socket's buffer. For whom they do not, somebody writes and never reads.
Connection::Sent Connection::send_output() {
    std::string& wire = loop_->wire();
    wire.clear();
    tls_->take_output(wire);
    if (wire.empty()) return Sent::all;
    boost::system::error_code error;
    return socket_.write_some(asio::buffer(wire), error) == wire.size() ? Sent::all : Sent::not_all;
}

void Connection::say_goodbye() {
    tls_->end();
    send_output();
}

/// Looks for a whole request in what has come; asks for more, refuses, or dispatches.
void Connection::process() {
    if (filled_ > 0 && phase == Phase::idle) loop_->enter_phase(*this, Phase::header);
    if (auto header = take_header(); !header.ok()) return refuse_unparsed(header.error());
    if (header_end_ == 0) return read();
    if (auto body = take_body(); !body.ok()) return refuse_unparsed(body.error());
    if (reader_) {
        if (phase != Phase::body) loop_->enter_phase(*this, Phase::body);
        return read();
    }
    dispatch();
}

Result<void> Connection::take_header() {
    if (header_end_ != 0 && framing_) return {};
    const std::string_view view{buffer_.data(), filled_};
    if (header_end_ == 0) {
        const std::size_t from = scanned_ < end_of_header.size() ? 0 : scanned_ - end_of_header.size() + 1;
        const std::size_t end = view.find(end_of_header, from);
        if (end == std::string_view::npos) {
            if (filled_ > site_->limits.header_bytes)
                return fail(Code::request_headers_too_large, site_->limits.header_bytes);
            if (has_bare_line_feed(view, scanned_)) return fail(Code::request_smuggling, "lines that end in CRLF");
            scanned_ = filled_;
            return {};
        }
        header_end_ = end + end_of_header.size();
        if (header_end_ > site_->limits.header_bytes)
            return fail(Code::request_headers_too_large, site_->limits.header_bytes);
        CS_TRY(framing_, parse_header_block(view.substr(0, header_end_), site_->limits));
        begin_body();
        return {};
    }
    CS_TRY(framing_, parse_header_block(view.substr(0, header_end_), site_->limits));
    return {};
}

/// Most requests are whole by now: only what is chunked or still on its way needs the reader.
void Connection::begin_body() {
    const std::size_t length = framing_->content_length.value_or(0);
    if (framing_->body == Framing::Body::chunked || filled_ - header_end_ < length) {
        used_ = header_end_;
        reader_.emplace(*framing_, site_->limits);
        return;
    }
    output_.assign(buffer_, header_end_, length);
    used_ = header_end_ + length;
}

/// Feeds the reader. When the request is whole reader_ is empty and its body stands in output_'s stead.
Result<void> Connection::take_body() {
    if (!reader_) return {};
    std::size_t taken = 0;
    CS_TRY(const BodyReader::State state, reader_->put({buffer_.data() + used_, filled_ - used_}, taken));
    used_ += taken;
    if (state == BodyReader::State::done) {
        output_ = std::move(reader_->body());
        reader_.reset();
        return {};
    }
    if (used_ > header_end_) {    // what the reader has taken needs no room here
        std::memmove(buffer_.data() + header_end_, buffer_.data() + used_, filled_ - used_);
        filled_ -= used_ - header_end_;
        used_ = header_end_;
    }
    if (framing_->expect == Framing::Expect::continue_100 && filled_ == header_end_) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        boost::system::error_code ignored;    // a client that cannot be told will time out
        std::string& text = loop_->scratch();
        text = go_on;
        if (tls_ != nullptr) tls_->seal(text);
        socket_.write_some(asio::buffer(text), ignored);
        framing_->expect = Framing::Expect::nothing;
    }
    return {};
}

void Connection::begin_exchange() {
    RequestView view;
    view.peer_address = client_;
    if (framing_) {
        view.method = framing_->method;
        view.target = framing_->target;
        const std::size_t mark = view.target.find('?');
        view.path = view.target.substr(0, mark);
        view.query = mark == std::string_view::npos ? std::string_view{} : view.target.substr(mark + 1);
        view.headers = framing_->headers;
        view.body = output_;
        view.has_body = !output_.empty();
    }
    began_ = loop_->time().steady;
    exchange_.emplace(view, *site_->services, Reference{loop_->next_reference()}, loop_->time().wall);
    exchange_->set_client_address(client_);
}

void Connection::dispatch() {
    loop_->enter_phase(*this, Phase::none);
    begin_exchange();
    close_after_ = framing_->keep_alive == Framing::KeepAlive::no;
    if (loop_->drains(*site_)) {
        next_ = site_->pipeline->refuse(*exchange_, AuthError{Code::overload_shutdown});
    } else {
        next_ = site_->pipeline->admit(*exchange_);
    }
    loop_->ready(shared_from_this());
}

void Connection::refuse_unparsed(const AuthError& why) {
    loop_->enter_phase(*this, Phase::none);
    framing_.reset();
    reader_.reset();
    begin_exchange();
    close_after_ = linger_ = true;
    next_ = site_->pipeline->refuse(*exchange_, why);
    loop_->ready(shared_from_this());
}

void Connection::refuse(const AuthError& why) { next_ = site_->pipeline->refuse(*exchange_, why); }

void Connection::identify() {
    const bool here = site_->pipeline->look_up_lane() == Lane::inline_;
    if (next_ == Next::look_up && here) next_ = site_->pipeline->identify(*exchange_);
}

void Connection::run_inline() {
    if (next_ == Next::run && exchange_->lane() == Lane::inline_) next_ = site_->pipeline->run(*exchange_);
}

void Connection::run_in_lane() {
    next_ = next_ == Next::count ? site_->pipeline->count(*exchange_) : site_->pipeline->run(*exchange_);
}

Connection::LookUp Connection::look_up() const {
    return exchange_ && next_ == Next::look_up ? LookUp::in_lane : LookUp::none;
}

void Connection::look_up_all(std::span<const std::shared_ptr<Connection>> burst) {
    std::vector<Exchange*> asked;
    std::vector<Next> next(burst.size(), Next::look_up);
    asked.reserve(burst.size());
    for (const auto& connection : burst) asked.push_back(&*connection->exchange_);
    burst.front()->site_->pipeline->identify_and_run(asked, next);
    for (std::size_t i = 0; i < burst.size(); ++i) burst[i]->next_ = next[i];
}

Lane Connection::lane() const { return next_ == Next::look_up ? site_->pipeline->look_up_lane() : exchange_->lane(); }

void Connection::after_run() {
    if (closed_) return exchange_.reset();
    if (next_ == Next::answer) return write_answer();
    loop_->submit(shared_from_this());
}

Ending Connection::ending() const {
    if (close_after_) return Ending::close;
    const bool old = framing_ && framing_->version == Framing::Version::http_1_0;
    return old ? Ending::keep_alive_by_name : Ending::keep_alive;
}

bool Connection::should_close() const { return close_after_ || exchange_->answer.close || loop_->drains(*site_); }

void Connection::write_answer() {
    const Exchange& x = *exchange_;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
    site_->metrics->count(loop_->index(), x.endpoint, x.answer.status, took);
    close_after_ = should_close();
    std::string& text = loop_->scratch();
    text.clear();
    append_response(text, x.answer, x.reference().text(), loop_->time().date,
                    x.request().method == Method::head ? Content::none : Content::body, ending());
    if (tls_ != nullptr) tls_->seal(text);

    boost::system::error_code error;
    const std::size_t sent = socket_.write_some(asio::buffer(text), error);
    exchange_.reset();
    if (error && error != asio::error::would_block) return close();
    if (sent == text.size()) return written();
    output_.assign(text, error ? 0 : sent);
    loop_->enter_phase(*this, Phase::write);
    asio::async_write(socket_, asio::buffer(output_),
                      [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
                          if (self->closed_) return;
                          if (failed) return self->close();
                          self->written();
                      });
}

void Connection::written() {
    if (close_after_) {
        if (tls_ != nullptr) say_goodbye();
        return linger_ || filled_ > used_ ? linger() : close();
    }
    // What came behind the request moves to the front.
    const std::size_t rest = filled_ - used_;
    if (rest > 0) std::memmove(buffer_.data(), buffer_.data() + used_, rest);
    filled_ = rest;
    header_end_ = used_ = scanned_ = 0;
    framing_.reset();
    output_.clear();
    if (rest == 0 && buffer_.size() > first_buffer) {
        buffer_.resize(first_buffer);
        buffer_.shrink_to_fit();
        output_.shrink_to_fit();
    }
    loop_->enter_phase(*this, rest > 0 ? Phase::header : Phase::idle);
    if (rest > 0) return process();
    loop_->read_later(shared_from_this());
}

void Connection::read_on() {
    if (!closed_) read();
}

void Connection::expired() {
    const bool waiting_for_request = (phase == Phase::header && filled_ > 0) || phase == Phase::body;
    if (!waiting_for_request) return close();
    refuse_unparsed(AuthError{Code::request_timeout});
    linger_ = false;    // its time is over
}

/// To close a socket with unread bytes resets it, which can take the answer away from the client: RFC 9112 §9.6.
void Connection::linger() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    loop_->enter_phase(*this, Phase::linger);
    discard();
}

void Connection::discard() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                                if (self->closed_) return;
                                if (error) return self->close();
                                self->discard();
                            });
}

}    // namespace countersign::http
