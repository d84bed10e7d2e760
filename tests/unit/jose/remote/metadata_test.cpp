#include "jose/cache_control.hpp"
#include "unit/jose/remote/rig.hpp"

namespace countersign::jose {
namespace {

constexpr std::string_view issuer = "https://id.test/tenant";
const std::string oidc_url = "https://id.test/tenant/.well-known/openid-configuration";
const std::string oauth_url = "https://id.test/.well-known/oauth-authorization-server/tenant";

std::string document(std::string_view named = issuer, std::string_view uri = keys_url) {
    return R"({"issuer":")" + std::string{named} + R"(","jwks_uri":")" + std::string{uri} + R"("})";
}

TEST(CacheControl, is_read_as_far_as_it_is_plain) {
    struct Row {
        std::string_view text;
        std::optional<Seconds> max_age;
        bool is_kept = true;
    };
    const Row table[]{{"", {}},
                      {"max-age=60", Seconds{60}},
                      {"public, MAX-AGE=60 ,immutable", Seconds{60}},
                      {"max-age=\"60\"", Seconds{60}},
                      {"max-age=60, max-age=5", Seconds{5}},
                      {"max-age=-1", {}},
                      {"max-age=1.5", {}},
                      {"max-age", {}},
                      {"max-age=", {}},
                      {"s-maxage=9", {}},
                      {"x=\"a, max-age=1\"", {}},
                      {"x=\"a\\\", max-age=1\", max-age=7", Seconds{7}},
                      {"max-age=18446744073709551616", Seconds{31'536'000}},
                      {"no-store", {}, false},
                      {"max-age=60, No-Cache", Seconds{60}, false},
                      {"no-cache=\"set-cookie\"", {}, false}};
    for (const Row& row : table) {
        const CacheControl read = parse_cache_control(row.text);
        EXPECT_EQ(read.max_age, row.max_age) << row.text;
        EXPECT_EQ(read.is_kept, row.is_kept) << row.text;
    }
}

TEST(Metadata, stands_at_the_addresses_of_both_specifications) {
    const auto urls = metadata_urls(issuer, {});
    ASSERT_TRUE(urls.ok());
    EXPECT_EQ(*urls, (std::vector{oidc_url, oauth_url}));
    EXPECT_EQ(*metadata_urls("https://id.test/", {}),
              (std::vector<std::string>{"https://id.test/.well-known/openid-configuration",
                                        "https://id.test/.well-known/oauth-authorization-server"}));
    for (const std::string_view wrong : {"https://id.test/?a=b", "https://id.test/#a", "http://id.test", "id.test", "",
                                         "https://user@id.test", "file:///etc/passwd", "https://2130706433/"}) {
        const auto refused = metadata_urls(wrong, {});
        ASSERT_FALSE(refused.ok()) << wrong;
        EXPECT_EQ(refused.error().code(), Code::jwks_uri_wrong) << wrong;
    }
}

TEST(Metadata, KEY_01_plain_http_only_on_loopback_or_with_a_reason) {
    const PlainHttp reason{.reason = std::string{"lab network"}};
    struct Row {
        std::string_view url;
        bool fine, with_reason;
    };
    const Row table[]{{"https://id.test/keys", true, true},       {"http://localhost:1/keys", true, true},
                      {"http://127.0.0.1/keys", true, true},      {"http://127.9.9.9/keys", true, true},
                      {"http://[::1]/keys", true, true},          {"http://id.test/keys", false, true},
                      {"http://127.evil.test/keys", false, true}, {"http://localhost.evil.test/", false, true},
                      {"http://10.0.0.1/keys", false, true},      {"http://0x7f.1/keys", false, false},
                      {"ftp://localhost/keys", false, false},     {"https://id.test/keys#a", false, false},
                      {"https://a:b@id.test/keys", false, false}, {"https://id.test\\@evil.test/", false, false}};
    for (const Row& row : table) {
        EXPECT_EQ(check_key_url(row.url, {}).ok(), row.fine) << row.url;
        EXPECT_EQ(check_key_url(row.url, reason).ok(), row.with_reason) << row.url;
    }
}

TEST(Metadata, KEY_01_is_that_of_exactly_this_issuer) {
    struct Row {
        std::string_view name;
        std::string text;
        std::optional<Code> refused;
    };
    const Row table[]{
        {"good", document(), {}},
        {"escaped, but the same", document("https:\\/\\/id.test/tenant"), {}},
        {"slash behind", document("https://id.test/tenant/"), Code::jwks_issuer_mismatch},
        {"capital", document("https://ID.test/tenant"), Code::jwks_issuer_mismatch},
        {"another", document("https://evil.test"), Code::jwks_issuer_mismatch},
        {"none", R"({"jwks_uri":"https://id.test/keys"})", Code::jwks_issuer_mismatch},
        {"a list", R"({"issuer":["https://id.test/tenant"],"jwks_uri":"https://id.test/keys"})",
         Code::jwks_issuer_mismatch},
        {"twice", R"({"issuer":"https://id.test/tenant",)" + document().substr(1), Code::jwks_answer_refused},
        {"no jwks_uri", R"({"issuer":"https://id.test/tenant"})", Code::jwks_answer_refused},
        {"no object", "[]", Code::jwks_answer_refused},
        {"no JSON", "<html>", Code::jwks_answer_refused},
        {"http", document(issuer, "http://id.test/keys"), Code::jwks_uri_wrong},
        {"http on loopback", document(issuer, "http://127.0.0.1/keys"), Code::jwks_uri_wrong},
        {"file", document(issuer, "file:///etc/passwd"), Code::jwks_uri_wrong},
        {"user part", document(issuer, "https://id.test@evil.test/keys"), Code::jwks_uri_wrong},
        {"relative", document(issuer, "/keys"), Code::jwks_uri_wrong},
    };
    for (const Row& row : table) {
        const auto read = parse_metadata(row.text, issuer);
        ASSERT_EQ(read.ok(), !row.refused) << row.name;
        if (row.refused) EXPECT_EQ(read.error().label(), cause_of(*row.refused).label) << row.name;
    }
}

TEST(Metadata, KEY_02_an_address_on_another_origin_is_data) {
    EXPECT_EQ(parse_metadata(document(), issuer)->source, UrlSource::operator_configured);
    EXPECT_EQ(parse_metadata(document(issuer, "https://id.test:8443/keys"), issuer)->source, UrlSource::data);
    EXPECT_EQ(parse_metadata(document(issuer, "https://cdn.test/keys"), issuer)->source, UrlSource::data);
}

class Discovery : public testing::Test {
  protected:
    Discovery() {
        fetch.answer(keys_url, json_answer(set_of({&rig})));
        fetch.answer(oidc_url, json_answer(document()));
    }
    Result<KeyPlace::Published> load(std::int64_t now) {
        return place.load(fetch, {.permitted = Algorithms{Alg::es256}}, at(now));
    }
    Rig rig;
    ScriptedFetch fetch;
    KeyPlace place = *KeyPlace::discovery(std::string{issuer});
};

TEST_F(Discovery, leads_to_the_keys_and_is_remembered) {
    ASSERT_TRUE(load(test_now).ok());
    ASSERT_EQ(fetch.count(), 2);
    EXPECT_EQ(fetch.asked(0).url, oidc_url);
    EXPECT_EQ(fetch.asked(1).url, keys_url);
    EXPECT_LE(fetch.asked(0).timeout + fetch.asked(1).timeout, key_fetch_time);
    ASSERT_TRUE(load(test_now + 60).ok());
    EXPECT_EQ(fetch.count(), 3);
    EXPECT_EQ(fetch.asked(2).url, keys_url);
    ASSERT_TRUE(load(test_now + 3'600).ok());
    EXPECT_EQ(fetch.count(), 5);
}

TEST_F(Discovery, falls_back_to_the_address_of_RFC_8414) {
    FetchResponse absent = json_answer("");
    absent.status = 404;
    fetch.answer(oidc_url, absent);
    fetch.answer(oauth_url, json_answer(document()));
    ASSERT_TRUE(load(test_now).ok());
    ASSERT_EQ(fetch.count(), 3);
    EXPECT_EQ(fetch.asked(1).url, oauth_url);
    EXPECT_LE(fetch.asked(0).timeout + fetch.asked(1).timeout + fetch.asked(2).timeout, key_fetch_time);
}

TEST_F(Discovery, KEY_01_of_another_issuer_loads_no_key) {
    fetch.answer(oidc_url, json_answer(document("https://evil.test")));
    fetch.answer(oauth_url, json_answer(document()));
    const auto loaded = load(test_now);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code(), Code::jwks_issuer_mismatch);
    EXPECT_EQ(fetch.count(), 1);
}

TEST_F(Discovery, looks_for_keys_that_have_moved) {
    ASSERT_TRUE(load(test_now).ok());
    fetch.answer(keys_url, fail(Code::fetch_failed));
    EXPECT_FALSE(load(test_now + 60).ok());
    fetch.answer(oidc_url, json_answer(document(issuer, "https://cdn.test/keys")));
    fetch.answer("https://cdn.test/keys", json_answer(set_of({&rig})));
    ASSERT_TRUE(load(test_now + 120).ok());
    EXPECT_EQ(fetch.asked(4).url, "https://cdn.test/keys");
    EXPECT_EQ(fetch.asked(4).source, UrlSource::data);
    EXPECT_EQ(fetch.asked(1).source, UrlSource::operator_configured);
}

}    // namespace
}    // namespace countersign::jose
