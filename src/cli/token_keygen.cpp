#include <fmt/format.h>
#include <fmt/ranges.h>

#include <istream>
#include <ostream>

#include "base/random.hpp"
#include "cli/key_file.hpp"
#include "cli/token_keys.hpp"

namespace countersign::cli {
namespace {

constexpr std::string_view standard_output = "-";

Step<jose::Alg> algorithm_of(const KeygenAsk& ask) {
    std::vector<std::string_view> names;
    std::optional<jose::Alg> found;
    for (const jose::Algorithm& row : jose::algorithms) {
        if (names.empty() || names.back() != row.name) names.push_back(row.name);
        const bool curve_fits = ask.curve.empty() || crypto::row_of(row.curve).name == ask.curve;
        if (row.name == ask.alg && curve_fits && !found) found = row.id;
    }
    if (found) return *found;
    if (std::ranges::find(names, std::string_view{ask.alg}) != names.end())
        return stop(wrong_call, fmt::format("{} has no curve {}", ask.alg, ask.curve));
    return stop(wrong_call, fmt::format("there is no algorithm {}; there are {}", ask.alg, fmt::join(names, ", ")));
}

Step<std::size_t> bits_of(const KeygenAsk& ask, const jose::Algorithm& row) {
    if (ask.bits == 0) return crypto::min_rsa_bits;
    if (row.kty != jose::Kty::rsa) return stop(wrong_call, fmt::format("--bits is for RSA; {} has one size", row.name));
    if (ask.bits < crypto::min_rsa_bits || ask.bits > crypto::max_rsa_bits || ask.bits % 8 != 0)
        return stop(wrong_call,
                    fmt::format("--bits is a multiple of 8 from {} to {}", crypto::min_rsa_bits, crypto::max_rsa_bits));
    return ask.bits;
}

/// A file, or nothing if it went to standard output.
Step<std::optional<NewFile>> put(const std::string& name, const WrittenKey& written, std::ostream& out) {
    if (name == standard_output) {
        out << written.text.reveal_text() << (written.text.reveal_text().ends_with('\n') ? "" : "\n");
        return std::optional<NewFile>{};
    }
    auto made = NewFile::make(name, written);
    if (!made) return std::unexpected{std::move(made).error()};
    return std::optional<NewFile>{*std::move(made)};
}

void report(const KeygenAsk& ask, const jose::Jwk& key, std::ostream& out) {
    if (ask.out == standard_output || ask.half == standard_output) return;
    const bool has_half = key.kty() != jose::Kty::oct;
    if (ask.output == Output::text) {
        out << fmt::format("kid  {}\nalg  {}\n", key.kid, key.alg);
        return;
    }
    std::string text;
    json::Writer writer{text};
    writer.begin_object().key("kid").value(key.kid).key("alg").value(key.alg);
    if (has_half) writer.key("thumbprint").value(key.thumbprint());
    writer.end_object();
    out << text << '\n';
}

Step<jose::Jwk> make(const KeygenAsk& ask) {
    const auto alg = algorithm_of(ask);
    if (!alg) return std::unexpected{alg.error()};
    const auto bits = bits_of(ask, jose::row_of(*alg));
    if (!bits) return std::unexpected{bits.error()};
    SystemRandom random;
    auto key = jose::Jwk::generate(*alg, random, *bits);
    if (!key.ok()) return wrong("the key", key.error());
    return *std::move(key);
}

Step<void> write(const KeygenAsk& ask, const jose::Jwk& key, std::ostream& out) {
    const bool pem = ask.format == "pem";
    const auto whole = write_key(key, pem ? KeyForm::pkcs8 : KeyForm::jwk);
    if (!whole)
        return std::unexpected{whole.error().exit == wrong_call && pem && key.kty() == jose::Kty::oct
                                   ? Stop{wrong_call, "a secret has no form but JWK"}
                                   : whole.error()};
    std::optional<NewFile> half_file;
    if (!ask.half.empty()) {
        const auto half = write_key(key, pem ? KeyForm::public_pem : KeyForm::public_jwk);
        if (!half) return std::unexpected{half.error()};
        auto made = put(ask.half, *half, out);
        if (!made) return std::unexpected{std::move(made).error()};
        if (made->has_value()) half_file.emplace(**std::move(made));
    }
    auto file = put(ask.out, *whole, out);
    if (!file) return std::unexpected{std::move(file).error()};
    if (file->has_value()) (*file)->keep();
    if (half_file) half_file->keep();
    return {};
}

}    // namespace

int generate_key(const KeygenAsk& ask, Streams streams) {
    if (ask.format != "jwk" && ask.format != "pem")
        return leave({wrong_call, "--format is jwk or pem"}, streams.complaints);
    if (ask.out == standard_output && ask.half == standard_output)
        return leave({wrong_call, "--out and --public cannot both be standard output"}, streams.complaints);
    const auto key = make(ask);
    if (!key) return leave(key.error(), streams.complaints);
    if (const auto written = write(ask, *key, streams.out); !written) return leave(written.error(), streams.complaints);
    report(ask, *key, streams.out);
    return fine;
}

}    // namespace countersign::cli
