// Additional fields: what a client may give, and what stands in the columns and the answers.
#include "identity/fields.hpp"

#include <gtest/gtest.h>

namespace countersign::identity {
namespace {

json::Value parsed(std::string_view text) { return *json::parse(text); }

const AdditionalFields fields{
    {.name = "locale", .kind = FieldKind::string},
    {.name = "age", .kind = FieldKind::number, .need = FieldNeed::optional},
    {.name = "plan",
     .kind = FieldKind::string,
     .input = FieldInput::refused,
     .default_value = json::Value{std::string{"free"}}},
    {.name = "mark", .kind = FieldKind::boolean, .need = FieldNeed::optional, .input = FieldInput::refused},
    {.name = "note", .kind = FieldKind::string, .need = FieldNeed::optional, .shown = FieldShown::hidden},
    {.name = "since", .kind = FieldKind::date, .need = FieldNeed::optional},
    {.name = "tags", .kind = FieldKind::string_list, .need = FieldNeed::optional},
    {.name = "sizes", .kind = FieldKind::number_list, .need = FieldNeed::optional},
};

std::string written(const FieldValues& values) {
    std::string text;
    json::Writer out{text};
    out.begin_object();
    write_fields(out, values);
    out.end_object();
    return text;
}

TEST(Fields, INP_08_what_is_new_has_a_value_for_every_field) {
    const struct {
        std::string name, given, written, refused;
    } table[]{
        {"the least", R"({"locale":"en"})",
         R"({"locale":"en","age":null,"plan":"free","mark":null,"since":null,"tags":null,"sizes":null})", ""},
        {"everything",
         R"({"locale":"de","age":36,"note":"x","since":"2026-11-24T12:00:00.000Z","tags":["a"],"sizes":[1,2.5]})",
         R"({"locale":"de","age":36,"plan":"free","mark":null,"since":"2026-11-24T12:00:00.000Z","tags":["a"],"sizes":[1,2.5]})",
         ""},
        {"a field of the server with a default", R"({"locale":"en","plan":"pro"})",
         R"({"locale":"en","age":null,"plan":"free","mark":null,"since":null,"tags":null,"sizes":null})", ""},
        {"an unknown one", R"({"locale":"en","foo":1})",
         R"({"locale":"en","age":null,"plan":"free","mark":null,"since":null,"tags":null,"sizes":null})", ""},
        {"null where nothing is needed", R"({"locale":"en","age":null})",
         R"({"locale":"en","age":null,"plan":"free","mark":null,"since":null,"tags":null,"sizes":null})", ""},
        {"without what is required", "{}", "", "locale is required"},
        {"null where something is needed", R"({"locale":null})", "",
         "[body.locale] Invalid input: expected string, received null"},
        {"a field of the server without default", R"({"locale":"en","mark":true})", "",
         "mark is not allowed to be set"},
        {"a text for a number", R"({"locale":"en","age":"36"})", "",
         "[body.age] Invalid input: expected number, received string"},
        {"half a number", R"({"locale":"en","age":1.5})", "",
         "[body.age] Invalid input: expected number, received number"},
        {"no date", R"({"locale":"en","since":"yesterday"})", "",
         "[body.since] Invalid input: expected date, received string"},
        {"a list of other things", R"({"locale":"en","tags":[1]})", "",
         "[body.tags] Invalid input: expected array, received array"},
        {"no list", R"({"locale":"en","sizes":1})", "", "[body.sizes] Invalid input: expected array, received number"},
    };
    for (const auto& [name, given, expected, refused] : table) {
        const auto made = new_fields(fields, parsed(given));
        EXPECT_EQ(made.has_value(), refused.empty()) << name;
        if (made.has_value()) EXPECT_EQ(written(*made), expected) << name;
        if (made.has_value()) EXPECT_EQ(made->size(), fields.size()) << name;
        if (!made.has_value()) EXPECT_EQ(made.error().message, refused) << name;
    }
}

TEST(Fields, INP_08_a_change_has_what_is_named_and_nothing_of_the_servers) {
    FieldValues values = *new_fields(fields, parsed(R"({"locale":"en","age":1})"));
    const auto change = changed_fields(fields, parsed(R"({"age":null,"locale":"fr","foo":2})"));
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->size(), 2U);
    apply(values, *change);
    EXPECT_EQ(written(values),
              R"({"locale":"fr","age":null,"plan":"free","mark":null,"since":null,"tags":null,"sizes":null})");
    const auto refused = changed_fields(fields, parsed(R"({"plan":"pro"})"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Code::field_not_allowed);
    EXPECT_TRUE(changed_fields(fields, json::Value{})->empty());
}

TEST(Fields, a_stored_list_that_is_none_is_told_and_never_written_into_an_answer) {
    const AdditionalFields one{{.name = "tags", .kind = FieldKind::string_list, .need = FieldNeed::optional}};
    for (const char* text : {R"(["a"],"admin":true,"x":[)", "", "{}", "1"}) {
        const auto read = fields_from_row(one, {std::string{text}}, 0);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code(), Code::storage_corrupt) << text;
    }
    const auto read = fields_from_row(one, {std::string{R"(["a"])"}}, 0);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(written(*read), R"({"tags":["a"]})");
    EXPECT_FALSE(fields_from_row(one, {}, 0).ok());
}

}    // namespace
}    // namespace countersign::identity
