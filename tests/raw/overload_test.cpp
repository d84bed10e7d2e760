// Too much of everything: work, connections, descriptors. What is full says so; the rest goes on (DESIGN §2.5).
#include <fcntl.h>
#include <sys/resource.h>

#include "raw/engine.hpp"

namespace countersign::http {
namespace {

using namespace raw;

/// Handlers that wait until the test lets them go.
class Gatekeeper {
  public:
    void wait() {
        ++waiting;
        std::unique_lock held{lock_};
        opened_.wait(held, [this] { return open_; });
        ++done;
    }
    void open() {
        {
            const std::scoped_lock held{lock_};
            open_ = true;
        }
        opened_.notify_all();
    }
    std::atomic<int> waiting{0};
    std::atomic<int> done{0};

  private:
    std::mutex lock_;
    std::condition_variable opened_;
    bool open_ = false;
};

std::atomic<Gatekeeper*> keeper{nullptr};
std::atomic<int> deferrals{0};

Result<Response> run_wait(Exchange&) {
    keeper.load()->wait();
    return Response::json("\"waited\"");
}
Result<Response> run_defer(Exchange& x) {
    if (x.lane() == Lane::storage) return Response::json("\"deferred\"");
    ++deferrals;
    return Response::defer(Lane::storage);
}
constexpr Endpoint storage_wait = row(Method::get, "/storage", Lane::storage, run_wait);
constexpr Endpoint hash_wait = row(Method::get, "/hash", Lane::hash, run_wait);
constexpr Endpoint outbound_wait = row(Method::get, "/outbound", Lane::outbound, run_wait);
constexpr Endpoint defers = row(Method::get, "/defer", Lane::inline_, run_defer);
constexpr std::array rows{&storage_wait, &hash_wait, &outbound_wait, &defers};

std::string ask(std::string_view path) { return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

class Overload : public testing::Test {
  protected:
    void SetUp() override {
        keeper = &gatekeeper;
        deferrals = 0;
    }
    void TearDown() override {
        gatekeeper.open();    // an engine joins its lanes
        engine.reset();
    }
    static EngineSetup narrow() {
        constexpr LaneLimits one{.threads = 1, .queue = 1};
        return {.lanes = {.storage = one, .hash = one, .outbound = one}};
    }
    /// One request runs and one waits in the queue of this lane.
    std::vector<std::unique_ptr<Client>> fill(Lane lane, std::string_view path) {
        std::vector<std::unique_ptr<Client>> clients;
        const int before = gatekeeper.waiting;
        clients.push_back(std::make_unique<Client>(engine->port()));
        clients.back()->send(ask(path));
        await("a handler runs", [&] { return gatekeeper.waiting > before; });
        clients.push_back(std::make_unique<Client>(engine->port()));
        clients.back()->send(ask(path));
        await("the next one waits", [&] { return engine->server().lanes().depth(lane) == 1; });
        return clients;
    }
    void expect_unavailable(std::string_view path) {
        Client client{engine->port()};
        client.send(ask(path));
        const std::string answer = client.read_one();
        EXPECT_EQ(status_of(answer), 503) << path;
        EXPECT_NE(answer.find("\r\nretry-after: 1\r\n"), std::string::npos) << path;
        client.send(ask("/ping"));
        EXPECT_EQ(status_of(client.read_one()), 200) << "the connection is as good as before";
    }

    Gatekeeper gatekeeper;
    std::optional<TestEngine> engine;
};

TEST_F(Overload, a_full_lane_is_503_there_and_nowhere_else) {
    struct Row {
        Lane lane;
        std::string_view path;
    };
    constexpr std::array table{Row{Lane::hash, "/hash"}, Row{Lane::outbound, "/outbound"},
                               Row{Lane::storage, "/storage"}};
    engine.emplace(rows, narrow());
    std::vector<std::unique_ptr<Client>> all;
    for (const auto& [lane, path] : table) {
        if (lane != Lane::storage) EXPECT_EQ(status_of(engine->once(ask("/defer"))), 200) << "storage is not full yet";
        for (auto& client : fill(lane, path)) all.push_back(std::move(client));
        expect_unavailable(path);
        engine->expect_alive(path);
    }
    expect_unavailable("/defer");
    gatekeeper.open();
    for (const auto& client : all) EXPECT_NE(client->read_one().find("\"waited\""), std::string::npos);
    EXPECT_EQ(status_of(engine->once(ask("/defer"))), 200);
}

TEST_F(Overload, requests_that_are_counted_elsewhere_keep_no_loop_and_find_a_full_lane) {
    EngineSetup setup = narrow();
    setup.loops = 1;
    setup.count = [this] { gatekeeper.wait(); };
    engine.emplace(rows, setup);
    auto clients = fill(Lane::storage, "/ping");    // the one loop goes on, or this would end here
    Client late{engine->port()};
    late.send(ask("/ping"));
    const std::string refused = late.read_one();
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nretry-after: 1\r\n"), std::string::npos);
    EXPECT_EQ(gatekeeper.waiting, 1);
    gatekeeper.open();
    for (const auto& client : clients) EXPECT_NE(client->read_one().find("\"pong\""), std::string::npos);
    EXPECT_NE(engine->once(ask("/defer")).find("\"deferred\""), std::string::npos) << "lanes of rows are as ever";
    EXPECT_EQ(gatekeeper.done, 3);
}

TEST_F(Overload, a_handler_that_defers_runs_again_in_its_lane_and_answers_keep_their_order) {
    engine.emplace(rows, narrow());
    Client client{engine->port()};
    client.send(ask("/ping") + ask("/defer") + ask("/ping"));
    EXPECT_NE(client.read_one().find("\"pong\""), std::string::npos);
    EXPECT_NE(client.read_one().find("\"deferred\""), std::string::npos);
    EXPECT_NE(client.read_one().find("\"pong\""), std::string::npos);
    EXPECT_EQ(deferrals, 1);
}

TEST_F(Overload, a_client_that_leaves_while_its_handler_runs_harms_nobody) {
    engine.emplace(rows);
    std::vector<std::unique_ptr<Client>> clients;
    for (const std::string_view path : {"/storage", "/hash", "/outbound"}) {
        for (int i = 0; i < 2; ++i) {
            clients.push_back(std::make_unique<Client>(engine->port()));
            clients.back()->send(ask(path) + ask(path));    // the second is never run
        }
    }
    await("all handlers run", [&] { return gatekeeper.waiting == 6; });
    for (std::size_t i = 0; i < clients.size(); ++i) i % 2 == 0 ? clients[i]->close() : clients[i]->reset();
    gatekeeper.open();
    await("the connections are gone", [&] { return engine->metrics().connections() == 0; });
    EXPECT_EQ(gatekeeper.done, gatekeeper.waiting);
    engine->expect_alive("clients that left");
}

TEST_F(Overload, connections_over_a_limit_are_answered_503_and_their_place_is_given_back) {
    struct Row {
        std::string_view name;
        std::size_t in_all, of_one;
    };
    for (const auto& [name, in_all, of_one] : {Row{"in all", 2, 100}, Row{"of one client", 100, 2}}) {
        EngineSetup setup;
        setup.limits.connections = in_all;
        setup.limits.connections_per_client = of_one;
        engine.emplace(rows, setup);
        Client first{engine->port()}, second{engine->port()};
        for (Client* client : {&first, &second}) {
            client->send(ask("/ping"));
            EXPECT_EQ(status_of(client->read_one()), 200) << name;
        }
        Client third{engine->port()};
        const std::string answer = third.read_to_close();
        EXPECT_EQ(status_of(answer), 503) << name;
        EXPECT_NE(answer.find("\r\nretry-after: 1\r\n"), std::string::npos) << name;
        EXPECT_NE(answer.find("\r\nconnection: close\r\n"), std::string::npos) << name;
        second.close();
        await("the place is free", [&] { return engine->metrics().connections() == 1; });
        engine->expect_alive(name);
        first.send(ask("/ping"));
        EXPECT_EQ(status_of(first.read_one()), 200) << name;
    }
}

TEST_F(Overload, a_drain_answers_what_runs_and_nothing_else) {
    engine.emplace(rows, EngineSetup{.loops = 1});    // with more, one begins before the other
    const std::uint16_t port = engine->port();
    Client running{port}, sending{port}, idle{port}, half{port};
    idle.send(ask("/ping"));
    EXPECT_EQ(status_of(idle.read_one()), 200);
    running.send(ask("/storage") + ask("/storage"));
    await("the handler runs", [&] { return gatekeeper.waiting == 1; });
    sending.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(status_of(sending.read_header()), 100);
    half.send("GET /ping HT");
    std::thread stopper{[&] { engine->server().stop(std::chrono::duration_cast<Seconds>(patience)); }};
    EXPECT_EQ(idle.read_to_close(), "");    // says that the drain has begun
    EXPECT_EQ(half.read_to_close(), "");
    EXPECT_FALSE(Client{port}.connected());
    sending.send("abc");
    const std::string refused = sending.read_to_close();
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_NE(refused.find("\r\nconnection: close\r\n"), std::string::npos);
    gatekeeper.open();
    const std::string answers = running.read_to_close();
    EXPECT_EQ(status_of(answers), 200);
    EXPECT_EQ(Client::size_of_answer(answers), answers.size()) << "the second request is not answered";
    running.close();
    stopper.join();
    EXPECT_EQ(gatekeeper.done, 1);
}

TEST_F(Overload, a_drain_ends_when_its_time_is_over) {
    engine.emplace(rows);
    Client sending{engine->port()};
    sending.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(status_of(sending.read_header()), 100);
    engine->server().stop(Seconds{0});
    EXPECT_EQ(sending.read_to_close(), "");
}

/// While it lives, this process can open `more` descriptors and no further one.
class Descriptors {
  public:
    explicit Descriptors(rlim_t more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int next = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
        ::close(next);
        const rlimit less{.rlim_cur = static_cast<rlim_t>(next) + more, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &less);
    }
    Descriptors(const Descriptors&) = delete;
    Descriptors& operator=(const Descriptors&) = delete;
    ~Descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(Overload, without_descriptors_accepting_pauses_and_goes_on_when_there_are_some) {
    engine.emplace(rows, EngineSetup{.loops = 1});
    Client served{engine->port()}, waits;
    served.send(ask("/ping"));
    EXPECT_EQ(status_of(served.read_one()), 200);
    {
        const Descriptors none{0};
        waits.connect(engine->port());    // the kernel takes it, the server cannot
        EXPECT_TRUE(waits.connected());
        waits.send(ask("/ping"));
        await("accepting has paused", [&] { return engine->metrics().accept_pauses() > 0; });
        served.send(ask("/ping"));
        EXPECT_EQ(status_of(served.read_one()), 200) << "who is in is served";
    }
    EXPECT_EQ(status_of(waits.read_one()), 200);
    engine->expect_alive("no descriptors");
}

TEST_F(Overload, a_second_server_on_the_same_address_is_refused_and_the_first_goes_on) {
    engine.emplace(rows);
    const auto second = engine->start_on(engine->port());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code(), Code::config_invalid);
    engine->expect_alive("a second server");
    const std::uint16_t port = engine->port();
    engine->server().stop(Seconds{0});
    EXPECT_TRUE(engine->start_on(port).ok()) << "the address is free again";
}

}    // namespace
}    // namespace countersign::http
