#include "cli/token_keys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "cli/key_file.hpp"

namespace countersign::cli {

struct KeyCommands::State {
    CLI::App *sign = nullptr, *keygen = nullptr, *thumbprint = nullptr, *convert = nullptr;
    SignAsk to_sign;
    KeygenAsk to_make;
    ThumbprintAsk to_print;
    ConvertAsk to_convert;
    std::int64_t now = 0;
    CLI::Option* given_now = nullptr;
    bool anyway = false, uri = false, json = false;

    Output output() const { return json ? Output::json : Output::text; }
    void declare_sign(CLI::App& token);
    void declare_keygen(CLI::App& token);
    void declare_thumbprint(CLI::App& token);
    void declare_convert(CLI::App& token);
};

void KeyCommands::State::declare_sign(CLI::App& token) {
    sign = token.add_subcommand("sign", "sign claims with a private key");
    sign->add_option("--key", to_sign.key, "file of a JWK, JWK set, PEM or DER; - is standard input")->required();
    sign->add_option("--claims", to_sign.claims, "file of the claims as JSON; - is standard input")->required();
    sign->add_option("--typ", to_sign.typ, "kind of token in the header, or absent")->capture_default_str();
    sign->add_option("--alg", to_sign.alg, "algorithm, where the key leaves it open");
    sign->add_option("--kid", to_sign.kid, "name of the key in the header; of a set, which key");
    sign->add_flag("--anyway", anyway, "sign what a careful verifier would refuse");
    given_now = sign->add_option("--now", now, "seconds since 1970, instead of the clock");
    sign->add_flag("--json", json, "for machines");
}

void KeyCommands::State::declare_keygen(CLI::App& token) {
    keygen = token.add_subcommand("keygen", "make a key");
    keygen->add_option("--alg", to_make.alg, "EdDSA, ES256, RS256, HS256 or any other that is verified here")
        ->required();
    keygen->add_option("--curve", to_make.curve, "Ed25519 or Ed448, for EdDSA (Ed25519 unless given)");
    keygen->add_option("--bits", to_make.bits, "size of an RSA key (2048 unless given)");
    keygen->add_option("--format", to_make.format, "jwk or pem")->capture_default_str();
    keygen->add_option("--out", to_make.out, "new file for the private key, for its owner only; - is standard output")
        ->required();
    keygen->add_option("--public", to_make.half, "new file for the public half; - is standard output");
    keygen->add_flag("--json", json, "for machines");
}

void KeyCommands::State::declare_thumbprint(CLI::App& token) {
    thumbprint = token.add_subcommand("thumbprint", "the SHA-256 thumbprint of each key of a file (RFC 7638)");
    thumbprint->add_option("FILE", to_print.key, "JWK, JWK set, PEM or DER; - is standard input")->required();
    thumbprint->add_flag("--uri", uri, "as a URI (RFC 9278)");
    thumbprint->add_flag("--json", json, "for machines");
}

void KeyCommands::State::declare_convert(CLI::App& token) {
    std::vector<std::string> forms;
    forms.reserve(key_forms.size());
    for (const KeyFormRow& row : key_forms) forms.push_back(fmt::format("{} ({})", row.name, row.meaning));
    convert = token.add_subcommand("convert", "a key in another form");
    convert->add_option("FILE", to_convert.key, "JWK, JWK set, PEM or DER; - is standard input")->required();
    convert->add_option("--to", to_convert.form, fmt::format("{}", fmt::join(forms, "; ")))->required();
    convert->add_option("--kid", to_convert.kid, "which key of a set");
    convert->add_option("--out", to_convert.out, "new file; - is standard output, even if that is a terminal");
}

KeyCommands::KeyCommands(CLI::App& token) : state_{std::make_unique<State>()} {
    state_->declare_sign(token);
    state_->declare_keygen(token);
    state_->declare_thumbprint(token);
    state_->declare_convert(token);
}
KeyCommands::~KeyCommands() = default;

std::optional<int> KeyCommands::run() const {
    const Streams streams{.in = std::cin, .out = std::cout, .complaints = std::cerr};
    const State& state = *state_;
    if (*state.sign) {
        SignAsk ask = state.to_sign;
        ask.which = state.anyway ? Claims::anything : Claims::careful;
        ask.output = state.output();
        const Instant now = state.given_now->count() > 0 ? Instant::from_unix(Seconds{state.now}) : SystemClock{}.now();
        return sign_token(ask, now, streams);
    }
    if (*state.keygen) {
        KeygenAsk ask = state.to_make;
        ask.output = state.output();
        return generate_key(ask, streams);
    }
    if (*state.thumbprint) {
        ThumbprintAsk ask = state.to_print;
        ask.as = state.uri ? ThumbprintAsk::As::uri : ThumbprintAsk::As::text;
        ask.output = state.output();
        return print_thumbprints(ask, streams);
    }
    if (!*state.convert) return std::nullopt;
    ConvertAsk ask = state.to_convert;
    ask.output_is = ::isatty(STDOUT_FILENO) == 1 ? Terminal::yes : Terminal::no;
    return convert_key(ask, streams);
}

}    // namespace countersign::cli
