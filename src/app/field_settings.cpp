#include "app/field_settings.hpp"

#include "base/config.hpp"
#include "storage/tables.hpp"

namespace countersign::app {
namespace {

using config::Tree;
using identity::AdditionalField;

constexpr std::string_view members[]{"type", "required", "input", "returned", "defaultValue"};

/// One field of the table at `path`; problems name it.
class FieldReader {
  public:
    FieldReader(Tree& tree, std::string path) : tree_{&tree}, path_{std::move(path)} {}

    std::optional<AdditionalField> read(const std::string& name, const json::Value& value) {
        const json::Object* options = value.as_object();
        if (options == nullptr) {
            problem("is no table", "write it as { type = \"string\" }");
            return std::nullopt;
        }
        check_members(*options);
        AdditionalField field{.name = name};
        read_type(value, field);
        field.need = choose(value, "required", true) ? identity::FieldNeed::required : identity::FieldNeed::optional;
        field.input = choose(value, "input", true) ? identity::FieldInput::allowed : identity::FieldInput::refused;
        field.shown = choose(value, "returned", true) ? identity::FieldShown::returned : identity::FieldShown::hidden;
        if (const json::Value* fallback = value.find("defaultValue")) {
            field.default_value = *fallback;
            if (identity::fit_of(field, *fallback) == identity::Fit::other_type)
                problem("has a defaultValue of another type", "write one of its type, or take it out");
        }
        if (field.input == identity::FieldInput::refused && field.need == identity::FieldNeed::required &&
            !field.default_value)
            problem("is required, and nobody may set it", "give it a defaultValue, or required = false");
        return field;
    }

  private:
    void problem(std::string what, std::string mend) { tree_->add_problem(path_, std::move(what), std::move(mend)); }
    void check_members(const json::Object& options) {
        for (const auto& [name, value] : options) {
            if (std::ranges::find(members, name) != std::end(members)) continue;
            problem("has the option " + name + ", which is not known here",
                    "known: type, required, input, returned, defaultValue");
        }
    }
    void read_type(const json::Value& value, AdditionalField& field) {
        const json::Value* type = value.find("type");
        const std::string* text = type == nullptr ? nullptr : type->as_string();
        const auto kind = text == nullptr ? std::nullopt : identity::field_kind_of(*text);
        if (!kind)
            return problem("has no type that is known",
                           "write type = \"string\", \"number\", \"boolean\", \"date\", \"string[]\" or \"number[]\"");
        field.kind = *kind;
    }
    bool choose(const json::Value& value, std::string_view name, bool fallback) {
        const json::Value* given = value.find(name);
        if (given == nullptr) return fallback;
        if (given->as_bool() == nullptr)
            problem("has a value of " + std::string{name} + " that is not true or false", "write true or false");
        return given->as_bool() == nullptr ? fallback : *given->as_bool();
    }

    Tree* tree_;
    std::string path_;
};

/// A name becomes a column and a member of answers: letters, digits and `_`, and none that is there already.
bool is_plain(std::string_view name) {
    constexpr std::size_t longest = 63;    // of an identifier in PostgreSQL
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && name.size() <= longest && letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool equals_without_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

bool is_taken(const storage::Table& table, std::string_view name) {
    return std::ranges::any_of(table.columns.value,
                               [&](const storage::Column& column) { return equals_without_case(*column.name, name); });
}

identity::AdditionalFields read_table(Tree& tree, const std::string& path, const storage::Table& table) {
    identity::AdditionalFields fields;
    const config::Setting* setting = tree.find(path);
    if (setting == nullptr) return fields;
    const json::Object* named = setting->value.as_object();
    if (named == nullptr) {
        tree.add_problem(path, "is no table", "write a table of fields, as plan = { type = \"string\" }");
        return fields;
    }
    for (const auto& [name, value] : *named) {
        std::string at = path;
        at.append(".").append(name);
        const bool taken = is_taken(table, name);
        const bool twice = std::ranges::any_of(
            fields, [&](const AdditionalField& other) { return equals_without_case(other.name, name); });
        if (twice) tree.add_problem(at, "differs from another field by capitals only", "give it another name");
        if (taken) tree.add_problem(at, "is a column of Better Auth's own", "give the field another name");
        if (!is_plain(name))
            tree.add_problem(at, "is no plain name", "use letters, digits and _, at most 63, and no digit in front");
        if (auto field = FieldReader{tree, at}.read(name, value); field && !taken && !twice && is_plain(name)) {
            fields.push_back(*std::move(field));
        }
    }
    return fields;
}

}    // namespace

bool is_field_name(const storage::Table& table, std::string_view name) {
    return is_plain(name) && !is_taken(table, name);
}

void read_fields(Tree& tree, Settings& settings) {
    settings.user_fields = read_table(tree, "user.additionalFields", storage::user_table);
    settings.session_fields = read_table(tree, "session.additionalFields", storage::session_table);
    const std::string form = tree.text("advanced.database.generateId", "letters");
    if (form == "uuid") settings.row_ids = IdForm::uuid;
    if (form == "serial") settings.row_ids = IdForm::serial;
    if (form != "uuid" && form != "serial" && form != "letters")
        tree.add_problem("advanced.database.generateId", "is no form of ids that this version has",
                         "write uuid or serial, or take it out for 32 letters and digits");
    if (settings.row_ids == IdForm::serial && settings.profile == Profile::native)
        tree.add_problem("advanced.database.generateId", "is serial, which the native profile has not",
                         "write profile = \"better-auth\", or uuid");
}

}    // namespace countersign::app
