#include "cli/keys.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include "app/signing_keys.hpp"
#include "cli/commands.hpp"

namespace countersign::cli {
namespace {

/// The store and what it needs while it is open.
struct Opened {
    SystemRandom random;
    std::unique_ptr<StderrLogger> log;
    std::unique_ptr<app::KeyStore> store;
};

Step<std::unique_ptr<Opened>> open(const KeysAsk& ask, const Clock& clock) {
    Step<Loaded> loaded = load_beside_server(ask.config, "nothing was done");
    if (!loaded) return std::unexpected{std::move(loaded).error()};
    auto opened = std::make_unique<Opened>();
    opened->log = std::make_unique<StderrLogger>(clock);
    auto store = app::KeyStore::open(loaded->settings, std::move(loaded->secrets), clock, opened->random, *opened->log);
    if (!store.ok()) return stop(not_checked, store.error().detail());
    opened->store = *std::move(store);
    return opened;
}

int refused(const AuthError& error, Streams streams) {
    const bool keys = error.code() == Code::secret_unusable || error.code() == Code::storage_corrupt;
    return leave({.exit = keys ? not_fine : not_checked, .why = error.detail()}, streams.complaints);
}

std::string when(std::optional<Instant> at, std::string_view otherwise) {
    return at ? to_iso8601(*at) : std::string{otherwise};
}

void write_time(json::Writer& out, std::string_view name, std::optional<Instant> at) {
    out.key(name);
    at ? out.value(to_iso8601(*at)) : out.value(nullptr);
}

std::string as_json(const token::KeyRing& ring) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("keys").begin_array();
    for (const token::StoredKey& key : ring.keys()) {
        out.begin_object().key("kid").value(key.id.text()).key("alg").value(key.algorithm);
        out.key("state").value(token::name_of(ring.state_of(key)));
        write_time(out, "created", key.created_at);
        write_time(out, "signs_until", key.expires_at);
        write_time(out, "shown_until", ring.shown_until(key));
        out.end_object();
    }
    out.end_array().end_object();
    return text;
}

void print(const token::KeyRing& ring, std::ostream& out) {
    constexpr std::string_view line = "{:<34}{:<8}{:<11}{:<26}{:<26}{}\n";
    fmt::print(out, fmt::runtime(line), "KID", "ALG", "STATE", "CREATED", "SIGNS UNTIL", "SHOWN UNTIL");
    for (const token::StoredKey& key : ring.keys()) {
        fmt::print(out, fmt::runtime(line), key.id.text(), key.algorithm, token::name_of(ring.state_of(key)),
                   to_iso8601(key.created_at), when(key.expires_at, "no end"), when(ring.shown_until(key), "no end"));
    }
}

}    // namespace

int list_keys(const KeysAsk& ask, const Clock& clock, Streams streams) {
    const auto opened = open(ask, clock);
    if (!opened) return leave(opened.error(), streams.complaints);
    const Result<token::KeyRing> ring = (*opened)->store->keys().look();
    if (!ring.ok()) return refused(ring.error(), streams);
    if (ask.output == Output::json) {
        streams.out << as_json(*ring) << '\n';
    } else if (ring->keys().empty()) {
        streams.out << "There is no key yet: the first one is made with the first token.\n";
    } else {
        print(*ring, streams.out);
    }
    return fine;
}

int rotate_keys(const KeysAsk& ask, const Clock& clock, Streams streams) {
    const auto opened = open(ask, clock);
    if (!opened) return leave(opened.error(), streams.complaints);
    const auto rotation = (*opened)->store->keys().rotate(ask.when);
    if (!rotation.ok()) return refused(rotation.error(), streams);
    const bool made = rotation->made == token::SigningKeys::Rotation::Made::now;
    if (ask.output == Output::json) {
        std::string text;
        json::Writer out{text};
        out.begin_object().key("kid").value(rotation->key.id.text()).key("alg").value(rotation->key.algorithm);
        out.key("made").value(made);
        write_time(out, "signs_from", rotation->takeover);
        out.end_object();
        streams.out << text << '\n';
        return fine;
    }
    fmt::print(streams.out, "{} {} ({}) is published and signs from {}.\n",
               made ? "The new key" : "A key was waiting already:", rotation->key.id.text(), rotation->key.algorithm,
               to_iso8601(rotation->takeover));
    return fine;
}

int retire_key(const KeysAsk& ask, const Clock& clock, Streams streams) {
    const auto opened = open(ask, clock);
    if (!opened) return leave(opened.error(), streams.complaints);
    const auto retired = (*opened)->store->keys().retire(KeyId{ask.kid});
    if (!retired.ok()) return refused(retired.error(), streams);
    if (!*retired) {
        return leave({.exit = not_fine, .why = fmt::format("there is no key {}; see countersign keys list", ask.kid)},
                     streams.complaints);
    }
    if (ask.output == Output::json) {
        std::string text;
        json::Writer out{text};
        out.begin_object().key("kid").value((*retired)->id.text()).key("alg").value((*retired)->algorithm).end_object();
        streams.out << text << '\n';
        return fine;
    }
    fmt::print(streams.out,
               "Key {} ({}) is out of the key set, and its tokens are refused as soon as an API has fetched the set "
               "again.\nIf it signed, the next token makes a new key.\n",
               (*retired)->id.text(), (*retired)->algorithm);
    return fine;
}

struct SigningKeyCommands::State {
    CLI::App *list = nullptr, *rotate = nullptr, *retire = nullptr;
    KeysAsk ask;
    bool at_once = false, json = false;
};

SigningKeyCommands::SigningKeyCommands(CLI::App& command) : state_{std::make_unique<State>()} {
    State& state = *state_;
    CLI::App* keys = command.add_subcommand("keys", "about the keys that sign tokens");
    keys->require_subcommand(1);
    state.list = keys->add_subcommand("list", "every key, what it does now and until when");
    state.rotate = keys->add_subcommand("rotate", "make the next key before it is due");
    state.rotate->add_flag("--at-once", state.at_once,
                           "it signs from now on, also where the key set is cached without it");
    state.retire = keys->add_subcommand("retire", "take a key out of the key set at once: for one that leaked");
    state.retire->add_option("KID", state.ask.kid, "which one, as keys list names it")->required();
    for (CLI::App* one : {state.list, state.rotate, state.retire}) {
        one->add_option("--config", state.ask.config, "TOML or JSON file");
        one->add_flag("--json", state.json, "for machines");
    }
}
SigningKeyCommands::~SigningKeyCommands() = default;

std::optional<int> SigningKeyCommands::run() const {
    const Streams streams{.in = std::cin, .out = std::cout, .complaints = std::cerr};
    const SystemClock clock;
    KeysAsk ask = state_->ask;
    ask.output = state_->json ? Output::json : Output::text;
    ask.when = state_->at_once ? token::Takeover::at_once : token::Takeover::when_published;
    if (*state_->list) return list_keys(ask, clock, streams);
    if (*state_->rotate) return rotate_keys(ask, clock, streams);
    if (*state_->retire) return retire_key(ask, clock, streams);
    return std::nullopt;
}

}    // namespace countersign::cli
