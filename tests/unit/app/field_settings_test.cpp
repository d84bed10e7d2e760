// additionalFields as a configuration: what is taken, and each mistake with its mend.
#include <gmock/gmock.h>

#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

Loaded load_fields(const std::string& lines) {
    return load_from({.file_name = "test.toml",
                      .file_text = "secret = \"" + std::string{good_secret} + "\"\n[user.additionalFields]\n" + lines,
                      .environment = {}});
}

TEST(FieldSettings, name_columns_with_their_options) {
    const Loaded loaded = load_fields(R"(
plan = { type = "string", input = false, defaultValue = "free" }
age = { type = "number", required = false, returned = false }
)");
    EXPECT_EQ(problems_of(loaded.tree), "");
    const identity::AdditionalFields& fields = loaded.settings.user_fields;
    ASSERT_EQ(fields.size(), 2U);
    const auto& plan = *std::ranges::find(fields, "plan", &identity::AdditionalField::name);
    EXPECT_EQ(plan.input, identity::FieldInput::refused);
    EXPECT_EQ(plan.need, identity::FieldNeed::required);
    const auto& age = *std::ranges::find(fields, "age", &identity::AdditionalField::name);
    EXPECT_EQ(age.kind, identity::FieldKind::number);
    EXPECT_EQ(age.need, identity::FieldNeed::optional);
    EXPECT_EQ(age.shown, identity::FieldShown::hidden);
    EXPECT_TRUE(loaded.settings.session_fields.empty());
}

TEST(FieldSettings, TOOL_06_each_mistake_has_its_mend) {
    const std::pair<std::string, std::string> table[]{
        {R"(plan = "string")", "is no table"},
        {R"(plan = { type = "text" })", "has no type that is known"},
        {R"(plan = { })", "has no type that is known"},
        {R"(plan = { type = "string", unique = true })", "has the option unique, which is not known here"},
        {R"(plan = { type = "string", required = "no" })", "has a value of required that is not true or false"},
        {R"(plan = { type = "number", defaultValue = "free" })", "has a defaultValue of another type"},
        {R"(plan = { type = "string", input = false })", "is required, and nobody may set it"},
        {R"(email = { type = "string" })", "is a column of Better Auth's own"},
        {R"(EMAIL = { type = "string" })", "is a column of Better Auth's own"},
        {R"("a b" = { type = "string" })", "is no plain name"},
        {R"("a\"; DROP TABLE user" = { type = "string" })", "is no plain name"},
        {"plan = { type = \"string\", input = false, defaultValue = \"a\" }\nPlan = { type = \"string\" }",
         "differs from another field by capitals only"},
    };
    for (const auto& [line, what] : table) {
        const Loaded loaded = load_fields(line + "\n");
        EXPECT_EQ(std::ranges::count(problems_of(loaded.tree), '\n'), 1) << line << problems_of(loaded.tree);
        EXPECT_THAT(problems_of(loaded.tree), testing::HasSubstr(": " + what + "\n")) << line;
    }
}

}    // namespace
}    // namespace countersign::app
