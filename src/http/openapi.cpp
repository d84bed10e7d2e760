#include "http/openapi.hpp"

#include <map>
#include <set>

#include "base/json.hpp"
#include "base/version.hpp"

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

bool needs_session(const Endpoint& row) { return needs_session(*row.caller); }

/// Status to what it says, from the rules of the row and the faces that it maps causes to.
std::map<int, std::set<std::string>> refusals_of(const Endpoint& row) {
    std::map<int, std::set<std::string>> found;
    const auto add = [&](Public id) {
        const Face& face = face_of(id);
        found[face.http].emplace(face.app);
    };
    add(Public::misdirected);
    if (row.body != nullptr || row.query != nullptr) add(Public::validation_error);
    if (row.body != nullptr) add(Public::payload_too_large);
    if (row.body != nullptr) add(Public::unsupported_media_type);
    if (needs_session(row)) add(Public::unauthorized);
    if (*row.origin != OriginRule::safe_method) found[403].emplace("origin not trusted");
    if (*row.lane != Lane::inline_) add(Public::unavailable);
    if (row.guess != Guess::nothing) add(Public::rate_limited);
    for (const FaceFor& mapped : row.errors) add(mapped.face);
    return found;
}

void write_responses(json::Writer& out, const Endpoint& row) {
    out.key("responses").begin_object();
    out.key("200").begin_object().key("description").value("done").end_object();
    for (const auto& [status, names] : refusals_of(row)) {
        std::string description;
        for (const std::string& name : names) description += (description.empty() ? "" : ", ") + name;
        out.key(std::to_string(status)).begin_object().key("description").value(description);
        out.key("content").begin_object().key("application/json").begin_object().key("schema").begin_object();
        out.key("$ref").value("#/components/schemas/Error").end_object().end_object().end_object().end_object();
    }
    out.end_object();
}

/// `:token` of a row is `{token}` there; empty for a path without parameter.
std::string_view parameter_name(std::string_view path) {
    const std::size_t colon = path.find("/:");
    return colon == std::string_view::npos ? std::string_view{} : path.substr(colon + 2);
}

std::string template_of(const std::string& path) {
    const std::string_view name = parameter_name(path);
    if (name.empty()) return path;
    return path.substr(0, path.size() - name.size() - 1) + "{" + std::string{name} + "}";
}

void write_parameters(json::Writer& out, const Endpoint& row) {
    const std::string_view in_path = parameter_name(*row.path);
    if (row.query == nullptr && in_path.empty()) return;
    out.key("parameters").begin_array();
    if (!in_path.empty()) {
        out.begin_object().key("name").value(in_path).key("in").value("path").key("required").value(true);
        out.key("schema").begin_object().key("type").value("string").end_object().end_object();
    }
    const std::span<const Field> fields = row.query == nullptr ? std::span<const Field>{} : row.query->fields;
    for (const Field& field : fields) {
        out.begin_object().key("name").value(*field.name).key("in").value("query");
        out.key("required").value(*field.need == Need::required).key("schema");
        write_type(out, field);
        out.end_object();
    }
    out.end_array();
}

void write_operation(json::Writer& out, const Endpoint& row) {
    out.key(method_key(*row.method)).begin_object().key("summary").value(*row.summary);
    write_parameters(out, row);
    if (row.body != nullptr) write_body(out, row);
    if (needs_session(row)) {
        out.key("security").begin_array().begin_object();
        out.key("session").begin_array().end_array().end_object().end_array();
    }
    write_responses(out, row);
    out.end_object();
}

/// What every refusal looks like.
void write_error_schema(json::Writer& out) {
    out.key("schemas").begin_object().key("Error").begin_object().key("type").value("object");
    out.key("properties").begin_object();
    for (const std::string_view name : {"message", "code"})
        out.key(name).begin_object().key("type").value("string").end_object();
    out.end_object().end_object().end_object();
}

void write_components(json::Writer& out, const OpenApiOptions& options) {
    out.key("components").begin_object();
    out.key("securitySchemes").begin_object().key("session").begin_object();
    out.key("type").value("apiKey").key("in").value("cookie").key("name").value(options.session_cookie);
    out.end_object().end_object();
    write_error_schema(out);
    out.end_object();
}

bool is_disabled(std::string_view path, const OpenApiOptions& options) {
    return std::ranges::find(options.disabled_paths, path) != options.disabled_paths.end();
}

}    // namespace

std::string openapi_document(const Router& router, const OpenApiOptions& options) {
    std::map<std::string, std::vector<const Endpoint*>> paths;
    for (const Endpoint* row : router.rows()) {
        if (row->mount == Mount::base_path && !is_disabled(router.path_of(*row), options))
            paths[template_of(router.full_path(*row))].push_back(row);
    }
    std::string text;
    json::Writer out{text};
    out.begin_object().key("openapi").value("3.1.0");
    out.key("info").begin_object().key("title").value("Countersign").key("version").value(version()).end_object();
    out.key("servers").begin_array().begin_object().key("url").value(*options.server_url).end_object().end_array();
    out.key("paths").begin_object();
    for (const auto& [path, rows] : paths) {
        out.key(path).begin_object();
        for (const Endpoint* row : rows) write_operation(out, *row);
        out.end_object();
    }
    out.end_object();
    write_components(out, options);
    out.end_object();
    return text;
}

}    // namespace countersign::http
