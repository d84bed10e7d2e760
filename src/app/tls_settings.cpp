#include "app/tls_settings.hpp"

#include <filesystem>

namespace countersign::app {
namespace {

constexpr std::string_view certificate_path = "http.tls.certificate";
constexpr std::string_view key_path = "http.tls.key";

struct FaultText {
    http::TlsFault fault;
    std::string_view path;
    std::string_view what;
    std::string_view mend;
};
constexpr std::array fault_texts{
    FaultText{http::TlsFault::certificate, certificate_path,
              "is no file with a PEM certificate of 2048 bits (RSA) or more",
              "name the file of the full chain, the server's own certificate first"},
    FaultText{http::TlsFault::key, key_path, "is no file with a PEM key without passphrase",
              "name the key's file, and take a passphrase off with openssl pkey"},
    FaultText{http::TlsFault::mismatch, key_path, "does not belong to the certificate",
              "name the key that the certificate was requested with"},
    FaultText{http::TlsFault::library, certificate_path, "cannot be used: OpenSSL refuses TLS 1.2 and 1.3",
              "look at the openssl.cnf of this machine"},
};

bool is_open_to_all(const std::string& file) {
    using std::filesystem::perms;
    std::error_code unknown;
    const auto allowed = std::filesystem::status(file, unknown).permissions();
    return !unknown && (allowed & (perms::others_read | perms::others_write)) != perms::none;
}

}    // namespace

void read_tls(config::Tree& tree, Settings& settings) {
    const bool certificate = tree.has(certificate_path), key = tree.has(key_path);
    if (certificate != key) {
        tree.add_problem(certificate ? key_path : certificate_path, "is missing, and the other one is there",
                         "set both http.tls.certificate and http.tls.key, or none");
    }
    if (certificate && key) settings.tls = {tree.text(certificate_path, ""), tree.text(key_path, "")};
}

void check_tls(config::Tree& tree, const Settings& settings) {
    if (!settings.tls) return;
    if (settings.own_origin.scheme == "http") {
        tree.add_problem("baseURL", "is plain http, and the listener speaks TLS", "write it as https://...");
    }
    if (const auto loaded = http::TlsContext::load(*settings.tls); !loaded.has_value()) {
        const auto found = std::ranges::find(fault_texts, loaded.error(), &FaultText::fault);
        tree.add_problem(found->path, std::string{found->what}, std::string{found->mend});
    }
    const bool strict = settings.mode == Mode::production && settings.replay == Switch::off;
    if (strict && is_open_to_all(settings.tls->key)) {
        tree.add_problem(key_path, "can be read by every user of this machine", "chmod 600 " + settings.tls->key);
    }
}

}    // namespace countersign::app
