#include "http/validate.hpp"

#include <fmt/format.h>

#include "base/email.hpp"
#include "base/url.hpp"

namespace countersign::http {
namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string_view kind_word(Kind kind) {
    switch (kind) {
        case Kind::string:
        case Kind::email:
            return "string";
        case Kind::boolean:
            return "boolean";
        case Kind::number:
            return "number";
    }
    return "string";
}

/// The media type without parameters, lower case.
std::string media_of(std::string_view content_type) {
    std::string out{content_type.substr(0, content_type.find(';'))};
    while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

std::string_view allowed_types(Media media) {
    return media == Media::json_or_form ? "application/x-www-form-urlencoded, application/json" : "application/json";
}

/// A form has only texts: the members that the row wants as booleans are read as such.
json::Value form_value(const Shape* shape, const std::string& name, std::string text) {
    if (shape == nullptr) return json::Value{std::move(text)};
    const auto field = std::ranges::find(shape->fields, name, [](const Field& f) { return *f.name; });
    if (field != shape->fields.end() && *field->kind == Kind::boolean && (text == "true" || text == "false")) {
        return json::Value{text == "true"};
    }
    return json::Value{std::move(text)};
}

Result<json::Value> read_form(const Exchange& x) {
    auto pairs = parse_form(x.request().body);
    if (!pairs) return fail(Code::request_json, "a form");
    json::Object object;
    for (auto& [name, text] : *pairs) {
        const bool twice = std::ranges::any_of(object, [&](const auto& member) { return member.first == name; });
        if (twice) return fail(Code::request_json_duplicate);
        json::Value value = form_value(x.endpoint->body, name, std::move(text));
        object.emplace_back(std::move(name), std::move(value));
    }
    return json::Value{std::move(object)};
}

bool kind_fits(Kind kind, const json::Value& value) {
    switch (kind) {
        case Kind::string:
        case Kind::email:
            return value.as_string() != nullptr;
        case Kind::boolean:
            return value.as_bool() != nullptr;
        case Kind::number:
            return value.as_integer() != nullptr || value.as_double() != nullptr;
    }
    return false;
}

std::string field_issue(const Field& field, std::string_view place, const json::Value* value) {
    const std::string at = fmt::format("[{}.{}] ", place, *field.name);
    if (value == nullptr) {
        if (*field.need == Need::optional) return {};
        return fmt::format("{}Invalid input: expected {}, received undefined", at, kind_word(*field.kind));
    }
    if (!kind_fits(*field.kind, *value)) {
        std::string issue =
            fmt::format("{}Invalid input: expected {}, received {}", at, kind_word(*field.kind), value->kind_name());
        // zod's length check looks at arrays too, whatever type was asked for.
        const json::Array* array = value->as_array();
        if (array != nullptr && array->size() < field.min_length) {
            issue += fmt::format("; {}Too small: expected array to have >={} items", at, field.min_length);
        }
        return issue;
    }
    const std::string* text = value->as_string();
    if (text == nullptr) return {};
    if (*field.kind == Kind::email && email_syntax(*text) == EmailSyntax::invalid) return at + "Invalid email address";
    if (text->size() < field.min_length) {
        return fmt::format("{}Too small: expected string to have >={} characters", at, field.min_length);
    }
    return {};
}

void add_issue(std::string& issues, std::string_view issue) {
    if (issue.empty()) return;
    if (!issues.empty()) issues += "; ";
    issues += issue;
}

std::string body_issues(const Exchange& x, const Shape& shape) {
    const bool absent = x.body().is_null() && !x.request().has_body;
    if (absent && shape.body_need == Need::optional) return {};
    std::string issues;
    if (x.body().as_object() == nullptr) {
        const std::string_view found = absent ? "undefined" : x.body().kind_name();
        for (const auto& [other, expected] : {std::pair{Form::record, "object"}, std::pair{Form::object, "record"}}) {
            if (shape.form == other) continue;
            add_issue(issues, fmt::format("[body] Invalid input: expected {}, received {}", expected, found));
        }
        return issues;
    }
    for (const Field& field : shape.fields) add_issue(issues, field_issue(field, "body", x.body().find(*field.name)));
    return issues;
}

std::string query_issues(const Exchange& x, const Shape& shape) {
    std::string issues;
    for (const Field& field : shape.fields) {
        const auto text = x.query(*field.name);
        const json::Value value = text ? json::Value{std::string{*text}} : json::Value{};
        add_issue(issues, field_issue(field, "query", text ? &value : nullptr));
    }
    return issues;
}

/// A redirect target of another type is told before everything else, as Better Auth's origin check does.
const Field* redirect_without_text(const Exchange& x) {
    if (x.endpoint->body == nullptr) return nullptr;
    for (const Field& field : x.endpoint->body->fields) {
        const json::Value* value = field.redirect ? x.body().find(*field.name) : nullptr;
        if (value != nullptr && !value->is_null() && value->as_string() == nullptr) return &field;
    }
    return nullptr;
}

}    // namespace

Result<void> read_body(Exchange& x, std::size_t max_depth) {
    const Media media = x.endpoint->media;
    if (media == Media::ignored) return {};
    const auto content_type = x.request().header("content-type");
    if (!content_type) {
        if (!x.request().has_body) return {};
        // Without a type a cross-site form could carry JSON past a preflight (CSR-02).
        x.set_public_message(fmt::format("Content-Type is required. Allowed types: {}", allowed_types(media)));
        return fail(Code::request_media_type, allowed_types(media));
    }
    const std::string type = media_of(*content_type);
    if (type == json_type) {
        if (!x.request().has_body) return {};
        CS_TRY(json::Value body, json::parse(x.request().body, max_depth));
        x.set_body(std::move(body));
        return {};
    }
    if (type == form_type && media == Media::json_or_form) {
        CS_TRY(json::Value body, read_form(x));
        x.set_body(std::move(body));
        return {};
    }
    x.set_public_message(
        fmt::format("Content-Type \"{}\" is not allowed. Allowed types: {}", *content_type, allowed_types(media)));
    return fail(Code::request_media_type, allowed_types(media), *content_type);
}

Result<void> read_query(Exchange& x) {
    if (x.request().query.empty()) return {};
    auto query = parse_form(x.request().query);
    if (!query) return fail(Code::request_validation, "a query string", x.request().query.size());
    x.set_query(*std::move(query));
    return {};
}

Result<void> validate(Exchange& x) {
    if (const Field* field = redirect_without_text(x)) {
        x.set_public_message(fmt::format("Invalid {}: expected a string", *field->name));
        return fail(Code::redirect_no_text, "a string", *field->name);
    }
    std::string issues;
    if (x.endpoint->body != nullptr) issues = body_issues(x, *x.endpoint->body);
    if (x.endpoint->query != nullptr) add_issue(issues, query_issues(x, *x.endpoint->query));
    if (issues.empty()) return {};
    const AuthError why{Code::request_validation, issues};
    x.set_public_message(std::move(issues));
    return fail(why);
}

}    // namespace countersign::http
