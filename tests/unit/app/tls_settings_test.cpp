#include "raw/tls_client.hpp"
#include "unit/app/running.hpp"

namespace countersign::app {
namespace {

const Certificate& certificate() {
    static const Certificate made;
    return made;
}

struct Read {
    config::Tree tree;
    Settings settings;
};

Read read(std::string_view text) {
    Read made{
        .tree = config::Tree::load(setting_rows(), {}, {.file_name = "test.toml", .file_text = std::string{text}}),
        .settings = {}};
    made.settings = read_settings(made.tree);
    return made;
}

std::string tls_lines(const std::string& file, const std::string& key) {
    return "[http.tls]\ncertificate = \"" + file + "\"\nkey = \"" + key + "\"\n";
}

TEST(TlsSettings, both_keys_or_none_and_files_that_can_serve) {
    const Certificate& mine = certificate();
    const Certificate other;
    mine.write("garbage.pem", "garbage");
    const std::string good = mine.files().certificate, key = mine.files().key;
    struct Case {
        std::string_view name;
        std::string text;
        std::string_view problem;    // path; empty: none
    };
    const Case table[]{
        {"none", "", ""},
        {"both", tls_lines(good, key), ""},
        {"no key", "[http.tls]\ncertificate = \"" + good + "\"\n", "http.tls.key"},
        {"no certificate", "[http.tls]\nkey = \"" + key + "\"\n", "http.tls.certificate"},
        {"a certificate that is none", tls_lines(mine.path("garbage.pem"), key), "http.tls.certificate"},
        {"a key that is none", tls_lines(good, mine.path("garbage.pem")), "http.tls.key"},
        {"a key that is not there", tls_lines(good, mine.path("absent.pem")), "http.tls.key"},
        {"the key of another certificate", tls_lines(good, other.files().key), "http.tls.key"},
        {"a base URL of plain http", "baseURL = \"http://localhost:8080\"\n" + tls_lines(good, key), "baseURL"},
        {"a base URL of https", "baseURL = \"https://localhost:8080\"\n" + tls_lines(good, key), ""},
    };
    for (const auto& [name, text, problem] : table) {
        const auto [tree, settings] = read(text);
        if (problem.empty()) {
            EXPECT_TRUE(tree.problems().empty()) << name;
            continue;
        }
        ASSERT_EQ(tree.problems().size(), 1U) << name;
        EXPECT_EQ(tree.problems()[0].path, problem) << name;
        EXPECT_FALSE(tree.problems()[0].mend.empty()) << name;
    }
}

TEST(TlsSettings, INP_11_the_own_origin_follows) {
    EXPECT_EQ(read("").settings.base_url, "http://localhost:8080");
    const auto [tree, settings] = read(tls_lines(certificate().files().certificate, certificate().files().key));
    EXPECT_EQ(settings.base_url, "https://localhost:8080");
    EXPECT_EQ(settings.secure_cookies, Switch::on);
}

TEST(TlsSettings, a_key_that_everybody_can_read_is_refused_in_production) {
    const std::string key = certificate().path("open.pem");
    certificate().write_key("open.pem", nullptr);
    std::filesystem::permissions(key, std::filesystem::perms{0644});
    const std::string lines =
        "baseURL = \"https://auth.example.com\"\n" + tls_lines(certificate().files().certificate, key);
    const auto open = read("mode = \"production\"\n" + lines);
    ASSERT_EQ(open.tree.problems().size(), 1U);
    EXPECT_EQ(open.tree.problems()[0].path, "http.tls.key");
    EXPECT_TRUE(read("mode = \"development\"\n" + lines).tree.problems().empty());
    std::filesystem::permissions(key, std::filesystem::perms{0640});
    EXPECT_TRUE(read("mode = \"production\"\n" + lines).tree.problems().empty());
}

TEST(TlsSettings, INP_11_a_configured_server_speaks_TLS_and_nothing_else) {
    const Running server{tls_lines(certificate().files().certificate, certificate().files().key)};
    http::raw::TlsClient client{server->port()};
    client.send("GET /api/auth/ok HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string answer = client.read_one();
    EXPECT_EQ(http::raw::status_of(answer), 200);
    EXPECT_NE(answer.find("strict-transport-security: "), std::string::npos);
    http::raw::Client plain{server->port()};
    plain.send("GET /api/auth/ok HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(plain.read_to_close(), "");
}

}    // namespace
}    // namespace countersign::app
