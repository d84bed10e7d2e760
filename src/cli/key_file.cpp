#include "cli/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "base/json_fault.hpp"

namespace countersign::cli {
namespace {

using crypto::Encoding;
using crypto::PrivateForm;
using jose::Jwk;

const crypto::PrivateKey* pair_of(const Jwk& key) { return std::get_if<crypto::PrivateKey>(&key.material); }

Step<std::vector<Jwk>> read_json(std::string_view text) {
    const auto document = json::parse(text);
    if (!document.ok()) {
        const json::Fault fault = json::find_fault(text);
        return stop(wrong_call,
                    fmt::format("the key is no JSON: line {}, column {}: {}", fault.line, fault.column, fault.what));
    }
    const json::Value* list = document->find("keys");
    if (list != nullptr && list->as_array() == nullptr) return stop(wrong_call, "the key set: keys is no list");
    const json::Array single{*document};
    std::vector<Jwk> out;
    for (const json::Value& one : list == nullptr ? single : *list->as_array()) {
        auto key = Jwk::read(one);
        if (!key.ok())
            return wrong(list == nullptr ? "the key" : fmt::format("key {} of the set", out.size()), key.error());
        out.push_back(*std::move(key));
    }
    if (out.empty() || out.size() > jose::max_keys)
        return stop(wrong_call, fmt::format("the key set has {} keys; 1 to {} are taken", out.size(), jose::max_keys));
    return out;
}

Step<std::vector<Jwk>> read_encoded(std::string_view text) {
    auto key = Jwk::parse_encoded(bytes_of(text));
    if (!key.ok() && text.contains("ENCRYPTED"))
        return stop(wrong_call, "the key is encrypted; `openssl pkey -in FILE -out PLAIN` takes the password off");
    if (!key.ok()) return wrong("the key is no JWK, PEM or DER", key.error());
    std::vector<Jwk> out;
    out.push_back(*std::move(key));
    return out;
}

void warn_if_exposed(const std::string& name, std::span<const Jwk> keys, std::ostream& complaints) {
    struct stat found{};
    if (name == "-" || std::ranges::none_of(keys, is_private) || ::stat(name.c_str(), &found) != 0) return;
    if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        complaints << "countersign: warning: others may read this private key; chmod 600 takes it from them\n";
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t done = ::write(file, text.data(), text.size());
        if (done <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

Step<WrittenKey> as_public(std::string_view text) {
    return WrittenKey{Secret::from_text(text), WrittenKey::Holds::public_, WrittenKey::Kind::text};
}

Step<WrittenKey> write_half(const Jwk& key, Encoding encoding) {
    const auto* pair = pair_of(key);
    const auto* half = std::get_if<crypto::PublicKey>(&key.material);
    if (pair == nullptr && half == nullptr) return stop(wrong_call, "a secret has no public half, and no form but JWK");
    const Bytes bytes = pair != nullptr ? pair->public_key().write(encoding) : half->write(encoding);
    return WrittenKey{Secret{bytes}, WrittenKey::Holds::public_,
                      encoding == Encoding::der ? WrittenKey::Kind::binary : WrittenKey::Kind::text};
}

Step<WrittenKey> write_pair(const Jwk& key, Encoding encoding, PrivateForm form) {
    const auto* pair = pair_of(key);
    if (pair == nullptr) return stop(wrong_call, "this form is of private keys, and the key is none");
    auto text = pair->write(encoding, form);
    if (!text.ok()) return wrong("the key", text.error());
    return WrittenKey{*std::move(text), WrittenKey::Holds::private_,
                      encoding == Encoding::der ? WrittenKey::Kind::binary : WrittenKey::Kind::text};
}

Step<WrittenKey> write_traditional(const Jwk& key, jose::Kty kty, std::string_view what) {
    if (key.kty() != kty) return stop(wrong_call, fmt::format("this form is of {} keys", what));
    return write_pair(key, Encoding::pem, PrivateForm::traditional);
}

Step<WrittenKey> write_jwk(const Jwk& key) {
    if (!is_private(key)) {
        const auto text = key.write_public();
        return text.ok() ? as_public(*text) : wrong("the key", text.error());
    }
    auto text = key.write_private();
    if (!text.ok()) return wrong("the key", text.error());
    return WrittenKey{*std::move(text), WrittenKey::Holds::private_, WrittenKey::Kind::text};
}

Step<WrittenKey> write_public_jwk(const Jwk& key) {
    const auto text = key.write_public();
    if (!text.ok()) return stop(wrong_call, "a secret has no public half");
    return as_public(*text);
}

}    // namespace

bool is_private(const Jwk& key) { return !std::holds_alternative<crypto::PublicKey>(key.material); }

Step<std::vector<Jwk>> read_keys(const std::string& name, std::istream& in, std::ostream& complaints) {
    auto text = read_text(name, in);
    if (!text) return std::unexpected{std::move(text).error()};
    const std::size_t first = text->find_first_not_of(" \t\r\n");
    auto keys = first != std::string::npos && (*text)[first] == '{' ? read_json(*text) : read_encoded(*text);
    wipe(std::as_writable_bytes(std::span{*text}));
    if (keys) warn_if_exposed(name, *keys, complaints);
    return keys;
}

Step<Jwk> choose_key(std::vector<Jwk> keys, std::string_view kid) {
    if (keys.size() == 1) return std::move(keys.front());
    const auto found = std::ranges::find(keys, kid, &Jwk::kid);
    if (kid.empty() || found == keys.end())
        return stop(wrong_call, fmt::format("there are {} keys; choose one with --kid", keys.size()));
    return std::move(*found);
}

Step<jose::Alg> choose_algorithm(const Jwk& key, std::string_view name) {
    if (name.empty()) name = key.alg;
    if (!key.alg.empty() && name != key.alg)
        return stop(wrong_call, fmt::format("the key says that it is for {}", key.alg));
    std::vector<std::string_view> fitting;
    std::optional<jose::Alg> found;
    for (const jose::Algorithm& row : jose::algorithms) {
        if (row.kty != key.kty() || row.curve != key.curve()) continue;
        fitting.push_back(row.name);
        if (name.empty() || row.name == name) found = row.id;
    }
    if (name.empty() && fitting.size() > 1)
        return stop(wrong_call, fmt::format("the key fits {}; choose one with --alg", fmt::join(fitting, ", ")));
    if (!found)
        return stop(wrong_call,
                    fmt::format("--alg {} is not for this key; it fits {}", name, fmt::join(fitting, ", ")));
    return *found;
}

Step<WrittenKey> write_key(const Jwk& key, KeyForm form) {
    switch (form) {
        case KeyForm::jwk:
            return write_jwk(key);
        case KeyForm::pem:
        case KeyForm::der: {
            const Encoding encoding = form == KeyForm::pem ? Encoding::pem : Encoding::der;
            return pair_of(key) != nullptr ? write_pair(key, encoding, PrivateForm::pkcs8) : write_half(key, encoding);
        }
        case KeyForm::pkcs8:
            return write_pair(key, Encoding::pem, PrivateForm::pkcs8);
        case KeyForm::pkcs1:
            return write_traditional(key, jose::Kty::rsa, "RSA");
        case KeyForm::sec1:
            return write_traditional(key, jose::Kty::ec, "EC");
        case KeyForm::public_jwk:
            return write_public_jwk(key);
        case KeyForm::public_pem:
            return write_half(key, Encoding::pem);
        case KeyForm::jwks:    // write_set
        case KeyForm::count_:
            break;
    }
    return stop(wrong_call, "no such form");
}

Step<WrittenKey> write_set(std::span<Jwk> keys) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("keys").begin_array();
    for (Jwk& key : keys) {
        if (key.kty() == jose::Kty::oct) return stop(wrong_call, "a secret has no place in a set that is published");
        if (key.kid.empty()) key.kid = key.thumbprint();
        out.raw(*key.write_public());
    }
    out.end_array().end_object();
    return as_public(text);
}

Step<NewFile> NewFile::make(const std::string& name, const WrittenKey& written) {
    const mode_t mode =
        written.holds == WrittenKey::Holds::private_ ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file < 0 && errno == EEXIST) return stop(wrong_call, fmt::format("{} exists; nothing is overwritten", name));
    if (file < 0) return stop(not_checked, fmt::format("{} cannot be made: {}", name, std::strerror(errno)));
    NewFile made{name};
    const std::string_view text = written.text.reveal_text();
    const bool open_end = written.kind == WrittenKey::Kind::text && !text.ends_with('\n');
    const bool whole = write_all(file, text) && write_all(file, open_end ? "\n" : "") && ::fsync(file) == 0;
    if (::close(file) != 0 || !whole) return stop(not_checked, fmt::format("{} cannot be written", name));
    return made;
}

NewFile::~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
}

}    // namespace countersign::cli
