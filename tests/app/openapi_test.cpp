// The document against the rows that this server routes.
#include "support/application.hpp"

namespace countersign {
namespace {

using namespace testing_support;

std::string lower_method(http::Method method) {
    constexpr std::array<std::string_view, 7> names{"get", "head", "post", "put", "patch", "delete", "options"};
    return std::string{names.at(static_cast<std::size_t>(method))};
}

const json::Value* operation_of(const json::Value& document, const http::Router& router, const http::Endpoint& row) {
    std::string full = router.full_path(row);
    if (const std::size_t colon = full.find("/:"); colon != std::string::npos)
        full = full.substr(0, colon) + "/{" + full.substr(colon + 2) + "}";
    const json::Value* path = document.find("paths")->find(full);
    return path == nullptr ? nullptr : path->find(lower_method(*row.method));
}

class OpenApi : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Profiles, OpenApi, testing::Values("native", "better-auth"),
                         [](const auto& info) { return info.param == "native" ? "native" : "better_auth"; });

TEST_P(OpenApi, describes_every_row_with_its_fields_its_caller_and_its_refusals) {
    const RunningApplication running{{.profile = GetParam()}};
    Client client{running.application->port()};
    const Answer answer = client.send({.target = "/api/auth/openapi.json"});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), "application/json");
    const auto document = json::parse(answer.body);
    ASSERT_TRUE(document.ok());
    const http::Router router = running.router();
    std::size_t described = 0;
    for (const http::Endpoint* row : router.rows()) {
        const json::Value* operation = operation_of(*document, router, *row);
        if (row->mount == http::Mount::root) {
            EXPECT_EQ(operation, nullptr) << *row->path;
            continue;
        }
        ASSERT_NE(operation, nullptr) << *row->path;
        ++described;
        EXPECT_NE(operation->find("summary"), nullptr) << *row->path;
        const json::Value* responses = operation->find("responses");
        ASSERT_NE(responses, nullptr) << *row->path;
        EXPECT_NE(responses->find("200"), nullptr) << *row->path;
        const bool session = http::needs_session(*row->caller);
        EXPECT_EQ(operation->find("security") != nullptr, session) << *row->path;
        EXPECT_EQ(responses->find("401") != nullptr || !session, true) << *row->path;
        EXPECT_EQ(operation->find("requestBody") != nullptr, row->body != nullptr) << *row->path;
        EXPECT_EQ(operation->find("parameters") != nullptr, row->query != nullptr) << *row->path;
        for (const http::FaceFor& mapped : row->errors) {
            const json::Value* refusal = responses->find(std::to_string(face_of(mapped.face).http));
            ASSERT_NE(refusal, nullptr) << *row->path;
            EXPECT_NE(refusal->find("description")->as_string()->find(face_of(mapped.face).app), std::string::npos);
        }
        if (row->body == nullptr) continue;
        for (const std::string_view status : {"400", "413", "415"}) EXPECT_NE(responses->find(status), nullptr);
        const json::Value* properties = operation->find("requestBody")
                                            ->find("content")
                                            ->find("application/json")
                                            ->find("schema")
                                            ->find("properties");
        EXPECT_EQ(properties->as_object()->size(), row->body->fields.size()) << *row->path;
    }
    std::size_t listed = 0;
    for (const auto& [path, item] : *document->find("paths")->as_object()) listed += item.as_object()->size();
    EXPECT_EQ(listed, described);
    EXPECT_EQ(*document->find("components")->find("securitySchemes")->find("session")->find("name")->as_string(),
              session_cookie);
}

TEST_P(OpenApi, leaves_out_what_is_disabled_and_can_be_disabled_itself) {
    const RunningApplication running{
        {.profile = GetParam(), .settings = "disabledPaths = ['/sign-up/email', '/openapi.json']"}};
    Client client{running.application->port()};
    EXPECT_EQ(client.send({.target = "/api/auth/openapi.json"}).status, 404);
    const auto document = json::parse(app::api_document(running.settings));
    ASSERT_TRUE(document.ok());
    const json::Value* paths = document->find("paths");
    EXPECT_EQ(paths->find("/api/auth/sign-up/email"), nullptr);
    EXPECT_EQ(paths->find("/api/auth/openapi.json"), nullptr);
    EXPECT_NE(paths->find("/api/auth/sign-in/email"), nullptr);
}

}    // namespace
}    // namespace countersign
