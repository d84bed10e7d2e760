#include "guard/cookie_forms.hpp"

namespace countersign::guard {
namespace {

using http::CookieAttributes;
using http::CookieForm;
using Flag = CookieAttributes::Flag;

constexpr std::string_view fronts[]{"", "__Secure-", "__Host-"};

void apply(CookieAttributes& attributes, const AttributeChanges& changes) {
    attributes.domain = changes.domain.value_or(std::move(attributes.domain));
    attributes.path = changes.path.value_or(std::move(attributes.path));
    attributes.same_site = changes.same_site.value_or(std::move(attributes.same_site));
    attributes.http_only = changes.http_only.value_or(attributes.http_only);
    attributes.secure = changes.secure.value_or(attributes.secure);
    attributes.partitioned = changes.partitioned.value_or(attributes.partitioned);
}

void obey_browsers(CookieForm& form) {
    CookieAttributes& attributes = form.attributes;
    const bool host = form.name.starts_with(fronts[static_cast<std::size_t>(NamePrefix::host)]);
    const bool named = host || form.name.starts_with(fronts[static_cast<std::size_t>(NamePrefix::secure)]);
    if (named || attributes.same_site == "None" || attributes.partitioned == Flag::on) attributes.secure = Flag::on;
    if (!host) return;
    attributes.path = "/";
    attributes.domain.clear();
}

}    // namespace

CookieForm cookie_form(const CookieRules& rules, std::string_view cookie) {
    const auto single = std::ranges::find(rules.single, cookie, &CookieChange::cookie);
    const bool renamed = single != rules.single.end() && !single->name.empty();
    CookieForm form{.name = std::string{fronts[static_cast<std::size_t>(rules.demand)]}};
    form.name += renamed ? single->name : rules.prefix + "." + std::string{cookie};
    form.attributes.domain = rules.domain;
    form.attributes.secure = rules.demand == NamePrefix::none ? Flag::off : Flag::on;
    apply(form.attributes, rules.defaults);
    if (single != rules.single.end()) apply(form.attributes, single->attributes);
    obey_browsers(form);
    return form;
}

}    // namespace countersign::guard
