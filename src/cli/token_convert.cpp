#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>

#include "cli/key_file.hpp"
#include "cli/token_keys.hpp"

namespace countersign::cli {
namespace {

Step<KeyForm> form_named(std::string_view name) {
    const auto row = std::ranges::find(key_forms, name, &KeyFormRow::name);
    if (row != key_forms.end()) return row->id;
    std::vector<std::string_view> names;
    names.reserve(key_forms.size());
    for (const KeyFormRow& one : key_forms) names.push_back(one.name);
    return stop(wrong_call, fmt::format("--to {} is no form; there are {}", name, fmt::join(names, ", ")));
}

Step<WrittenKey> convert(const ConvertAsk& ask, Streams streams) {
    const auto form = form_named(ask.form);
    if (!form) return std::unexpected{form.error()};
    auto keys = read_keys(ask.key, streams.in, streams.complaints);
    if (!keys) return std::unexpected{std::move(keys).error()};
    if (*form == KeyForm::jwks) return write_set(*keys);
    const auto key = choose_key(*std::move(keys), ask.kid);
    if (!key) return std::unexpected{key.error()};
    return write_key(*key, *form);
}

Step<void> put(const ConvertAsk& ask, const WrittenKey& written, std::ostream& out) {
    if (!ask.out.empty() && ask.out != "-") {
        auto file = NewFile::make(ask.out, written);
        if (!file) return std::unexpected{std::move(file).error()};
        file->keep();
        return {};
    }
    const bool text = written.kind == WrittenKey::Kind::text;
    if (ask.out.empty() && ask.output_is == Terminal::yes) {
        if (written.holds == WrittenKey::Holds::private_)
            return stop(wrong_call, "a private key goes to no terminal; --out FILE, or --out - if you mean it");
        if (!text) return stop(wrong_call, "DER goes to no terminal; --out FILE");
    }
    out << written.text.reveal_text();
    if (text && !written.text.reveal_text().ends_with('\n')) out << '\n';
    return {};
}

}    // namespace

int convert_key(const ConvertAsk& ask, Streams streams) {
    const auto written = convert(ask, streams);
    if (!written) return leave(written.error(), streams.complaints);
    if (const auto done = put(ask, *written, streams.out); !done) return leave(done.error(), streams.complaints);
    return fine;
}

}    // namespace countersign::cli
