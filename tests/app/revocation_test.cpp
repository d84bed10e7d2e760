// Promise 4: what was acknowledged as revoked is accepted nowhere, on no connection and no loop.
#include <cstdlib>
#include <thread>

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "crypto/signed_value.hpp"
#include "support/application.hpp"
#include "support/places.hpp"

namespace countersign {
namespace {

using namespace testing_support;

int rounds() { return std::getenv("COUNTERSIGN_LONG") == nullptr ? 2'000 : 100'000; }

/// Sessions of one user made at once by SQL, so that no hash stands between the rounds. Where sessions are no rows they
/// are fewer, and each is signed in for.
class Revocation : public testing::TestWithParam<Kept> {
  protected:
    RunningApplication app{{.profile = GetParam().profile, .settings = GetParam().settings}};
    std::vector<std::unique_ptr<Client>> clients = connections();

    std::vector<std::unique_ptr<Client>> connections() const {
        std::vector<std::unique_ptr<Client>> made;
        for (int i = 0; i < 8; ++i) made.push_back(std::make_unique<Client>(app.port()));    // over both loops
        return made;
    }
    /// Cookies of as many sessions as asked for, each good.
    std::vector<std::string> sessions(int count) {
        const Person alice = sign_up(*clients.front(), "alice");
        if (!GetParam().has_rows) return sessions_by_password(alice);
        Neighbour database = app.neighbour();
        database.run("BEGIN");
        std::vector<std::string> cookies;
        constexpr int first_number = 1000;    // behind those of the sessions that are there
        const crypto::HmacKey key{bytes_of(test_secret)};
        for (int i = 0; i < count; ++i) {
            std::string token = std::to_string(i);
            token.insert(0, 32 - token.size(), 't');
            const std::string id = GetParam().ids == Ids::numbers ? std::to_string(first_number + i) : "id" + token;
            database.run("INSERT INTO session SELECT '" + id + "', expiresAt, '" + token +
                         "', createdAt, updatedAt, ipAddress, userAgent, userId FROM session WHERE token = '" +
                         alice.token + "'");
            cookies.push_back(std::string{session_cookie} + "=" +
                              percent_encode_component(crypto::sign_value(key, token, "")));
        }
        database.run("COMMIT");
        return cookies;
    }
    std::vector<std::string> sessions_by_password(const Person& alice) {
        constexpr int signed_in = 30;
        const std::string body = R"({"email":")" + alice.email + R"(","password":")" + alice.password + R"("})";
        std::vector<std::string> cookies;
        for (int i = 0; i < signed_in; ++i) {
            cookies.push_back(clients.front()->send(post_json("/api/auth/sign-in/email", body)).cookie(session_cookie));
        }
        return cookies;
    }
};

std::vector<Kept> of_better_auth() {
    std::vector<Kept> all = kept_everywhere();
    std::erase_if(all, [](const Kept& one) { return one.native(); });
    return all;
}
INSTANTIATE_TEST_SUITE_P(Kept, Revocation, testing::ValuesIn(of_better_auth()),
                         [](const auto& info) { return info.param.name(); });

TEST_P(Revocation, SES_05_a_session_that_was_signed_out_is_accepted_on_no_other_connection) {
    const std::vector<std::string> cookies = sessions(rounds());
    for (std::size_t i = 0; i < cookies.size(); ++i) {
        Client& one = *clients[i % clients.size()];
        Client& other = *clients[(i + 1 + i / clients.size()) % clients.size()];
        ASSERT_NE(other.send(get_session(cookies[i])).body, "null") << i;
        ASSERT_EQ(one.send(sign_out(cookies[i])).status, 200) << i;
        ASSERT_EQ(other.send(get_session(cookies[i])).body, "null") << i;
    }
}

TEST_P(Revocation, SES_05_nor_while_other_loops_are_busy_reading_it) {
    const std::vector<std::string> cookies = sessions(rounds() / 10);
    std::atomic<std::size_t> current{0};
    std::atomic<std::size_t> ended{0};    // sessions below it were acknowledged as signed out
    std::atomic<int> accepted_after_end{0};
    std::atomic<std::size_t> read_after_end{0};
    std::vector<std::thread> readers;
    for (int r = 0; r < 3; ++r) {
        readers.emplace_back([&] {
            Client reader{app.port()};
            while (ended < cookies.size()) {
                const std::size_t i = current.load();
                const bool was_ended = ended.load() > i;    // before the read starts
                const bool is_null = reader.send(get_session(cookies[i])).body == "null";
                if (!was_ended) continue;
                if (!is_null) ++accepted_after_end;
                ++read_after_end;
                read_after_end.notify_one();
            }
        });
    }
    for (std::size_t i = 0; i < cookies.size(); ++i) {
        current = i;
        EXPECT_EQ(clients[i % clients.size()]->send(sign_out(cookies[i])).status, 200);
        const std::size_t read_before = read_after_end;
        ended = i + 1;
        EXPECT_EQ(clients[(i + 1) % clients.size()]->send(get_session(cookies[i])).body, "null");
        if (i + 1 < cookies.size()) read_after_end.wait(read_before);    // a busy loop has been asked too
    }
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(accepted_after_end, 0);
    EXPECT_GE(read_after_end, cookies.size() - 1);
}

}    // namespace
}    // namespace countersign
