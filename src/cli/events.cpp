#include "cli/events.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <CLI/CLI.hpp>

#include <deque>
#include <fstream>
#include <iostream>

#include "app/database.hpp"
#include "app/signing_keys.hpp"
#include "base/encoding.hpp"
#include "cli/commands.hpp"
#include "events/timeline.hpp"
#include "events/verify.hpp"

namespace countersign::cli {
namespace {

using events::Record;

struct Opened {
    std::vector<events::EventKeys> keys;
    std::unique_ptr<storage::Storage> storage;
};

Step<Opened> open(const EventsAsk& ask) {
    Step<Loaded> loaded = load_beside_server(ask.config, "nothing was read");
    if (!loaded) return std::unexpected{std::move(loaded).error()};
    Result<std::unique_ptr<storage::Storage>> storage = app::open_database(loaded->settings);
    if (!storage.ok()) return stop(not_checked, storage.error().detail());
    return Opened{.keys = events::event_keys(app::keyring_of(std::move(loaded->secrets))),
                  .storage = *std::move(storage)};
}

int unread(const AuthError& error, Streams streams) {
    return leave(
        {.exit = not_checked,
         .why = fmt::format("the events cannot be read ({}); has a server with events.enabled run?", error.detail())},
        streams.complaints);
}

/// `2026-11-25`, or an instant as the table has it.
Step<Instant> since_of(const std::string& text) {
    if (text.empty()) return Instant{};
    constexpr std::size_t date_length = 10;
    const std::optional<Instant> at = parse_iso8601(text.size() == date_length ? text + "T00:00:00.000Z" : text);
    if (!at) return stop(wrong_call, fmt::format("--since {} is no date; write 2026-11-25", text));
    return *at;
}

Step<void> check_kind(const std::string& kind) {
    if (kind.empty()) return {};
    std::vector<std::string> known;
    known.reserve(events::kinds.size());
    for (const events::KindRow& row : events::kinds) known.emplace_back(*row.name);
    if (std::ranges::find(known, kind) != known.end()) return {};
    const std::string meant = config::nearest(known, kind);
    return stop(wrong_call,
                fmt::format("there is no kind {}{}", kind, meant.empty() ? "" : "; did you mean " + meant + "?"));
}

/// For a terminal: the database may have been written by anybody (ERR-04).
std::string printable(std::string text) {
    std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return text;
}

void print(const Record& record, std::ostream& out) {
    fmt::print(out, "{}  {:<22}", to_iso8601(record.at), printable(record.kind));
    const auto part = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) fmt::print(out, "  {}={}", name, printable(text));
    };
    part("user", record.user);
    part("session", record.session);
    part("network", record.network);
    part("reference", record.reference);
    part("detail", record.detail);
    out << '\n';
}

enum class Columns : std::uint8_t { shown, all };

void write(json::Writer& out, const Record& record, Columns columns) {
    out.begin_object();
    if (columns == Columns::all) out.key("segment").value(record.segment).key("sequence").value(record.sequence);
    out.key("at").value(record.at).key("kind").value(record.kind).key("user").value(record.user);
    out.key("session").value(record.session).key("network").value(record.network).key("agent").value(record.agent);
    out.key("reference").value(record.reference).key("detail").value(record.detail);
    if (columns == Columns::all) out.key("link").value(hex(record.link));
    out.end_object();
}

/// What is asked of the events, and the table.
struct Question {
    Instant since;
    Opened opened;
};

Step<Question> question_of(const EventsAsk& ask) {
    const Step<Instant> since = since_of(ask.since);
    if (!since) return std::unexpected{since.error()};
    if (const Step<void> kind = check_kind(ask.kind); !kind) return std::unexpected{kind.error()};
    Step<Opened> opened = open(ask);
    if (!opened) return std::unexpected{opened.error()};
    return Question{.since = *since, .opened = *std::move(opened)};
}

/// Rows that are asked for, oldest first, whichever server wrote them. What cannot be read is said, and the rest is
/// shown all the same.
int each_event(const EventsAsk& ask, Streams streams, const std::function<void(const Record&)>& take) {
    const Step<Question> question = question_of(ask);
    if (!question) return leave(question.error(), streams.complaints);
    events::Timeline timeline{question->opened.storage->reader()};
    int exit = fine;
    while (true) {
        const Result<std::optional<events::StoredRow>> next = timeline.next();
        if (!next.ok()) return unread(next.error(), streams);
        if (!*next) return exit;
        const events::StoredRow& row = **next;
        if (!row.record) {
            exit = leave({.exit = not_fine,
                          .why = fmt::format("row {} cannot be read; see countersign events verify",
                                             printable(events::place_of(row.id)))},
                         streams.complaints);
            continue;
        }
        const Record& record = *row.record;
        const bool asked = (ask.kind.empty() || record.kind == ask.kind) &&
                           (ask.user.empty() || record.user == ask.user) && record.at >= question->since;
        if (asked) take(record);
    }
}

void take_checkpoints(std::istream& from, std::vector<events::ReadCheckpoint>& out) {
    for (std::string line; std::getline(from, line);) {
        if (const auto read = events::parse_checkpoint(line)) out.push_back(*read);
    }
}

/// A file with any lines (a log), or one line itself. One without a checkpoint checks nothing, which is not fine.
Step<std::vector<events::ReadCheckpoint>> checkpoints_of(const EventsAsk& ask, std::istream& in) {
    std::vector<events::ReadCheckpoint> found;
    for (const std::string& given : ask.checkpoints) {
        const std::size_t before = found.size();
        if (const auto read = events::parse_checkpoint(given)) {
            found.push_back(*read);
        } else if (given == "-") {
            take_checkpoints(in, found);
        } else {
            std::ifstream file{given};
            if (!file) return stop(not_checked, fmt::format("{} is neither a checkpoint nor a file", given));
            take_checkpoints(file, found);
        }
        if (found.size() == before) return stop(not_checked, fmt::format("there is no checkpoint in {}", given));
    }
    return found;
}

std::string as_json(const events::Report& report) {
    std::string text;
    json::Writer out{text};
    out.begin_object().key("ok").value(report.findings.empty()).key("rows").value(report.rows);
    out.key("segments").value(report.segments).key("checkpoints").value(report.checkpoints);
    out.key("findings").begin_array();
    for (const events::Finding& finding : report.findings) {
        const events::FaultRow& row = events::row_of(finding.fault);
        out.begin_object().key("fault").value(*row.name).key("where").value(finding.where);
        out.key("meaning").value(*row.meaning).end_object();
    }
    out.end_array().end_object();
    return text;
}

void print(const events::Report& report, std::ostream& out) {
    for (const events::Finding& finding : report.findings) {
        const events::FaultRow& row = events::row_of(finding.fault);
        fmt::print(out, "{} at {}: {}\n", *row.name, printable(finding.where), *row.meaning);
    }
    fmt::print(out, "{} rows in {} segments, {} checkpoints: {}.\n", report.rows, report.segments, report.checkpoints,
               report.findings.empty() ? "whole" : "not whole");
    if (report.checkpoints == 0)
        out << "Without a checkpoint of the log nobody sees that the newest rows were cut off.\n";
}

}    // namespace

int list_events(const EventsAsk& ask, Streams streams) {
    std::deque<Record> newest;
    const int exit = each_event(ask, streams, [&](const Record& record) {
        newest.push_back(record);
        if (ask.last > 0 && newest.size() > ask.last) newest.pop_front();
    });
    if (exit != fine && exit != not_fine) return exit;
    if (ask.output == Output::text) {
        for (const Record& record : newest) print(record, streams.out);
        return exit;
    }
    std::string text;
    json::Writer out{text};
    out.begin_object().key("events").begin_array();
    for (const Record& record : newest) write(out, record, Columns::shown);
    out.end_array().end_object();
    streams.out << text << '\n';
    return exit;
}

int export_events(const EventsAsk& ask, Streams streams) {
    const int exit = each_event(ask, streams, [&](const Record& record) {
        std::string text;
        json::Writer out{text};
        write(out, record, Columns::all);
        streams.out << text << '\n';
    });
    if (streams.out.flush()) return exit;
    return leave({.exit = not_checked, .why = "the events cannot be written"}, streams.complaints);
}

int verify_events(const EventsAsk& ask, Streams streams) {
    const auto checkpoints = checkpoints_of(ask, streams.in);
    if (!checkpoints) return leave(checkpoints.error(), streams.complaints);
    const Step<Opened> opened = open(ask);
    if (!opened) return leave(opened.error(), streams.complaints);
    storage::Storage& storage = *opened->storage;
    storage.begin_reads();    // one snapshot: a server may write meanwhile
    const Result<events::Report> report = events::verify(storage.reader(), opened->keys, *checkpoints);
    storage.end_reads();
    if (!report.ok()) return unread(report.error(), streams);
    if (ask.output == Output::json) {
        streams.out << as_json(*report) << '\n';
    } else {
        print(*report, streams.out);
    }
    return report->findings.empty() ? fine : not_fine;
}

struct EventCommands::State {
    CLI::App *list = nullptr, *verify = nullptr, *write = nullptr;
    EventsAsk ask;
    bool json = false;
};

EventCommands::EventCommands(CLI::App& command) : state_{std::make_unique<State>()} {
    State& state = *state_;
    CLI::App* all = command.add_subcommand("events", "security events: what was done to accounts");
    all->require_subcommand(1);
    state.list = all->add_subcommand("list", "the newest events, oldest first");
    state.verify = all->add_subcommand("verify", "whether an event was altered, removed or cut off");
    state.write = all->add_subcommand("export", "events with all that verifies them, one JSON object a line");
    for (CLI::App* one : {state.list, state.verify, state.write})
        one->add_option("--config", state.ask.config, "TOML or JSON file");
    for (CLI::App* one : {state.list, state.verify}) one->add_flag("--json", state.json, "for machines");
    for (CLI::App* one : {state.list, state.write}) {
        one->add_option("--kind", state.ask.kind, "one kind only, as sign_in.failed");
        one->add_option("--user", state.ask.user, "one user id only");
        one->add_option("--since", state.ask.since, "a date, as 2026-11-25");
    }
    state.list->add_option("--last", state.ask.last, "how many of the newest; 0: all")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    state.verify->add_option("--checkpoint", state.ask.checkpoints,
                             "a checkpoint of the log, or a file with such lines (- for standard input)");
}

EventCommands::~EventCommands() = default;

std::optional<int> EventCommands::run() const {
    const Streams streams{.in = std::cin, .out = std::cout, .complaints = std::cerr};
    EventsAsk ask = state_->ask;
    ask.output = state_->json ? Output::json : Output::text;
    if (*state_->list) return list_events(ask, streams);
    if (*state_->verify) return verify_events(ask, streams);
    if (*state_->write) return export_events(ask, streams);
    return std::nullopt;
}

}    // namespace countersign::cli
