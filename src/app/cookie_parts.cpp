#include "app/cookie_parts.hpp"

namespace countersign::app {

Result<guard::SessionCookies> make_cookies(const Settings& s, const crypto::Keyring& keys, Random& random) {
    const bool native = s.profile == Profile::native;
    guard::CookieOptions options{
        .rules = s.cookies.rules,
        .binding = native ? guard::CookieBinding::name_and_value : guard::CookieBinding::value_only,
        .session_life = s.session_life,
        .bearer = s.bearer};
    crypto::HmacKeys macs = crypto::HmacKeys::of(keys);
    if (!s.cookies.cache) return guard::SessionCookies{std::move(options), std::move(macs)};
    CS_TRY(session::SealedSessions seals,
           session::SealedSessions::make(keys, *s.cookies.cache, s.user_fields, s.session_fields));
    return guard::SessionCookies{std::move(options), std::move(macs),
                                 guard::SessionCache{.seals = std::move(seals),
                                                     .trust = native ? guard::SealTrust::none : guard::SealTrust::reads,
                                                     .random = &random}};
}

}    // namespace countersign::app
