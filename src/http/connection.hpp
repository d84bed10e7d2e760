// Private to the engine: one client connection. One request is in flight at a time; what comes behind it waits.
#pragma once

#include "http/body_reader.hpp"
#include "http/loop.hpp"
#include "http/write.hpp"

namespace countersign::http {

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Loop& loop, const Site& site, Socket socket, std::string client);
    ~Connection();

    void start();
    /// The look-up of the engine, for exchanges that asked for one. Between begin_turn and end_turn.
    void identify();
    /// Runs the handler if this is its lane. Anything else is left for after_run().
    void run_inline();
    /// On the loop, after the batch: write the answer, or hand the exchange to its lane.
    void after_run();
    /// On a lane's thread.
    void run_in_lane();
    /// Whether its look-up is for a lane.
    enum class LookUp : std::uint8_t { none, in_lane };
    LookUp look_up() const;
    /// On a thread of that lane: the look-ups of connections of one site.
    static void look_up_all(std::span<const std::shared_ptr<Connection>> burst);
    /// Where what comes next is done.
    Lane lane() const;
    void refuse(const AuthError& why);
    /// Waits for the next request.
    void read_on();
    void expired();
    void close();
    const Site& site() const { return *site_; }
    bool in_flight() const { return exchange_.has_value(); }

    // Owned by the loop's deadline lists.
    Phase phase = Phase::none;
    Loop::Deadlines::iterator place{};
    std::chrono::steady_clock::time_point deadline{};

  private:
    void read();
    void make_room(std::size_t used);
    void on_bytes(std::size_t count);
    void read_wire();
    void on_wire();
    std::size_t open_records();
    enum class Sent : std::uint8_t { all, not_all };
    Sent send_output();
    void say_goodbye();
    void process();
    Result<void> take_header();
    void begin_body();
    Result<void> take_body();
    void dispatch();
    void begin_exchange();
    void refuse_unparsed(const AuthError& why);
    void write_answer();
    void written();
    void linger();
    void discard();
    bool should_close() const;
    Ending ending() const;

    static constexpr std::size_t first_buffer = 2048;    // most requests fit, and 10,000 idle ones stay small
    Loop* loop_;
    const Site* site_;
    Socket socket_;
    std::unique_ptr<TlsSession> tls_;    // absent: plain http
    std::string client_;
    std::string buffer_;
    std::size_t filled_ = 0;
    std::size_t scanned_ = 0;       // bytes without an end of header in them
    std::size_t header_end_ = 0;    // 0: not seen yet
    std::size_t used_ = 0;          // bytes that belong to the request in flight
    std::optional<BodyReader> reader_;
    std::optional<Framing> framing_;
    std::optional<Exchange> exchange_;
    Next next_ = Next::answer;
    std::string output_;
    std::chrono::steady_clock::time_point began_{};
    bool closed_ = false;
    bool close_after_ = false;
    bool linger_ = false;    // the client may still be sending what we will not read
};

}    // namespace countersign::http
