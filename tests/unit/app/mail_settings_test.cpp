// Mail as a configuration: defaults of the profiles, each mistake with its mend, and where the inbox is served.
#include <gmock/gmock.h>

#include "app/application.hpp"
#include "raw/engine.hpp"
#include "unit/app/running.hpp"
#include "unit/app/settings_rig.hpp"

namespace countersign::app {
namespace {

Loaded load_mail(const std::string& lines) {
    return load_from({.file_name = "test.toml",
                      .file_text = "secret = \"" + std::string{good_secret} + "\"\n" + lines,
                      .environment = {}});
}

TEST(MailSettings, TOOL_06_each_mistake_has_its_mend) {
    const std::string better = "profile = 'better-auth'\n",
                      production = "mode = 'production'\nbaseURL = 'https://a.example'\n";
    const std::pair<std::string, std::string> table[]{
        {"mail.transport = 'smtp'", "mail.transport: smtp is no transport that this version has"},
        {"mail.transport = ''", "mail.transport:  is no transport that this version has"},
        {production + "emailAndPassword.sendResetPassword = true",
         "emailAndPassword.sendResetPassword: is on, and there is no mail.transport"},
        {better + "emailAndPassword.requireEmailVerification = true",
         "emailAndPassword.requireEmailVerification: is on, and nothing mails the link"},
        {"emailAndPassword.resetPasswordTokenExpiresIn = 3601",
         "emailAndPassword.resetPasswordTokenExpiresIn: is longer than an hour"},
        {"emailAndPassword.revokeSessionsOnPasswordReset = false",
         "emailAndPassword.revokeSessionsOnPasswordReset: is off: who knows the old password stays signed in"},
        {"verification.storeIdentifier = 'plain'",
         "verification.storeIdentifier: is plain: a copied database resets passwords"},
        {better + "verification.storeIdentifier = 'custom'",
         "verification.storeIdentifier: is neither plain nor hashed"},
        {"user.changeEmail.updateEmailWithoutVerification = true",
         "user.changeEmail.updateEmailWithoutVerification: is on: the new address would not be proved"},
    };
    for (const auto& [line, what] : table)
        EXPECT_THAT(problems_of(load_mail(line + "\n").tree), testing::HasSubstr(what)) << line;
}

TEST(MailSettings, have_the_defaults_of_their_profile) {
    const Loaded native = load_mail("");
    EXPECT_EQ(problems_of(native.tree), "");
    EXPECT_EQ(native.settings.mail.send_reset, Switch::on);
    EXPECT_EQ(native.settings.mail.reset_ends_sessions, Switch::on);
    EXPECT_EQ(native.settings.mail.hashed_identifiers, Switch::on);
    EXPECT_EQ(native.settings.mail.require_verified, Switch::off);
    const Loaded better = load_mail("profile = 'better-auth'\nverification.storeIdentifier = 'plain'\n");
    EXPECT_EQ(problems_of(better.tree), "");
    EXPECT_EQ(better.settings.mail.send_reset, Switch::off);
    EXPECT_EQ(better.settings.mail.reset_ends_sessions, Switch::off);
    EXPECT_EQ(better.settings.mail.hashed_identifiers, Switch::off);
    EXPECT_EQ(better.settings.mail.reset_life, Seconds{3600});
}

TEST(MailSettings, say_where_the_inbox_is) {
    const auto local = [](const std::string& lines) {
        return make_router(load_mail(lines).settings).find(http::Method::get, "/dev/inbox.json") != nullptr;
    };
    EXPECT_TRUE(local(""));
    EXPECT_FALSE(local("mode = 'production'\nbaseURL = 'https://a.example'\nmail.transport = 'capture'\n"));
    EXPECT_FALSE(local("mode = 'development'\nhttp.listen = '0.0.0.0:8080'\n"));
    const auto managed = [](const std::string& lines) {
        const Running server{lines};
        http::raw::Client client{server->management_port()};
        client.send("GET /dev/inbox.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return http::raw::status_of(client.read_one());
    };
    EXPECT_EQ(managed("mail.transport = 'capture'\n"), 200);
    EXPECT_EQ(managed("mode = 'production'\nbaseURL = 'https://a.example'\nmail.transport = 'capture'\n"), 200);
    EXPECT_EQ(managed("mode = 'production'\nbaseURL = 'https://a.example'\n"), 404);
}

}    // namespace
}    // namespace countersign::app
