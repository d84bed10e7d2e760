#include "guard/chunked_cookie.hpp"

#include <charconv>

namespace countersign::guard {
namespace {

using http::CookieForm;
using http::RequestView;
using http::Response;

/// The number of a chunk, in its one spelling.
std::optional<std::size_t> chunk_index(std::string_view cookie, std::string_view name) {
    if (!cookie.starts_with(name) || cookie.size() <= name.size() + 1 || cookie[name.size()] != '.')
        return std::nullopt;
    const std::string_view digits = cookie.substr(name.size() + 1);
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    if (!whole || index >= most_chunks || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    return index;
}

/// Names of what the browser has of it, each once, in its order.
std::vector<std::string> sent_names(const RequestView& request, std::string_view name) {
    std::vector<std::string> names;
    for (const auto& [cookie, value] : http::all_cookies(request)) {
        if (cookie != name && !chunk_index(cookie, name)) continue;
        if (std::ranges::find(names, cookie) == names.end()) names.emplace_back(cookie);
    }
    return names;
}

/// The size of a piece: so that the line of the last chunk has room too.
std::size_t piece_size(const CookieForm& form, std::optional<Seconds> life) {
    const CookieForm last{.name = form.name + "." + std::to_string(most_chunks - 1), .attributes = form.attributes};
    const std::size_t around = http::set_cookie(last, "", life).size();
    return around < longest_cookie ? longest_cookie - around : 0;
}

std::vector<CookieForm> forms_of(const CookieForm& form, std::size_t pieces) {
    if (pieces <= 1) return {form};
    std::vector<CookieForm> forms;
    forms.reserve(pieces);
    for (std::size_t i = 0; i < pieces; ++i)
        forms.push_back({.name = form.name + "." + std::to_string(i), .attributes = form.attributes});
    return forms;
}

}    // namespace

std::string chunked_value(const RequestView& request, std::string_view name) {
    std::vector<std::pair<std::size_t, std::string>> chunks;
    std::optional<std::string> whole;
    for (auto& [cookie, value] : http::all_cookies(request)) {
        if (cookie == name) {
            if (whole) return {};
            whole = std::move(value);
        } else if (const auto index = chunk_index(cookie, name)) {
            if (std::ranges::find(chunks, *index, &decltype(chunks)::value_type::first) != chunks.end()) return {};
            chunks.emplace_back(*index, std::move(value));
        }
    }
    if (whole && !whole->empty()) return *std::move(whole);
    std::ranges::sort(chunks, {}, &decltype(chunks)::value_type::first);
    std::string joined;
    for (const auto& [index, piece] : chunks) joined += piece;
    return joined;
}

void append_chunked(Response& answer, const RequestView& request, const CookieForm& form, std::string_view value,
                    std::optional<Seconds> life) {
    const std::size_t size = piece_size(form, life);
    const std::size_t pieces = size == 0 ? most_chunks + 1 : (value.size() + size - 1) / size;
    std::vector<CookieForm> forms;
    if (pieces <= most_chunks) forms = forms_of(form, pieces);
    for (const std::string& name : sent_names(request, form.name)) {
        if (std::ranges::find(forms, name, &CookieForm::name) != forms.end()) continue;
        answer.set_cookies.push_back(http::set_cookie({.name = name, .attributes = form.attributes}, "", Seconds{0}));
    }
    for (std::size_t i = 0; i < forms.size(); ++i)
        answer.set_cookies.push_back(http::set_cookie(forms[i], value.substr(i * size, size), life));
}

void append_chunks_expired(Response& answer, const RequestView& request, const CookieForm& form) {
    for (const std::string& name : sent_names(request, form.name))
        answer.set_cookies.push_back(http::set_cookie({.name = name, .attributes = form.attributes}, "", Seconds{0}));
}

}    // namespace countersign::guard
