#include "guard/trace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace countersign::guard {
namespace {

constexpr std::size_t clients_in_second = 4096;    // beyond that they share a count: bounded memory (ENU-13)

/// For a terminal: the file may have been written by anybody, and a client's text must not steer it (ERR-04).
std::string printable(std::string text) {
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    return text;
}

std::string text_of_member(const json::Value& record, std::string_view name) {
    const json::Value* found = record.find(name);
    const std::string* text = found == nullptr ? nullptr : found->as_string();
    return text == nullptr ? std::string{} : *text;
}

std::string printable_member(const json::Value& record, std::string_view name) {
    return printable(text_of_member(record, name));
}

std::string cut_to(std::string text, std::size_t room) {
    if (text.size() > room) text.replace(room, std::string::npos, "...");
    return text;
}

std::string slot_text(const Decision& decision, std::size_t room) {
    const AuthError& why = *decision.why;
    std::string text;
    json::Writer out{text};
    out.begin_object();
    out.key("reference").value(decision.reference);
    out.key("at").value(decision.at);
    out.key("endpoint").value(decision.endpoint);
    out.key("client").value(decision.client);
    out.key("label").value(why.label());
    if (decision.outcome == Outcome::refused) {
        out.key("status").value(why.face().http);
        out.key("shown").value(why.face().app);
    } else {
        out.key("outcome").value("went on without a session");
    }
    out.key("expected").value(cut_to(why.expected().text(), room));
    out.key("found").value(cut_to(why.found().text(), room));
    const std::string_view file{why.where().file_name()};
    out.key("where").value(fmt::format("{}:{}", file.substr(file.rfind('/') + 1), why.where().line()));
    out.end_object();
    return text;
}

/// What a client sent can grow when it is escaped: it is cut rather than the record lost.
std::string fitting_text(const Decision& decision) {
    constexpr std::array<std::size_t, 4> rooms{std::string::npos, 64, 24, 0};
    std::string text;
    for (const std::size_t room : rooms) {
        text = slot_text(decision, room);
        if (text.size() < DecisionTrace::slot_bytes) break;
    }
    return text;
}

}    // namespace

DecisionTrace::DecisionTrace(const std::string& path, std::size_t bytes)
    : slots_{std::max<std::size_t>(bytes / slot_bytes, 1)} {
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    struct stat found{};
    // Go on behind what an earlier run has written; a full ring starts over at its front.
    if (file_ >= 0 && ::fstat(file_, &found) == 0)
        next_ = static_cast<std::uint64_t>(found.st_size) / slot_bytes % slots_;
}

DecisionTrace::~DecisionTrace() {
    if (file_ >= 0) ::close(file_);
}

DecisionTrace::Keep DecisionTrace::sampled(std::string_view client, Instant at) {
    const std::scoped_lock held{lock_};
    if (second_ != at.unix_seconds()) {
        second_ = at.unix_seconds();
        in_second_.clear();
    }
    std::string key{client};
    // Whoever comes when the table is full shares one count: the flood is sampled, and those before it are not.
    if (in_second_.size() >= clients_in_second && !in_second_.contains(key)) key.clear();
    const unsigned seen = ++in_second_[key];
    return seen <= full_rate || seen % sample_one_in == 0 ? Keep::yes : Keep::no;
}

DecisionTrace::Kept DecisionTrace::record(const Decision& decision) {
    if (sampled(decision.client, decision.at) == Keep::no) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return Kept::sampled_out;
    }
    std::string slot = fitting_text(decision);
    const bool fits = file_ >= 0 && slot.size() < slot_bytes;
    slot.resize(slot_bytes - 1, ' ');
    slot.push_back('\n');
    const auto at = static_cast<off_t>(next_.fetch_add(1, std::memory_order_relaxed) % slots_ * slot_bytes);
    // A full disk loses the record, never the refusal.
    if (!fits || ::pwrite(file_, slot.data(), slot.size(), at) != static_cast<ssize_t>(slot.size())) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    return Kept::yes;
}

Result<std::optional<json::Value>> DecisionTrace::find(const std::string& path, std::string_view reference) {
    std::ifstream file{path};
    if (!file) return fail(Code::storage_unavailable, "a decision trace", path);
    std::optional<json::Value> newest;
    std::string line;
    while (std::getline(file, line)) {
        if (line.find(reference) == std::string::npos) continue;
        Result<json::Value> record = json::parse(line);
        if (!record.ok() || text_of_member(*record, "reference") != reference) continue;
        if (!newest || text_of_member(*newest, "at") <= text_of_member(*record, "at")) newest = *std::move(record);
    }
    return newest;
}

std::string explain(const json::Value& record) {
    const std::string label = printable_member(record, "label");
    const auto cause = std::ranges::find(causes, std::string_view{label}, &Cause::label);
    const std::string outcome = printable_member(record, "outcome");
    std::string out = fmt::format("At {} a request of {} to {} {}.\n", printable_member(record, "at"),
                                  printable_member(record, "client"), printable_member(record, "endpoint"),
                                  outcome.empty() ? "was refused" : outcome);
    out += fmt::format("Cause: {}: {}.\n", label, cause == causes.end() ? "" : cause->prose);
    const std::string expected = printable_member(record, "expected"), found = printable_member(record, "found");
    if (!expected.empty()) out += fmt::format("Expected: {}\n", expected);
    if (!found.empty()) out += fmt::format("Found: {}\n", found);
    const std::string shown = printable_member(record, "shown");
    if (!shown.empty()) out += fmt::format("The client saw: {}\n", shown);
    out += fmt::format("Decided at: {}\n", printable_member(record, "where"));
    return out;
}

}    // namespace countersign::guard
