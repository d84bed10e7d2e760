#include <sys/stat.h>

#include <fstream>

#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

using testing_support::TemporaryFolder;

const std::string other_secret = "hN4wZ8cVq1TxM6rYb3KdS9gLf5JpAe7U";

struct Given {
    std::string mode = "production";
    std::string lines = {};
    config::Readers readers = config::Readers::limited;
};

Loaded load_with(const Given& given, const TemporaryFolder& folder) {
    return load_from({.file_name = "c.toml",
                      .file_text = "mode = '" + given.mode +
                                   "'\nbaseURL = 'https://auth.example.com'\nstorage.url = 'sqlite:" +
                                   folder.file("data.db") + "'\n" + given.lines,
                      .file_readers = given.readers,
                      .environment = {}});
}

std::string problems_with(const Given& given) {
    const TemporaryFolder folder;
    return problems_of(load_with(given, folder).tree);
}

std::string secret_line(std::string_view secret) { return "secret = '" + std::string{secret} + "'\n"; }

mode_t mode_of(const std::string& file) {
    struct stat found{};
    EXPECT_EQ(::stat(file.c_str(), &found), 0) << file;
    return found.st_mode & 0777U;
}

TEST(Secrets, KEY_09_samples_and_patterns_stop_production) {
    const std::string samples[]{
        "better-auth-secret-12345678901234567890",
        "better-auth-secret-123456789012345",
        "BETTER_AUTH_SECRET_3fK9dLq2Zx8Vb1",
        "your-secret-key-here-at-least-32-chars",
        "your_super_secret_key_0f9d8e7c6b5a",
        "change-me-please-k3J9dLq2Zx8Vb1Tt",
        "ChangeMe2k9fJd8LqZx7VbT1nMw4RyPs",
        "my-secret-3fK9dLq2Zx8Vb1TtWm5RyPs",
        "super secret text of the project 42",
        "supersecretsupersecret-fK9dLq2Zx8",
        "jwt_secret_fK9dLq2Zx8Vb1TtWm5RyPs",
        "example-fK9dLq2Zx8Vb1TtWm5RyPs77",
        "placeholder-fK9dLq2Zx8Vb1TtWm5Ry",
        "password-fK9dLq2Zx8Vb1TtWm5RyPs7",
        "trace-secret-0123456789abcdefghijklmnopqrstuv",
        "abcdefghijklmnopqrstuvwxyz789012",
        "qwertyuiopasdfghjklzxcvbnm864209",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aB3dE5gH7jK9aB3dE5gH7jK9aB3dE5gH7jK9",
        "abababababababababababababababab",
        "insecure-fK9dLq2Zx8Vb1TtWm5RyPs7",
        "your-256-bit-secret-fK9dLq2Zx8Vb",
        "development-fK9dLq2Zx8Vb1TtWm5Ry",
    };
    for (const std::string& sample : samples) {
        EXPECT_EQ(problems_with({.lines = secret_line(sample)}), "secret: is a sample or guessable value\n") << sample;
        EXPECT_EQ(problems_with({.mode = "development", .lines = secret_line(sample)}), "") << sample;
    }
    EXPECT_EQ(problems_with({.lines = secret_line(good_secret)}), "");
}

TEST(Secrets, KEY_09_shorter_than_32_is_refused_in_both_modes) {
    const std::string_view shorter = good_secret.substr(1);
    for (const std::string mode : {"production", "development"}) {
        EXPECT_EQ(problems_with({.mode = mode, .lines = secret_line(shorter)}),
                  "secret: has fewer than 32 characters\n");
        EXPECT_EQ(problems_with({.mode = mode, .lines = "secrets = '1:" + std::string{shorter} + "'\n"}),
                  "secrets: has fewer than 32 characters\n");
    }
}

TEST(Secrets, KEY_10_versions_as_text_and_as_list_are_the_same) {
    const TemporaryFolder folder;
    const std::string good{good_secret};
    for (const std::string& lines : {"secrets = '7:" + good + ",3:" + other_secret + "'\n",
                                     "[[secrets]]\nversion = 7\nvalue = '" + good +
                                         "'\n[[secrets]]\nversion = 3\nvalue = '" + other_secret + "'\n"}) {
        const Loaded loaded = load_with({.lines = lines}, folder);
        EXPECT_EQ(problems_of(loaded.tree), "");
        ASSERT_EQ(loaded.secrets.versions.size(), 2U);
        EXPECT_EQ(loaded.secrets.versions[0].first, 7U);
        EXPECT_EQ(loaded.secrets.versions[0].second.reveal_text(), good_secret);
        EXPECT_EQ(loaded.secrets.versions[1].first, 3U);
        EXPECT_EQ(loaded.secrets.versions[1].second.reveal_text(), other_secret);
    }
}

TEST(Secrets, KEY_10_versions_that_rotate_nothing_are_refused) {
    const std::string good{good_secret};
    struct Case {
        std::string secrets, problem;
    };
    const Case cases[]{
        {"'2:" + good + ",1:" + good + "'", "secrets: has one secret in two versions\n"},
        {"'1:" + good + ",1:" + other_secret + "'", "secrets: has version 1 twice\n"},
        {"'" + good + "'", "secrets: has an entry without version\n"},
        {"':" + good + "'", "secrets: has an entry without version\n"},
        {"'1'", "secrets: has an entry without version\n"},
        {"''", "secrets: has no entry\n"},
        {"[]", "secrets: has no entry\n"},
        {"[{version = -1, value = '" + good + "'}]", "secrets: has a version that is no number from 0\n"},
        {"'2:" + good + ",1:change-me-please-k3J9dLq2Zx8Vb1Tt'", "secrets: is a sample or guessable value\n"},
    };
    for (const Case& one : cases) {
        const std::string found = problems_with({.lines = "secrets = " + one.secrets + "\n"});
        EXPECT_TRUE(found.starts_with(one.problem)) << one.secrets << "\n" << found;
        EXPECT_FALSE(found.contains(good)) << found;
    }
}

TEST(Secrets, the_development_secret_is_made_once_for_its_owner_only) {
    const TemporaryFolder folder;
    const Loaded first = load_with({.mode = "development"}, folder);
    EXPECT_EQ(problems_of(first.tree), "");
    EXPECT_EQ(mode_of(folder.file("countersign.secret")), 0600U);
    EXPECT_EQ(first.secrets.source, "file " + folder.file("countersign.secret"));
    EXPECT_GE(first.secrets.single.size(), 32U);
    const Loaded second = load_with({.mode = "development"}, folder);
    EXPECT_TRUE(second.secrets.single.equals(first.secrets.single));
    const TemporaryFolder elsewhere;
    EXPECT_FALSE(load_with({.mode = "development"}, elsewhere).secrets.single.equals(first.secrets.single));
}

TEST(Secrets, KEY_09_the_development_secret_is_none_for_production) {
    const TemporaryFolder folder;
    const Loaded development = load_with({.mode = "development"}, folder);
    const std::string made{development.secrets.single.reveal_text()};
    EXPECT_EQ(problems_of(load_with({.lines = secret_line(made)}, folder).tree),
              "secret: is the secret of development mode, from " + folder.file("countersign.secret") + "\n");
    EXPECT_EQ(problems_of(load_with({.lines = "secrets = '1:" + made + "'\n"}, folder).tree),
              "secrets: is the secret of development mode, from " + folder.file("countersign.secret") + "\n");
    EXPECT_EQ(problems_of(load_with({}, folder).tree), "secret: is missing in production mode\n");
}

TEST(Secrets, a_development_secret_that_others_can_read_or_that_is_cut_is_refused) {
    const TemporaryFolder folder;
    const std::string path = folder.file("countersign.secret");
    std::ofstream{path} << good_secret << "\n";
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_EQ(problems_of(load_with({.mode = "development"}, folder).tree), "secret: " + path + " is open to others\n");
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    EXPECT_EQ(problems_of(load_with({.mode = "development"}, folder).tree), "");
    std::ofstream{path} << "cut";
    EXPECT_EQ(problems_of(load_with({.mode = "development"}, folder).tree),
              "secret: " + path + " cannot be read or is not whole\n");
}

TEST(Secrets, without_a_folder_to_write_to_there_is_no_development_secret) {
    const Loaded loaded = load_from(
        {.file_name = "c.toml", .file_text = "storage.url = 'sqlite:/nowhere/at/all/data.db'\n", .environment = {}});
    EXPECT_EQ(problems_of(loaded.tree), "secret: cannot be kept in /nowhere/at/all/countersign.secret\n");
}

TEST(Secrets, a_file_that_everybody_reads_may_not_hold_them_in_production) {
    const auto everybody = config::Readers::everybody;
    const std::string versions = "secrets = '1:" + other_secret + "'\n";
    const std::string what = ": can be read by every user of this machine (file c.toml)\n";
    EXPECT_EQ(problems_with({.lines = secret_line(good_secret) + versions, .readers = everybody}),
              "secrets" + what + "secret" + what);
    EXPECT_EQ(problems_with({.lines = secret_line(good_secret) + versions}), "");
    EXPECT_EQ(problems_with({.mode = "development", .lines = secret_line(good_secret), .readers = everybody}), "");
    EXPECT_EQ(problems_with({.lines = secret_line(good_secret) + "allow = ['replay']\n", .readers = everybody}), "");
    const TemporaryFolder folder;
    config::Sources from_variable{.file_name = "c.toml",
                                  .file_text = "mode = 'production'\nbaseURL = 'https://auth.example.com'\n",
                                  .file_readers = everybody,
                                  .environment = {{"COUNTERSIGN_SECRET", std::string{good_secret}},
                                                  {"DATABASE_URL", "sqlite:" + folder.file("data.db")}}};
    EXPECT_EQ(problems_of(load_from(from_variable).tree), "");
}

}    // namespace
}    // namespace countersign::app
