// Every statement of the core and jwt tables. all_owned and all_unowned are what tests and reviewers walk.
#pragma once

#include "storage/statement.hpp"
#include "storage/tables.hpp"

namespace countersign::storage::statements {

inline constexpr Where by_id[]{{.column = "id"}};
inline constexpr Where by_email[]{{.column = "email"}};
inline constexpr Where by_token[]{{.column = "token"}};
inline constexpr Where by_user[]{{.column = "userId"}};
inline constexpr Where by_user_and_provider[]{{.column = "userId"}, {.column = "providerId"}};
inline constexpr Where by_user_and_id[]{{.column = "userId"}, {.column = "id"}};
inline constexpr Where by_id_and_password[]{{.column = "id"}, {.column = "password"}};
inline constexpr Where by_user_id_and_password[]{{.column = "userId"}, {.column = "id"}, {.column = "password"}};
inline constexpr Where by_user_and_token[]{{.column = "userId"}, {.column = "token"}};
inline constexpr Where by_user_and_other_id[]{{.column = "userId"}, {.column = "id", .match = Match::not_equal}};
inline constexpr std::string_view user_email[]{"email", "emailVerified", "updatedAt"};
inline constexpr Where by_live_identifier[]{{.column = "identifier"}, {.column = "expiresAt", .match = Match::greater}};
inline constexpr Match later = Match::greater;
inline constexpr Where by_live_token[]{{.column = "token"}, {.column = "expiresAt", .match = later}};
inline constexpr Where by_live_user[]{{.column = "userId"}, {.column = "expiresAt", .match = later}};
inline constexpr Where by_user_and_live_token[]{
    {.column = "userId"}, {.column = "token"}, {.column = "expiresAt", .match = later}};
inline constexpr Where by_user_and_live_id[]{
    {.column = "userId"}, {.column = "id"}, {.column = "expiresAt", .match = later}};
inline constexpr Where by_user_and_other_live_id[]{
    {.column = "userId"}, {.column = "id", .match = Match::not_equal}, {.column = "expiresAt", .match = later}};
inline constexpr std::string_view session_end[]{"expiresAt"};
inline constexpr Where by_end[]{{.column = "expiresAt", .match = Match::less}};
inline constexpr Order newest{.column = "createdAt", .direction = Direction::descending};
inline constexpr Where from_number[]{{.column = "number", .match = Match::greater_or_equal}};
inline constexpr Where number_range[]{{.column = "number", .match = Match::greater_or_equal},
                                      {.column = "number", .match = Match::less}};
inline constexpr std::string_view user_profile[]{"name", "image", "updatedAt"};
inline constexpr std::string_view updated[]{"updatedAt"};
inline constexpr std::string_view session_times[]{"expiresAt", "updatedAt"};
inline constexpr std::string_view jwks_end[]{"expiresAt"};
inline constexpr std::string_view account_password[]{"password", "updatedAt"};
inline constexpr std::string_view credential_issuer[]{"local:credential"};    // what Better Auth 1.7.0 to 1.7.2 write
inline constexpr Where by_provider_and_hash[]{{.column = "providerId"},
                                              {.column = "password", .match = Match::greater_or_equal},
                                              {.column = "password", .match = Match::less}};

inline constexpr Unowned user_create{.statement = {.id = "user.create", .op = Op::create, .table = &user_table},
                                     .reason = "sign-up: the row is the new owner itself"};
inline constexpr Unowned user_by_email{
    .statement = {.id = "user.by_email", .op = Op::find_one, .table = &user_table, .where = by_email},
    .reason = "sign-in and sign-up look a user up before anybody is proved"};
inline constexpr Owned user_of_caller{
    .statement = {.id = "user.of_caller", .op = Op::find_one, .table = &user_table, .where = by_id}};
/// Nobody else writes to the row until the transaction ends, also a server of Better Auth beside us; what is returned
/// is what stood there last.
inline constexpr Owned user_hold{
    .statement = {.id = "user.hold", .op = Op::update, .table = &user_table, .where = by_id, .set = updated}};
inline constexpr Owned user_update{.statement = {.id = "user.update",
                                                 .op = Op::update,
                                                 .table = &user_table,
                                                 .where = by_id,
                                                 .set = user_profile,
                                                 .sets_extension = true}};
inline constexpr Unowned account_create{
    .statement = {.id = "account.create", .op = Op::create, .table = &account_table, .historic = credential_issuer},
    .reason = "sign-up: the credential of the user made in the same transaction"};
inline constexpr Unowned account_count_hashes{
    .statement = {.id = "account.count_hashes",
                  .op = Op::count,
                  .table = &account_table,
                  .where = by_provider_and_hash},
    .reason = "how many hashes of a scheme there are, and nobody's in particular"};
inline constexpr Unowned account_first_hash{.statement = {.id = "account.first_hash",
                                                          .op = Op::find_one,
                                                          .table = &account_table,
                                                          .where = by_provider_and_hash,
                                                          .order = {.column = "password"}},
                                            .reason = "which kinds of hashes there are, and nobody's in particular"};
inline constexpr Unowned account_of_user{
    .statement = {.id = "account.of_user", .op = Op::find_one, .table = &account_table, .where = by_user_and_provider},
    .reason = "sign-in reads the credential that is to be proved"};
inline constexpr Owned account_of_caller{
    .statement = {
        .id = "account.of_caller", .op = Op::find_one, .table = &account_table, .where = by_user_and_provider}};
inline constexpr Owned account_list{.statement = {.id = "account.list",
                                                  .op = Op::find_many,
                                                  .table = &account_table,
                                                  .where = by_user,
                                                  .order = {.column = "createdAt"}}};
inline constexpr Owned account_count{
    .statement = {.id = "account.count", .op = Op::count, .table = &account_table, .where = by_user}};
inline constexpr Owned account_remove{
    .statement = {.id = "account.remove", .op = Op::remove, .table = &account_table, .where = by_user_and_id}};
inline constexpr Owned account_renew_hash{.statement = {.id = "account.renew_hash",
                                                        .op = Op::update,
                                                        .table = &account_table,
                                                        .where = by_user_id_and_password,
                                                        .set = account_password}};
inline constexpr Unowned account_rehash{.statement = {.id = "account.rehash",
                                                      .op = Op::update,
                                                      .table = &account_table,
                                                      .where = by_id_and_password,
                                                      .set = account_password},
                                        .reason = "sign-in replaces the hash of the credential it has just proved"};
inline constexpr Unowned account_reset_password{
    .statement = {.id = "account.reset_password",
                  .op = Op::update,
                  .table = &account_table,
                  .where = by_id,
                  .set = account_password},
    .reason = "the token mailed to the address is what proves it, without session"};
inline constexpr Unowned session_create{
    .statement = {.id = "session.create", .op = Op::create, .table = &session_table},
    .reason = "sign-in makes the session that will prove the user from now on"};
inline constexpr Unowned session_by_token{.statement = {.id = "session.by_token",
                                                        .op = Op::find_one,
                                                        .table = &session_table,
                                                        .where = by_token,
                                                        .join = {.table = &user_table, .on = "userId"}},
                                          .reason = "the session gate: the signed token is what proves the owner"};
inline constexpr Unowned session_remove_by_token{
    .statement = {.id = "session.remove_by_token", .op = Op::remove, .table = &session_table, .where = by_token},
    .reason = "the gate and sign-out end the session whose signed token was presented"};
/// One that has ended is not prolonged, by whomever it was ended meanwhile.
inline constexpr Owned session_refresh{.statement = {.id = "session.refresh",
                                                     .op = Op::update,
                                                     .table = &session_table,
                                                     .where = by_user_and_live_id,
                                                     .set = session_times}};
inline constexpr Owned session_remove{
    .statement = {.id = "session.remove", .op = Op::remove, .table = &session_table, .where = by_user_and_id}};
inline constexpr Owned session_remove_token{
    .statement = {.id = "session.remove_token", .op = Op::remove, .table = &session_table, .where = by_user_and_token}};
inline constexpr Owned session_remove_all{
    .statement = {.id = "session.remove_all", .op = Op::remove_many, .table = &session_table, .where = by_user}};
inline constexpr Owned session_remove_others{
    .statement = {
        .id = "session.remove_others", .op = Op::remove_many, .table = &session_table, .where = by_user_and_other_id}};
/// As user.hold.
inline constexpr Owned session_hold{
    .statement = {
        .id = "session.hold", .op = Op::update, .table = &session_table, .where = by_user_and_id, .set = updated}};
inline constexpr Owned session_set_fields{.statement = {.id = "session.set_fields",
                                                        .op = Op::update,
                                                        .table = &session_table,
                                                        .where = by_user_and_id,
                                                        .set = updated,
                                                        .sets_extension = true}};
inline constexpr Owned session_list{.statement = {.id = "session.list",
                                                  .op = Op::find_many,
                                                  .table = &session_table,
                                                  .where = by_user,
                                                  .order = {.column = "createdAt"}}};
inline constexpr Unowned user_by_id{
    .statement = {.id = "user.by_id", .op = Op::find_one, .table = &user_table, .where = by_id},
    .reason = "a mailed token names the user whom it proves"};
inline constexpr Unowned user_set_email{
    .statement = {.id = "user.set_email", .op = Op::update, .table = &user_table, .where = by_id, .set = user_email},
    .reason = "the token mailed to the address is what proves it, without session"};
inline constexpr Owned user_remove{
    .statement = {.id = "user.remove", .op = Op::remove, .table = &user_table, .where = by_id}};
inline constexpr Owned account_remove_all{
    .statement = {.id = "account.remove_all", .op = Op::remove_many, .table = &account_table, .where = by_user}};
inline constexpr Unowned session_remove_proved{
    .statement = {.id = "session.remove_proved", .op = Op::remove_many, .table = &session_table, .where = by_user},
    .reason = "a password reset ends the sessions of the user whom its token names"};
/// Where rows outlive their session, ending one is to set its end; one that has ended keeps the end that it had.
inline constexpr Unowned session_end_by_token{
    .statement = {.id = "session.end_by_token",
                  .op = Op::update_many,
                  .table = &session_table,
                  .where = by_live_token,
                  .set = session_end},
    .reason = "the gate and sign-out end the session whose signed token was presented"};
inline constexpr Owned session_end_token{.statement = {.id = "session.end_token",
                                                       .op = Op::update_many,
                                                       .table = &session_table,
                                                       .where = by_user_and_live_token,
                                                       .set = session_end}};
inline constexpr Owned session_end_all{.statement = {.id = "session.end_all",
                                                     .op = Op::update_many,
                                                     .table = &session_table,
                                                     .where = by_live_user,
                                                     .set = session_end}};
inline constexpr Owned session_end_others{.statement = {.id = "session.end_others",
                                                        .op = Op::update_many,
                                                        .table = &session_table,
                                                        .where = by_user_and_other_live_id,
                                                        .set = session_end}};
inline constexpr Unowned session_end_proved{
    .statement = {.id = "session.end_proved",
                  .op = Op::update_many,
                  .table = &session_table,
                  .where = by_live_user,
                  .set = session_end},
    .reason = "a password reset ends the sessions of the user whom its token names"};
inline constexpr Unowned user_to_copy{
    .statement = {.id = "user.to_copy", .op = Op::find_one, .table = &user_table, .where = by_id},
    .reason = "sessions outside of the database carry a copy of the user whose they are"};
inline constexpr Unowned verification_create{
    .statement = {.id = "verification.create", .op = Op::create, .table = &verification_table},
    .reason = "single-use values are found by what their holder knows"};
inline constexpr Unowned verification_find{.statement = {.id = "verification.find",
                                                         .op = Op::find_one,
                                                         .table = &verification_table,
                                                         .where = by_live_identifier,
                                                         .order = newest},
                                           .reason = "single-use values are found by what their holder knows"};
inline constexpr Unowned verification_take{.statement = {.id = "verification.take",
                                                         .op = Op::consume_one,
                                                         .table = &verification_table,
                                                         .where = by_live_identifier,
                                                         .order = newest},
                                           .reason = "single-use values are found by what their holder knows"};
inline constexpr Unowned verification_remove{
    .statement = {.id = "verification.remove", .op = Op::remove, .table = &verification_table, .where = by_id},
    .reason = "a newer value takes the place of the one with this id"};
inline constexpr Where by_value_since[]{{.column = "value"}, {.column = "createdAt", .match = Match::greater}};
inline constexpr Unowned verification_remove_of{
    .statement = {.id = "verification.remove_of",
                  .op = Op::remove_many,
                  .table = &verification_table,
                  .where = by_value_since},
    .reason = "the owner of an earlier address, proved by a mailed token, ends what the account's taker may hold"};
inline constexpr Unowned account_drop_passwords{
    .statement = {.id = "account.drop_passwords",
                  .op = Op::update_many,
                  .table = &account_table,
                  .where = by_user_and_provider,
                  .set = account_password},
    .reason = "the owner of an earlier address, proved by a mailed token, ends the password that others may know"};
inline constexpr Unowned verification_purge{
    .statement = {.id = "verification.purge", .op = Op::remove_many, .table = &verification_table, .where = by_end},
    .reason = "what has expired is nobody's any more"};
inline constexpr Unowned outbox_create{.statement = {.id = "outbox.create", .op = Op::create, .table = &outbox_table},
                                       .reason = "messages are the server's own, sealed"};
inline constexpr Unowned outbox_newest{.statement = {.id = "outbox.newest",
                                                     .op = Op::find_many,
                                                     .table = &outbox_table,
                                                     .where = from_number,
                                                     .order = {.column = "number", .direction = Direction::descending}},
                                       .reason = "messages are the server's own, sealed"};
inline constexpr Unowned outbox_last{.statement = {.id = "outbox.last",
                                                   .op = Op::find_one,
                                                   .table = &outbox_table,
                                                   .order = {.column = "number", .direction = Direction::descending}},
                                     .reason = "messages are the server's own, sealed"};
inline constexpr Unowned outbox_first{
    .statement = {.id = "outbox.first", .op = Op::find_one, .table = &outbox_table, .order = {.column = "number"}},
    .reason = "messages are the server's own, sealed"};
inline constexpr Unowned outbox_trim{
    .statement = {.id = "outbox.trim", .op = Op::remove_many, .table = &outbox_table, .where = number_range},
    .reason = "messages are the server's own, sealed"};
inline constexpr Unowned jwks_create{.statement = {.id = "jwks.create", .op = Op::create, .table = &jwks_table},
                                     .reason = "signing keys belong to the server"};
inline constexpr Unowned jwks_all{.statement = {.id = "jwks.all",
                                                .op = Op::find_many,
                                                .table = &jwks_table,
                                                .order = {.column = "createdAt", .direction = Direction::descending}},
                                  .reason = "signing keys belong to the server"};
inline constexpr Unowned jwks_set_end{
    .statement = {.id = "jwks.set_end", .op = Op::update, .table = &jwks_table, .where = by_id, .set = jwks_end},
    .reason = "signing keys belong to the server"};
inline constexpr Unowned jwks_take{
    .statement = {.id = "jwks.take", .op = Op::consume_one, .table = &jwks_table, .where = by_id},
    .reason = "signing keys belong to the server"};

inline constexpr Where by_id_range[]{{.column = "id", .match = Match::greater_or_equal},
                                     {.column = "id", .match = Match::less_or_equal}};
inline constexpr Unowned audit_create{
    .statement = {.id = "audit.create", .op = Op::create, .table = &audit_event_table},
    .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_last{.statement = {.id = "audit.last",
                                                  .op = Op::find_one,
                                                  .table = &audit_event_table,
                                                  .where = by_id_range,
                                                  .order = {.column = "id", .direction = Direction::descending}},
                                    .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_first{.statement = {.id = "audit.first",
                                                   .op = Op::find_one,
                                                   .table = &audit_event_table,
                                                   .where = by_id_range,
                                                   .order = {.column = "id"}},
                                     .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_range{.statement = {.id = "audit.range",
                                                   .op = Op::find_many,
                                                   .table = &audit_event_table,
                                                   .where = by_id_range,
                                                   .order = {.column = "id"}},
                                     .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_next_id{.statement = {.id = "audit.next_id",
                                                     .op = Op::find_one,
                                                     .table = &audit_id_table,
                                                     .where = by_id_range,
                                                     .order = {.column = "id"}},
                                       .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_ids{.statement = {.id = "audit.ids",
                                                 .op = Op::find_many,
                                                 .table = &audit_id_table,
                                                 .where = by_id_range,
                                                 .order = {.column = "id"}},
                                   .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_count{.statement = {.id = "audit.count", .op = Op::count, .table = &audit_event_table},
                                     .reason = "security events are the operator's, whomever they name"};
inline constexpr Unowned audit_remove{
    .statement = {.id = "audit.remove", .op = Op::remove_many, .table = &audit_event_table, .where = by_id_range},
    .reason = "retention takes whole closed segments, whomever they name"};

inline constexpr Where by_key[]{{.column = "key"}};
inline constexpr Where before_request[]{{.column = "lastRequest", .match = Match::less}};
inline constexpr Where below_count[]{{.column = "count", .match = Match::less}};
inline constexpr std::string_view rate_limit_state[]{"count", "lastRequest"};
inline constexpr Unowned rate_limit_create{
    .statement = {.id = "rate_limit.create", .op = Op::create, .table = &rate_limit_table},
    .reason = "counts of requests belong to clients, before anybody is proved"};
inline constexpr Unowned rate_limit_find{
    .statement = {.id = "rate_limit.find", .op = Op::find_one, .table = &rate_limit_table, .where = by_key},
    .reason = "counts of requests belong to clients, before anybody is proved"};
inline constexpr Unowned rate_limit_set{.statement = {.id = "rate_limit.set",
                                                      .op = Op::update,
                                                      .table = &rate_limit_table,
                                                      .where = by_key,
                                                      .set = rate_limit_state},
                                        .reason = "counts of requests belong to clients, before anybody is proved"};
inline constexpr Unowned rate_limit_count{
    .statement = {.id = "rate_limit.count", .op = Op::count, .table = &rate_limit_table},
    .reason = "how many clients and paths are counted, and nobody's in particular"};
inline constexpr Unowned rate_limit_purge{
    .statement = {.id = "rate_limit.purge", .op = Op::remove_many, .table = &rate_limit_table, .where = before_request},
    .reason = "a count whose window has ended says nothing any more"};
inline constexpr Unowned rate_limit_trim{
    .statement = {.id = "rate_limit.trim", .op = Op::remove_many, .table = &rate_limit_table, .where = below_count},
    .reason = "where the table is full those go first who are over no limit"};

inline constexpr std::string_view failure_state[]{"failures", "firstAt", "lastAt", "waitsUntil"};
inline constexpr Where by_whose[]{{.column = "whose"}};
inline constexpr Where by_whose_and_first[]{{.column = "whose"},
                                            {.column = "failures", .match = Match::less},
                                            {.column = "firstAt", .match = Match::less_or_equal}};
inline constexpr Where by_whose_and_end[]{{.column = "whose"},
                                          {.column = "failures", .match = Match::greater_or_equal},
                                          {.column = "waitsUntil", .match = Match::less_or_equal}};
inline constexpr Where by_whose_and_count[]{{.column = "whose"},
                                            {.column = "failures", .match = Match::less},
                                            {.column = "waitsUntil", .match = Match::less_or_equal}};
inline constexpr Where by_whose_and_rest[]{{.column = "whose"},
                                           {.column = "failures", .match = Match::greater_or_equal},
                                           {.column = "lastAt", .match = Match::less_or_equal}};
inline constexpr Unowned failure_create{
    .statement = {.id = "failure.create", .op = Op::create, .table = &failure_table},
    .reason = "wrong passwords are counted for names behind a keyed hash, before anybody is proved"};
inline constexpr Unowned failure_find{
    .statement = {.id = "failure.find", .op = Op::find_one, .table = &failure_table, .where = by_id},
    .reason = "wrong passwords are counted for names behind a keyed hash, before anybody is proved"};
inline constexpr Unowned failure_set{
    .statement = {.id = "failure.set", .op = Op::update, .table = &failure_table, .where = by_id, .set = failure_state},
    .reason = "wrong passwords are counted for names behind a keyed hash, before anybody is proved"};
inline constexpr Unowned failure_remove{
    .statement = {.id = "failure.remove", .op = Op::remove, .table = &failure_table, .where = by_id},
    .reason = "a right or a new password ends the count of the name that it proves"};
inline constexpr Unowned failure_count{
    .statement = {.id = "failure.count", .op = Op::count, .table = &failure_table, .where = by_whose},
    .reason = "how many names are counted, and nobody's in particular"};
inline constexpr Unowned failure_purge_few{.statement = {.id = "failure.purge_few",
                                                         .op = Op::remove_many,
                                                         .table = &failure_table,
                                                         .where = by_whose_and_first},
                                           .reason = "a count whose window has ended says nothing any more"};
inline constexpr Unowned failure_purge_many{.statement = {.id = "failure.purge_many",
                                                          .op = Op::remove_many,
                                                          .table = &failure_table,
                                                          .where = by_whose_and_end},
                                            .reason = "a count whose window has ended says nothing any more"};
inline constexpr Unowned failure_trim{
    .statement = {.id = "failure.trim", .op = Op::remove_many, .table = &failure_table, .where = by_whose_and_count},
    .reason = "where the table is full those go first who failed least and do not wait"};
inline constexpr Unowned failure_trim_stops{
    .statement = {.id = "failure.trim_stops",
                  .op = Op::remove_many,
                  .table = &failure_table,
                  .where = by_whose_and_rest},
    .reason = "where the table is full a stop goes at which nobody has tried for a day"};

inline constexpr Unowned meta_create{.statement = {.id = "meta.create", .op = Op::create, .table = &meta_table},
                                     .reason = "facts about the database belong to the server"};
inline constexpr Unowned meta_by_id{
    .statement = {.id = "meta.by_id", .op = Op::find_one, .table = &meta_table, .where = by_id},
    .reason = "facts about the database belong to the server"};

/// Every statement there is, for tests and reviewers.
std::span<const Owned* const> all_owned();
std::span<const Unowned* const> all_unowned();

}    // namespace countersign::storage::statements
