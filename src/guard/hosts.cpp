#include "guard/hosts.hpp"

#include <algorithm>

namespace countersign::guard {
namespace {

std::optional<Origin> as_origin(std::string_view scheme, std::string_view host) {
    if (host.find_first_of("/?#") != std::string_view::npos) return std::nullopt;
    return parse_http_origin(std::string{scheme} + "://" + std::string{host});
}

bool has_port(std::string_view host) { return host.rfind(':') != std::string_view::npos && !host.ends_with(']'); }

/// No name that somebody could point at our address.
bool is_address(std::string_view host) {
    return host.starts_with('[') ||
           (host.find_first_not_of("0123456789.") == std::string_view::npos && std::ranges::count(host, '.') == 3);
}

}    // namespace

Hosts Hosts::unchecked() {
    Hosts made;
    made.unchecked_ = true;
    made.names_nothing_ = false;
    return made;
}

void Hosts::add(const Origin& origin) {
    names_nothing_ = false;
    const std::string text = origin.text();
    texts_.push_back(text.substr(text.find("://") + 3));
    origins_.push_back(origin);
}

void Hosts::add(std::string_view host) {
    const std::optional<Origin> origin = as_origin("http", host);
    if (!origin) return;
    if (has_port(host)) return add(*origin);
    names_nothing_ = false;
    any_port_.push_back(origin->host);
}

bool Hosts::is_listed(std::string_view host) const {
    const auto is_origin = [&](const Origin& origin) { return as_origin(origin.scheme, host) == origin; };
    if (std::ranges::any_of(origins_, is_origin)) return true;
    const std::optional<Origin> read = as_origin("http", host);
    if (!read) return false;
    if (addresses_ == Addresses::any_literal && is_address(read->host)) return true;
    return std::ranges::find(any_port_, read->host) != any_port_.end();
}

Hosts::Name Hosts::check(std::string_view host) const {
    if (unchecked_ || std::ranges::find(texts_, host) != texts_.end()) return Name::ours;
    return is_listed(host) ? Name::ours : Name::foreign;
}

}    // namespace countersign::guard
