#include "http/openapi.hpp"

#include <map>

#include "base/json.hpp"

namespace countersign::http {
namespace {

std::string_view method_key(Method method) {
    switch (method) {
        case Method::get:
            return "get";
        case Method::head:
            return "head";
        case Method::post:
            return "post";
        case Method::put:
            return "put";
        case Method::patch:
            return "patch";
        case Method::delete_:
            return "delete";
        case Method::options:
            return "options";
        case Method::other:
            break;
    }
    return "x-other";
}

void write_type(json::Writer& out, const Field& field) {
    out.begin_object();
    switch (*field.kind) {
        case Kind::string:
            out.key("type").value("string");
            break;
        case Kind::email:
            out.key("type").value("string").key("format").value("email");
            break;
        case Kind::boolean:
            out.key("type").value("boolean");
            break;
        case Kind::number:
            out.key("type").value("number");
            break;
    }
    if (field.min_length > 0) out.key("minLength").value(field.min_length);
    out.end_object();
}

void write_body(json::Writer& out, const Endpoint& row) {
    out.key("requestBody").begin_object().key("required").value(row.body->body_need == Need::required);
    out.key("content").begin_object();
    const auto write_media = [&](std::string_view type) {
        out.key(type)
            .begin_object()
            .key("schema")
            .begin_object()
            .key("type")
            .value("object")
            .key("properties")
            .begin_object();
        for (const Field& field : row.body->fields) {
            out.key(*field.name);
            write_type(out, field);
        }
        out.end_object().key("required").begin_array();
        for (const Field& field : row.body->fields) {
            if (*field.need == Need::required) out.value(*field.name);
        }
        out.end_array().end_object().end_object();
    };
    write_media("application/json");
    if (row.media == Media::json_or_form) write_media("application/x-www-form-urlencoded");
    out.end_object().end_object();
}

void write_operation(json::Writer& out, const Endpoint& row) {
    out.key(method_key(*row.method)).begin_object().key("summary").value(*row.summary);
    if (row.query != nullptr) {
        out.key("parameters").begin_array();
        for (const Field& field : row.query->fields) {
            out.begin_object().key("name").value(*field.name).key("in").value("query");
            out.key("required").value(*field.need == Need::required).key("schema");
            write_type(out, field);
            out.end_object();
        }
        out.end_array();
    }
    if (row.body != nullptr) write_body(out, row);
    const bool needs_session = *row.caller != Caller::anyone && *row.caller != Caller::session_if_any;
    if (needs_session)
        out.key("security")
            .begin_array()
            .begin_object()
            .key("session")
            .begin_array()
            .end_array()
            .end_object()
            .end_array();
    out.key("responses").begin_object();
    out.key("200").begin_object().key("description").value("done").end_object();
    if (row.body != nullptr)
        out.key("400").begin_object().key("description").value("a field is absent or has the wrong form").end_object();
    if (needs_session) out.key("401").begin_object().key("description").value("no session").end_object();
    if (*row.origin != OriginRule::safe_method)
        out.key("403").begin_object().key("description").value("origin not trusted").end_object();
    out.end_object().end_object();
}

}    // namespace

std::string openapi_document(const Router& router, std::string_view server_url) {
    std::map<std::string, std::vector<const Endpoint*>> paths;
    for (const Endpoint* row : router.rows()) {
        if (row->mount == Mount::base_path) paths[router.full_path(*row)].push_back(row);
    }
    std::string text;
    json::Writer out{text};
    out.begin_object().key("openapi").value("3.1.0");
    out.key("info").begin_object().key("title").value("Countersign").key("version").value("0.1.0").end_object();
    out.key("servers").begin_array().begin_object().key("url").value(server_url).end_object().end_array();
    out.key("paths").begin_object();
    for (const auto& [path, rows] : paths) {
        out.key(path).begin_object();
        for (const Endpoint* row : rows) write_operation(out, *row);
        out.end_object();
    }
    out.end_object();
    out.key("components").begin_object().key("securitySchemes").begin_object().key("session").begin_object();
    out.key("type").value("apiKey").key("in").value("cookie").key("name").value("better-auth.session_token");
    out.end_object().end_object().end_object().end_object();
    return text;
}

}    // namespace countersign::http
