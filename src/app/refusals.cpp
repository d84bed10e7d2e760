#include "app/refusals.hpp"

#include <algorithm>

#include "app/cookie_settings.hpp"

namespace countersign::app {
namespace {

using config::Tree;

bool has_wildcard(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }

struct Pattern {
    std::string_view scheme;    // empty: none is written
    std::string_view host;      // with its port
};

Pattern parts_of(std::string_view origin) {
    const std::size_t colon = origin.find("://");
    if (colon == std::string_view::npos) return {.scheme = {}, .host = origin};
    const std::string_view rest = origin.substr(colon + 3);
    return {.scheme = origin.substr(0, colon), .host = rest.substr(0, rest.find('/'))};
}

/// Whether whoever registers a name can have one that matches: no two labels stand behind the last wildcard.
bool trusts_everybody(std::string_view host) {
    const std::size_t wildcard = host.find_last_of("*?");
    if (wildcard == std::string_view::npos) return false;
    std::string_view fixed = host.substr(wildcard + 1);
    fixed = fixed.substr(0, fixed.find(':'));
    const std::size_t first_dot = fixed.find('.');
    return first_dot == std::string_view::npos || !fixed.substr(first_dot + 1).contains('.');
}

void check_cors(Tree& tree, const Settings& s) {
    for (const std::string& origin : s.cors_origins) {
        if (origin.contains('*')) {
            tree.add_problem("cors.origins", origin + " is a wildcard, and answers carry credentials",
                             "list each origin exactly");
        } else if (!parse_http_origin(origin)) {
            tree.add_problem("cors.origins", origin + " is no origin", "write it as https://app.example.com");
        }
    }
}

void check_trusted(Tree& tree, const Settings& s) {
    for (const std::string& origin : s.trusted_origins) {
        const Pattern parts = parts_of(origin);
        const bool web = parts.scheme == "http" || parts.scheme == "https";
        if (origin.empty() || (web && !has_wildcard(origin) && !parse_http_origin(origin)))
            tree.add_problem("trustedOrigins", "\"" + origin + "\" is no origin",
                             "write it as https://app.example.com or https://*.example.com");
    }
}

void check_paths(Tree& tree, const Settings& s) {
    for (const std::string& path : s.disabled_paths) {
        if (relative_path(path) == RelativePath::unsafe || path.ends_with('/') || path.starts_with(s.base_path + "/"))
            tree.add_problem("disabledPaths", path + " is no path below basePath", "write it as /sign-up/email");
    }
    const bool to_page = s.error_url.empty() || relative_path(s.error_url) == RelativePath::safe;
    if (!to_page && !parse_http_origin(s.error_url))
        tree.add_problem("onAPIError.errorURL", "is neither a path nor an http address", "write it as /error-page");
}

void check_names(Tree& tree, const Settings& s) {
    for (const std::string& host : s.hosts) {
        const std::optional<Origin> origin = parse_http_origin("http://" + host);
        if (!origin || host.find_first_of("/?#") != std::string::npos)
            tree.add_problem("http.hosts", "\"" + host + "\" is no host",
                             "write it as auth.internal or auth.internal:8080");
    }
}

void refuse_origin(Tree& tree, std::string_view key, const std::string& origin) {
    const Pattern parts = parts_of(origin);
    if (parts.scheme == "http") {
        tree.add_problem(key, origin + " is plain http in production mode", "use https");
    } else if (parts.scheme.empty() || has_wildcard(parts.scheme)) {
        tree.add_problem(key, origin + " covers plain http in production mode", "write https:// in front");
    }
    const bool web = parts.scheme.empty() || has_wildcard(parts.scheme) || parts.scheme.starts_with("http");
    if (web && trusts_everybody(parts.host))
        tree.add_problem(key, origin + " trusts everybody", "name the domain, as https://*.example.com");
}

}    // namespace

void check_lists(Tree& tree, const Settings& s) {
    check_cors(tree, s);
    check_trusted(tree, s);
    check_paths(tree, s);
    check_names(tree, s);
}

void refuse_unsafe(Tree& tree, const Settings& s) {
    if (!is_strict(s)) return;
    if (!tree.has("baseURL")) {
        tree.add_problem("baseURL", "is missing in production mode",
                         "set the public origin, as https://auth.example.com");
    } else if (s.own_origin.scheme == "http") {
        tree.add_problem("baseURL", "is plain http in production mode",
                         "use https, or mode = \"development\" on loopback");
    }
    const bool derived = !tree.has("advanced.useSecureCookies") && !tree.has("baseURL");
    if (s.secure_cookies == Switch::off && !derived)
        tree.add_problem("advanced.useSecureCookies", "is off in production mode", "serve over https and take it out");
    refuse_unsafe_cookies(tree, s);
    for (const std::string& origin : s.cors_origins) refuse_origin(tree, "cors.origins", origin);
    for (const std::string& origin : s.trusted_origins) refuse_origin(tree, "trustedOrigins", origin);
}

}    // namespace countersign::app
