#include "app/cookie_settings.hpp"

#include <libpsl.h>

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

using config::Kind;
using config::Tree;
using guard::AttributeChanges;
using guard::CookieChange;
using guard::NamePrefix;
using http::CookieAttributes;
using Flag = CookieAttributes::Flag;

constexpr config::Key rows[]{
    {.path = "advanced.cookiePrefix",
     .kind = Kind::text,
     .fallback = "better-auth",
     .meaning = "first part of cookie names"},
    {.path = "advanced.useSecureCookies",
     .kind = Kind::boolean,
     .fallback = "by scheme of baseURL",
     .meaning = "Secure cookies with the __Secure- prefix",
     .secures = "cookies never travel over plain http"},
    {.path = "advanced.useHostPrefix",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "__Host- instead of __Secure-; Better Auth's helper for front-ends does not look for it",
     .secures = "no other sub-domain can set our cookies"},
    {.path = "advanced.cookies",
     .kind = Kind::object,
     .fallback = "",
     .meaning = "single cookies (session_token, session_data, dont_remember): name to { name, attributes }"},
    {.path = "advanced.defaultCookieAttributes",
     .kind = Kind::object,
     .fallback = "HttpOnly, SameSite=Lax, Path=/",
     .meaning = "attributes of all cookies: sameSite, secure, httpOnly, path, domain, partitioned",
     .secures = "which sites send them, and who can read them"},
    {.path = "advanced.crossSubDomainCookies.enabled",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "cookies for all sub-domains",
     .secures = "off: no other sub-domain is sent the session"},
    {.path = "advanced.crossSubDomainCookies.domain",
     .kind = Kind::text,
     .fallback = "the host of baseURL",
     .meaning = "their Domain"},
    {.path = "session.cookieCache.enabled",
     .kind = Kind::boolean,
     .fallback = "false",
     .meaning = "a signed copy of the session in session_data, for front-ends; the better-auth profile reads it too",
     .secures = "off: a session that was ended is seen by nobody"},
    {.path = "session.cookieCache.maxAge",
     .kind = Kind::integer,
     .fallback = "300",
     .meaning = "life of the copy in seconds",
     .secures = "how long an ended session may still be seen"},
    {.path = "session.cookieCache.strategy",
     .kind = Kind::text,
     .fallback = "compact",
     .meaning = "compact, jwt or jwe",
     .secures = "jwe: nobody without the secret can read the copy"},
    {.path = "session.cookieCache.version",
     .kind = Kind::text,
     .fallback = "1",
     .meaning = "copies of another version do not count: changing it drops them all"},
};

constexpr std::array<std::string_view, 3> known_cookies{"session_token", "session_data", "dont_remember"};

bool is_domain(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    return !text.empty() && text.find_first_not_of(plain) == std::string_view::npos;
}

/// Attributes of one table of the configuration; problems name it.
class AttributeReader {
  public:
    AttributeReader(Tree& tree, std::string path) : tree_{&tree}, path_{std::move(path)} {}

    AttributeChanges read(const json::Value& value) {
        AttributeChanges changes;
        const json::Object* members = value.as_object();
        if (members == nullptr) {
            problem("is no table", "write it as { sameSite = \"strict\" }");
            return changes;
        }
        for (const auto& [name, member] : *members) read_member(name, member, changes);
        return changes;
    }

  private:
    void problem(std::string what, std::string mend) { tree_->add_problem(path_, std::move(what), std::move(mend)); }

    void read_member(const std::string& name, const json::Value& value, AttributeChanges& changes) {
        if (name == "sameSite") return read_same_site(value, changes);
        if (name == "path") return read_path(value, changes);
        if (name == "domain") return read_domain(value, changes);
        if (name == "httpOnly") return read_flag(name, value, changes.http_only);
        if (name == "secure") return read_flag(name, value, changes.secure);
        if (name == "partitioned") return read_flag(name, value, changes.partitioned);
        problem("has the attribute " + name + ", which is not for settings",
                "known: sameSite, secure, httpOnly, path, domain, partitioned; lives are those of session.*");
    }
    void read_flag(const std::string& name, const json::Value& value, std::optional<Flag>& out) {
        if (value.as_bool() == nullptr) return problem(name + " is not true or false", "write true or false");
        out = *value.as_bool() ? Flag::on : Flag::off;
    }
    void read_same_site(const json::Value& value, AttributeChanges& changes) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 3> spellings{
            {{"lax", "Lax"}, {"strict", "Strict"}, {"none", "None"}}};
        const std::string* text = value.as_string();
        for (const auto& [lower, shown] : spellings) {
            if (text != nullptr && (*text == lower || *text == shown)) changes.same_site = shown;
        }
        if (!changes.same_site) problem("has a sameSite that is not known", "write lax, strict or none");
    }
    void read_path(const json::Value& value, AttributeChanges& changes) {
        const std::string* text = value.as_string();
        if (text == nullptr || relative_path(*text) == RelativePath::unsafe || text->contains(';'))
            return problem("has a path that is no plain path", "write it as /");
        changes.path = *text;
    }
    void read_domain(const json::Value& value, AttributeChanges& changes) {
        const std::string* text = value.as_string();
        if (text == nullptr || !is_domain(*text)) return problem("has a domain that is none", "write example.com");
        changes.domain = *text;
    }

    Tree* tree_;
    std::string path_;
};

/// The name of one cookie is to be a token (RFC 6265 §4.1.1), of characters that no proxy minds.
bool is_cookie_name(std::string_view name) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    return !name.empty() && name.find_first_not_of(plain) == std::string_view::npos;
}

std::optional<CookieChange> read_cookie(Tree& tree, const std::string& at, const std::string& cookie,
                                        const json::Value& value) {
    if (std::ranges::find(known_cookies, cookie) == known_cookies.end() || value.as_object() == nullptr) {
        tree.add_problem(at, "is no cookie of this server",
                         "write session_token = { name = \"sid\" }; the others are session_data and dont_remember");
        return std::nullopt;
    }
    CookieChange change{.cookie = cookie, .name = {}, .attributes = {}};
    for (const auto& [member, given] : *value.as_object()) {
        if (member == "attributes") {
            change.attributes = AttributeReader{tree, at + ".attributes"}.read(given);
        } else if (member != "name") {
            tree.add_problem(at, "has the option " + member + ", which is not known here", "known: name, attributes");
        } else if (given.as_string() == nullptr || !is_cookie_name(*given.as_string()) ||
                   given.as_string()->starts_with("__")) {
            tree.add_problem(at, "has a name that is none",
                             "use letters, digits, - _ and .; __Secure- is put in front of it");
        } else {
            change.name = *given.as_string();
        }
    }
    return change;
}

void read_single(Tree& tree, std::vector<CookieChange>& out) {
    const config::Setting* setting = tree.find("advanced.cookies");
    if (setting == nullptr) return;
    const json::Object* named = setting->value.as_object();
    if (named == nullptr) return tree.add_problem("advanced.cookies", "is no table", "write a table of cookies");
    for (const auto& [cookie, value] : *named) {
        if (auto change = read_cookie(tree, "advanced.cookies." + cookie, cookie, value))
            out.push_back(*std::move(change));
    }
}

void check_single_names(Tree& tree, const guard::CookieRules& rules) {
    std::array<std::string, known_cookies.size() + 1> names;
    std::ranges::transform(known_cookies, names.begin(),
                           [&](std::string_view cookie) { return guard::cookie_form(rules, cookie).name; });
    names.back() = guard::cookie_form(rules, "known_device").name;    // which has no name of its own
    std::ranges::sort(names);
    // A chunk of one cookie must not be read as another.
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (names[i].starts_with(names[i - 1]))
            tree.add_problem("advanced.cookies", names[i] + " and " + names[i - 1] + " get in each other's way",
                             "give them names of which none is the start of another");
    }
}

void read_domain(Tree& tree, Settings& s) {
    const bool wide = tree.flag("advanced.crossSubDomainCookies.enabled", false);
    const std::string domain = tree.text("advanced.crossSubDomainCookies.domain", s.own_origin.host);
    if (!wide) return;
    if (!is_domain(domain))
        tree.add_problem("advanced.crossSubDomainCookies.domain", "is no domain", "write example.com");
    s.cookies.rules.domain = domain;
}

void read_cache(Tree& tree, Settings& s) {
    const bool on = tree.flag("session.cookieCache.enabled", false);
    session::SealOptions options{.version = tree.text("session.cookieCache.version", "1"),
                                 .life = positive_seconds(tree, "session.cookieCache.maxAge", 300)};
    const std::string strategy = tree.text("session.cookieCache.strategy", "compact");
    if (strategy == "jwt") options.form = session::SealForm::jwt;
    if (strategy == "jwe") options.form = session::SealForm::jwe;
    if (strategy != "compact" && options.form == session::SealForm::compact)
        tree.add_problem("session.cookieCache.strategy", "is none that is known", "write compact, jwt or jwe");
    if (on) s.cookies.cache = std::move(options);
}

/// `domain` without its leading dot, in lower case.
std::string plain_domain(std::string_view domain) {
    std::string plain{domain.substr(domain.starts_with('.') ? 1 : 0)};
    for (char& c : plain) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    return plain;
}

bool covers(const std::string& domain, std::string_view host) { return host == domain || host.ends_with("." + domain); }

/// Everybody may have a sub-domain of it (CKY-08).
bool is_public_suffix(const std::string& domain) {
    const psl_ctx_t* list = psl_builtin();
    return list == nullptr || psl_is_public_suffix2(list, domain.c_str(), PSL_TYPE_ANY) != 0;
}

void check_domain(Tree& tree, const Settings& s, const http::CookieForm& form) {
    const std::string domain = plain_domain(form.attributes.domain);
    if (domain.empty()) return;
    if (!covers(domain, s.own_origin.host))
        tree.add_problem("advanced", "the domain " + domain + " of " + form.name + " is not that of baseURL",
                         "name a domain above the host of baseURL: browsers drop the cookie otherwise");
    else if (is_public_suffix(domain))
        tree.add_problem("advanced", "the domain " + domain + " of " + form.name + " is everybody's",
                         "name a domain of your own (CKY-08)");
}

/// Sent by pages of other sites: they are to be named (CKY-07).
void check_embedding(Tree& tree, const Settings& s, const http::CookieForm& form) {
    const bool cross_site = form.attributes.same_site == "None" || form.attributes.partitioned == Flag::on;
    if (!cross_site || !s.trusted_origins.empty()) return;
    tree.add_problem("advanced", form.name + " is sent from every site, and no site is named",
                     "list the sites that embed yours in trustedOrigins, or take sameSite and partitioned out");
}

}    // namespace

std::span<const config::Key> cookie_setting_rows() { return rows; }

void read_cookies(Tree& tree, Settings& s) {
    guard::CookieRules& rules = s.cookies.rules;
    s.secure_cookies = to_switch(tree.flag("advanced.useSecureCookies", s.own_origin.scheme == "https"));
    rules.demand = s.secure_cookies == Switch::on ? NamePrefix::secure : NamePrefix::none;
    rules.prefix = tree.text("advanced.cookiePrefix", "better-auth");
    if (!is_cookie_name(rules.prefix))
        tree.add_problem("advanced.cookiePrefix", "is no part of a cookie's name", "use letters, digits, - _ and .");
    read_domain(tree, s);
    if (const config::Setting* defaults = tree.find("advanced.defaultCookieAttributes"))
        rules.defaults = AttributeReader{tree, "advanced.defaultCookieAttributes"}.read(defaults->value);
    read_single(tree, rules.single);
    if (tree.flag("advanced.useHostPrefix", false)) {
        rules.demand = NamePrefix::host;
        if (s.secure_cookies == Switch::off)
            tree.add_problem("advanced.useHostPrefix", "needs Secure cookies", "serve over https, or take it out");
        if (!rules.domain.empty())
            tree.add_problem("advanced.useHostPrefix", "is for one host, and crossSubDomainCookies for many",
                             "take one of the two out");
    }
    check_single_names(tree, rules);
    read_cache(tree, s);
}

void refuse_unsafe_cookies(Tree& tree, const Settings& s) {
    for (const std::string_view cookie : known_cookies) {
        const http::CookieForm form = guard::cookie_form(s.cookies.rules, cookie);
        if (form.attributes.http_only == Flag::off)
            tree.add_problem("advanced", form.name + " is read by every script", "take httpOnly = false out");
        if (form.attributes.secure == Flag::off && s.secure_cookies == Switch::on)
            tree.add_problem("advanced", form.name + " travels over plain http", "take secure = false out");
        check_domain(tree, s, form);
        check_embedding(tree, s, form);
    }
}

}    // namespace countersign::app
