#include "app/mail_settings.hpp"

#include "app/setting_values.hpp"

namespace countersign::app {
namespace {

using config::Tree;

constexpr std::string_view transport_key = "mail.transport";

void read_transport(Tree& tree, Settings& s) {
    const bool development = s.mode == Mode::development;
    const std::string transport = tree.text(transport_key, development ? "capture" : "");
    if (tree.has(transport_key) && transport != "capture")
        tree.add_problem(transport_key, transport + " is no transport that this version has", "write capture");
    s.mail.capture = to_switch(transport == "capture");
}

/// A feature that mails: on in native where there is a transport, and never without one.
Switch read_sender(Tree& tree, const Settings& s, std::string_view path, Switch fallback) {
    const bool can = s.mail.capture == Switch::on;
    const Switch on = to_switch(tree.flag(path, can && fallback == Switch::on));
    if (on == Switch::on && !can)
        tree.add_problem(path, "is on, and there is no mail.transport", "set mail.transport = \"capture\"");
    return on;
}

void read_reset(Tree& tree, Settings& s, Switch native) {
    constexpr std::string_view life_key = "emailAndPassword.resetPasswordTokenExpiresIn";
    constexpr std::string_view revoke_key = "emailAndPassword.revokeSessionsOnPasswordReset";
    constexpr Seconds longest{3600};    // REC-01
    s.mail.send_reset = read_sender(tree, s, "emailAndPassword.sendResetPassword", native);
    s.mail.reset_life = positive_seconds(tree, life_key, longest.count());
    if (native == Switch::on && s.mail.reset_life > longest)
        tree.add_problem(life_key, "is longer than an hour", "write 3600 or less");
    s.mail.reset_ends_sessions = to_switch(tree.flag(revoke_key, native == Switch::on));
    if (native == Switch::on && s.mail.reset_ends_sessions == Switch::off)    // REC-05
        tree.add_problem(revoke_key, "is off: who knows the old password stays signed in", "take it out");
}

void read_verification(Tree& tree, Settings& s, Switch native) {
    constexpr std::string_view store_key = "verification.storeIdentifier";
    s.mail.send_verification = read_sender(tree, s, "emailVerification.sendVerificationEmail", native);
    s.mail.require_verified = to_switch(tree.flag("emailAndPassword.requireEmailVerification", false));
    if (s.mail.require_verified == Switch::on && s.mail.send_verification == Switch::off)
        tree.add_problem("emailAndPassword.requireEmailVerification", "is on, and nothing mails the link",
                         "set emailVerification.sendVerificationEmail = true");
    s.mail.send_on_sign_up =
        to_switch(tree.flag("emailVerification.sendOnSignUp", s.mail.require_verified == Switch::on));
    s.mail.send_on_sign_in = to_switch(tree.flag("emailVerification.sendOnSignIn", false));
    s.mail.sign_in_after = to_switch(tree.flag("emailVerification.autoSignInAfterVerification", false));
    s.mail.verification_life = positive_seconds(tree, "emailVerification.expiresIn", 3600);
    const std::string store = tree.text(store_key, native == Switch::on ? "hashed" : "plain");
    if (store != "plain" && store != "hashed")
        tree.add_problem(store_key, "is neither plain nor hashed", "write one of the two");
    if (native == Switch::on && store == "plain")    // REC-01
        tree.add_problem(store_key, "is plain: a copied database resets passwords", "take it out");
    s.mail.hashed_identifiers = to_switch(store != "plain");
}

void read_user_changes(Tree& tree, Settings& s, Switch native) {
    constexpr std::string_view unproved_key = "user.changeEmail.updateEmailWithoutVerification";
    s.mail.change_email = to_switch(tree.flag("user.changeEmail.enabled", false));
    s.mail.change_unproved = to_switch(tree.flag(unproved_key, false));
    if (native == Switch::on && s.mail.change_unproved == Switch::on)    // REC-06
        tree.add_problem(unproved_key, "is on: the new address would not be proved", "take it out");
    s.mail.send_change_confirmation = read_sender(tree, s, "user.changeEmail.sendChangeEmailConfirmation", native);
    s.mail.delete_user = to_switch(tree.flag("user.deleteUser.enabled", false));
    s.mail.send_delete = read_sender(tree, s, "user.deleteUser.sendDeleteAccountVerification", Switch::off);
    s.mail.delete_life = positive_seconds(tree, "user.deleteUser.deleteTokenExpiresIn", 86400);
}

}    // namespace

void read_mail(Tree& tree, Settings& settings) {
    const Switch native = to_switch(settings.profile == Profile::native);
    read_transport(tree, settings);
    read_reset(tree, settings, native);
    read_verification(tree, settings, native);
    read_user_changes(tree, settings, native);
}

}    // namespace countersign::app
