#include "app/pages.hpp"

#include <deque>

namespace countersign::app {
namespace {

using namespace http;

Result<Response> run_page(Exchange& x) {
    const auto assets = embedded_assets();
    const auto found = std::ranges::find(assets, *x.endpoint->path, &Asset::path);
    if (found == assets.end()) return fail(Code::request_not_found);
    return Response{.content_type = found->content_type, .body = std::string{found->body}};
}

}    // namespace

void add_pages(Router& router) {
    // Rows of this process: made once, for as long as it runs.
    static const std::deque<Endpoint> rows = [] {
        std::deque<Endpoint> made;
        for (const Asset& asset : embedded_assets()) {
            made.push_back(Endpoint{
                .method = Method::get,
                .path = asset.path,
                .caller = Caller::anyone,
                .origin = OriginRule::safe_method,
                .limit = Limit::general(),
                .lane = Lane::inline_,
                .run = run_page,
                .summary = "Hosted page",
                .mount = Mount::root,
                .media = Media::ignored,
                .cache = asset.path == "/" ? Cache::no_store : Cache::immutable,
            });
        }
        return made;
    }();
    for (const Endpoint& row : rows) router.add(row);
}

}    // namespace countersign::app
