#include "app/inbox.hpp"

#include "base/html.hpp"
#include "http/exchange.hpp"
#include "identity/outbox.hpp"

namespace countersign::app {
namespace {

using namespace http;

/// Somebody else could stand behind a proxy, or behind another name for this machine.
Result<void> check_local(const RequestView& request) {
    std::string_view host = request.header("host").value_or("");
    host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
    constexpr std::array names{"localhost", "127.0.0.1", "[::1]"};
    if (std::ranges::find(names, host) == names.end()) return fail(Code::inbox_refused, "a name of loopback", host);
    for (const std::string_view header : {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
                                          "x-forwarded-port", "x-real-ip", "via"}) {
        if (request.header(header)) return fail(Code::inbox_refused, "no proxy", header);
    }
    return check_site(request);
}

Result<Response> inbox_of(Exchange& x) {
    CS_TRY(const std::vector<Message> messages, x.service<identity::Outbox>().newest());
    return Response::json(identity::inbox_json(messages));
}

Result<Response> run_managed(Exchange& x) {
    CS_CHECK(check_site(x.request()));
    return inbox_of(x);
}

Result<Response> run_local(Exchange& x) {
    CS_CHECK(check_local(x.request()));
    return inbox_of(x);
}

std::string entry_of(const Message& message) {
    std::string html = "<article><h2>" + html_escaped(message.subject) + "</h2><p>To " + html_escaped(message.to) +
                       ", " + to_iso8601(message.at) + ", " + html_escaped(message.kind) + "</p><pre>" +
                       html_escaped(message.text) + "</pre>";
    if (!message.url.empty()) html += "<p><a href=\"" + html_escaped(message.url) + "\">Follow the link</a></p>";
    return html + "</article>";
}

Result<Response> run_page(Exchange& x) {
    CS_CHECK(check_local(x.request()));
    CS_TRY(const std::vector<Message> messages, x.service<identity::Outbox>().newest());
    Response page{.content_type = "text/html; charset=utf-8"};
    page.body = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Inbox</title><h1>Inbox</h1>";
    if (messages.empty()) page.body += "<p>No messages.</p>";
    for (const Message& message : messages) page.body += entry_of(message);
    page.body += "</html>";
    return page;
}

constexpr Endpoint inbox_row(std::string_view path, Handler run) {
    return {.method = Method::get,
            .path = path,
            .caller = Caller::anyone,
            .origin = OriginRule::safe_method,
            .limit = Limit::general(),
            .lane = Lane::storage,
            .run = run,
            .summary = "Captured messages, newest first",
            .mount = Mount::root,
            .media = Media::ignored};
}
constexpr Endpoint managed = inbox_row("/dev/inbox.json", run_managed);
constexpr Endpoint local = inbox_row("/dev/inbox.json", run_local);
constexpr Endpoint page = inbox_row("/dev/inbox", run_page);

}    // namespace

Result<void> check_site(const RequestView& request) {
    const std::string_view site = request.header("sec-fetch-site").value_or("none");
    if (site != "none" && site != "same-origin") return fail(Code::inbox_refused, "no other site", site);
    const std::optional<std::string_view> origin = request.header("origin");
    const std::string own = "http://" + std::string{request.header("host").value_or("")};
    if (origin && *origin != own) return fail(Code::inbox_refused, "no other origin", recordable(*origin));
    return {};
}

void add_managed_inbox(Router& management, const Settings& settings) {
    if (settings.mail.capture == Switch::on) management.add(managed);
}

void add_local_inbox(Router& router, const Settings& settings) {
    if (settings.mail.capture == Switch::off || settings.mode != Mode::development ||
        !is_loopback(settings.http_listen))
        return;
    router.add(local);
    router.add(page);
}

}    // namespace countersign::app
