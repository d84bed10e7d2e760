#include "base/email.hpp"

#include <algorithm>

namespace countersign {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `[A-Za-z0-9_'+\-.]`, no dot at an end or doubled, last character not `'`.
bool is_local_part(std::string_view local) {
    if (local.empty() || local.front() == '.' || local.back() == '.' || local.back() == '\'') return false;
    if (local.find("..") != std::string_view::npos) return false;
    return std::ranges::all_of(
        local, [](char c) { return is_letter(c) || is_digit(c) || std::string_view{"_'+-."}.contains(c); });
}

bool is_domain_label(std::string_view label) {
    constexpr std::size_t longest = 63;    // RFC 1035 §2.3.4
    if (label.empty() || label.size() > longest || label.front() == '-') return false;
    return std::ranges::all_of(label, [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

bool is_domain(std::string_view domain) {
    const std::size_t last_dot = domain.rfind('.');
    if (last_dot == std::string_view::npos) return false;
    const std::string_view top = domain.substr(last_dot + 1);
    if (top.size() < 2 || !std::ranges::all_of(top, is_letter)) return false;
    std::string_view rest = domain.substr(0, last_dot);
    while (true) {
        const std::size_t dot = rest.find('.');
        if (!is_domain_label(rest.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        rest.remove_prefix(dot + 1);
    }
}

}    // namespace

EmailSyntax email_syntax(std::string_view text) {
    constexpr std::size_t longest = 254;    // RFC 5321 §4.5.3.1.3
    const std::size_t at = text.find('@');
    const bool valid = text.size() <= longest && at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
                       is_domain(text.substr(at + 1));
    return valid ? EmailSyntax::valid : EmailSyntax::invalid;
}

std::string canonical_email(std::string_view email) {
    std::string out{email};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}    // namespace countersign
