#include "cli/commands.hpp"

#include <fmt/format.h>

#include "app/application.hpp"
#include "base/random.hpp"
#include "guard/trace.hpp"

namespace countersign::cli {

namespace {

int explain_label(const Cause& cause, Output output) {
    const Face& face = face_of(cause.face);
    if (output == Output::text) {
        fmt::print("{}: {}.\nThe client sees: {} {}\n", cause.label, cause.prose, face.http, face.app);
        return fine;
    }
    std::string text;
    json::Writer out{text};
    out.begin_object().key("label").value(cause.label).key("meaning").value(cause.prose);
    out.key("status").value(face.http).key("code").value(face.app).end_object();
    fmt::print("{}\n", text);
    return fine;
}

/// For a misspelt label; a reference has no near ones.
std::string near_label(const std::string& what) {
    std::vector<std::string> labels;
    labels.reserve(causes.size());
    for (const Cause& cause : causes) labels.emplace_back(cause.label);
    const std::string meant = what.contains('.') ? config::nearest(labels, what) : "";
    return meant.empty() ? "" : "; did you mean " + meant + "?";
}

}    // namespace

/// What a reference or a label stands for.
int explain(const std::string& what, const std::string& folder, Output output) {
    const auto cause = std::ranges::find(causes, std::string_view{what}, &Cause::label);
    if (cause != causes.end()) return explain_label(*cause, output);
    if (const std::string meant = near_label(what); !meant.empty()) {
        fmt::print(stderr, "countersign: {} is no label{}\n", what, meant);
        return not_fine;
    }
    const auto found = guard::DecisionTrace::find(folder + "/" + std::string{app::trace_file}, what);
    if (!found.ok()) {
        fmt::print(stderr, "countersign: no decision trace in {}; give its folder with --data\n", folder);
        return not_checked;
    }
    if (!found->has_value()) {
        fmt::print(stderr, "countersign: {} is no label, and no refusal in the trace has this reference\n", what);
        return not_fine;
    }
    fmt::print("{}", output == Output::json ? json::write(**found) + "\n" : guard::explain(**found));
    return fine;
}

int generate_secret() {
    SystemRandom random;
    constexpr std::size_t length = 48;    // 285 bits
    fmt::print("{}\n", random_text(random, length));
    return fine;
}

int print_openapi(const std::string& file) {
    std::optional<Loaded> loaded = load(file);
    if (!loaded) return wrong_call;
    fmt::print("{}\n", app::api_document(loaded->settings));
    return fine;
}

}    // namespace countersign::cli
