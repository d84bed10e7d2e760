#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "cli/token_keys.hpp"
#include "jose/jws.hpp"
#include "unit/jose/rig.hpp"

namespace countersign::cli {
namespace {

using jose::Jwk;
using jose::swapped;

class KeyCommand : public testing::Test {
  protected:
    void SetUp() override {
        folder = std::filesystem::temp_directory_path() / ("countersign-keys-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::string place(const std::string& name) const {
        return name.empty() || name == "-" ? name : (folder / name).string();
    }
    void write(const std::string& name, std::string_view text) { std::ofstream{place(name), std::ios::binary} << text; }
    std::string read(const std::string& name) const {
        std::ifstream file{place(name), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    bool exists(const std::string& name) const { return std::filesystem::exists(place(name)); }

    template <class Run>
    int with_streams(const std::string& input, const Run& run) {
        std::istringstream in{input};
        std::ostringstream answers, said;
        const int exit = run(Streams{.in = in, .out = answers, .complaints = said});
        out = answers.str();
        complaints = said.str();
        return exit;
    }
    int keygen(KeygenAsk ask) {
        ask.out = place(ask.out);
        ask.half = place(ask.half);
        return with_streams("", [&](Streams streams) { return generate_key(ask, streams); });
    }
    int sign(SignAsk ask, const std::string& input = "", std::int64_t now = jose::test_now) {
        ask.key = place(ask.key);
        ask.claims = place(ask.claims);
        return with_streams(input, [&](Streams streams) { return sign_token(ask, jose::at(now), streams); });
    }
    int convert(ConvertAsk ask, const std::string& input = "") {
        ask.key = place(ask.key);
        ask.out = place(ask.out);
        return with_streams(input, [&](Streams streams) { return convert_key(ask, streams); });
    }
    int thumbprint(ThumbprintAsk ask, const std::string& input = "") {
        ask.key = place(ask.key);
        return with_streams(input, [&](Streams streams) { return print_thumbprints(ask, streams); });
    }
    std::string thumbprint_of(const std::string& name) {
        EXPECT_EQ(thumbprint({.key = name}), fine) << complaints;
        return out;
    }
    mode_t mode(const std::string& name) const {
        struct stat found{};
        return ::stat(place(name).c_str(), &found) == 0 ? found.st_mode & 0777U : 0U;
    }

    std::filesystem::path folder;
    std::string out, complaints;
    const std::string claims = jose::Rig::claims();
};

TEST_F(KeyCommand, KEY_12_a_new_key_is_its_owners_and_its_public_half_holds_nothing_of_it) {
    for (const jose::Algorithm& row : jose::algorithms) {
        const std::string name{row.name}, curve{crypto::row_of(row.curve).name};
        const bool secret = row.kty == jose::Kty::oct;
        const std::string file = name + curve;
        KeygenAsk ask{.alg = name, .out = file, .half = secret ? "" : file + ".pub"};
        if (name == "EdDSA") ask.curve = curve;
        ASSERT_EQ(keygen(ask), fine) << name << complaints;
        EXPECT_EQ(mode(file), 0600U) << name;
        const auto key = Jwk::parse(read(file));
        ASSERT_TRUE(key.ok()) << name << key.error().detail();
        EXPECT_EQ(key->alg, name);
        EXPECT_EQ(out, "kid  " + key->kid + "\nalg  " + name + "\n");
        ASSERT_EQ(sign({.key = file, .claims = "-"}, claims), fine) << name << complaints;
        if (secret) continue;
        EXPECT_EQ(mode(file + ".pub") & 0600U, 0600U);
        const std::string half = read(file + ".pub");
        EXPECT_EQ(half, *key->write_public() + "\n") << name;
        EXPECT_FALSE(half.contains("\"d\"")) << name;
        // What was signed above verifies with it.
        const auto keys = jose::KeySet::parse(half, jose::Algorithms{row.id});
        ASSERT_TRUE(keys.ok()) << name;
        EXPECT_TRUE(jose::verify_compact(*keys, out.substr(0, out.size() - 1)).ok()) << name;
    }
}

TEST_F(KeyCommand, keygen_refuses_and_leaves_nothing_behind) {
    struct Row {
        std::string_view name;
        KeygenAsk ask;
        int exit;
        std::string_view says;
    };
    write("taken", "x");
    const Row table[]{
        {"as it is", {.alg = "ES256", .out = "a", .half = "b"}, fine, ""},
        {"no such algorithm", {.alg = "es256", .out = "c", .half = "d"}, wrong_call, "there are HS256"},
        {"none", {.alg = "none", .out = "c", .half = "d"}, wrong_call, "there is no algorithm none"},
        {"no such curve", {.alg = "EdDSA", .curve = "P-256", .out = "c", .half = "d"}, wrong_call, "no curve"},
        {"a form that is not there",
         {.alg = "ES256", .format = "der", .out = "c", .half = "d"},
         wrong_call,
         "jwk or pem"},
        {"small RSA", {.alg = "RS256", .bits = 1024, .out = "c", .half = "d"}, wrong_call, "from 2048"},
        {"huge RSA", {.alg = "RS256", .bits = 16384, .out = "c", .half = "d"}, wrong_call, "to 8192"},
        {"bits of a curve", {.alg = "ES256", .bits = 2048, .out = "c", .half = "d"}, wrong_call, "for RSA"},
        {"the public half of a secret", {.alg = "HS256", .out = "c", .half = "d"}, wrong_call, "no public half"},
        {"PEM of a secret", {.alg = "HS256", .format = "pem", .out = "c"}, wrong_call, "no form but JWK"},
        {"a file that exists", {.alg = "ES256", .out = "taken", .half = "d"}, wrong_call, "nothing is overwritten"},
        {"a half that exists", {.alg = "ES256", .out = "c", .half = "taken"}, wrong_call, "nothing is overwritten"},
        {"no such folder", {.alg = "ES256", .out = "no/c", .half = "d"}, not_checked, "cannot be made"},
        {"both to standard output", {.alg = "ES256", .out = "-", .half = "-"}, wrong_call, "cannot both"},
    };
    for (const auto& [name, ask, exit, says] : table) {
        EXPECT_EQ(keygen(ask), exit) << name << complaints;
        EXPECT_TRUE(complaints.contains(says)) << name << complaints;
        EXPECT_FALSE(exists("c") || exists("d")) << name;
        EXPECT_EQ(out.empty(), exit != fine) << name;
    }
    EXPECT_EQ(read("taken"), "x");
}

TEST_F(KeyCommand, keygen_writes_where_it_was_told) {
    ASSERT_EQ(keygen({.alg = "EdDSA", .out = "-"}), fine);
    EXPECT_TRUE(Jwk::parse(out).ok()) << out;
    ASSERT_EQ(keygen({.alg = "EdDSA", .out = "a", .half = "-"}), fine);
    EXPECT_EQ(Jwk::parse(out)->thumbprint(), Jwk::parse(read("a"))->thumbprint());
    EXPECT_FALSE(out.contains("\"d\""));
    ASSERT_EQ(keygen({.alg = "RS256", .bits = 3072, .format = "pem", .out = "b", .half = "b.pub"}), fine);
    EXPECT_TRUE(read("b").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_TRUE(read("b.pub").starts_with("-----BEGIN PUBLIC KEY-----\n"));
    EXPECT_EQ(thumbprint_of("b"), thumbprint_of("b.pub"));
    ASSERT_EQ(keygen({.alg = "ES384", .out = "c", .output = Output::json}), fine);
    EXPECT_EQ(*json::parse(out)->find("thumbprint")->as_string(), Jwk::parse(read("c"))->thumbprint());
    ASSERT_EQ(keygen({.alg = "HS256", .out = "e", .output = Output::json}), fine);
    EXPECT_EQ(json::parse(out)->find("thumbprint"), nullptr) << "a hash of a secret is not given away";
}

TEST_F(KeyCommand, sign_asks_what_a_careful_verifier_would) {
    ASSERT_EQ(keygen({.alg = "ES256", .out = "key"}), fine);
    struct Row {
        std::string_view from, to, refused;
    };
    const Row table[]{
        {"{", "{", ""},
        {"\"aud\":\"https://api.test\",", "", "token_aud_missing"},
        {"\"sub\":\"user-a\",", "", "token_claim_missing"},
        {"\"user-a\"", "7", "token_sub_not_string"},
        {"1800000600", "1800000000", "token_expired"},
        {"1800000600", "1900000000", "token_lifetime_too_long"},
        {"1800000600", "1800000600000", "token_exp_in_milliseconds"},
        {"1799999990", "1800000001", "token_clock_skew"},
        {"{", R"({"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},)", ""},
    };
    for (const auto& [from, to, refused] : table) {
        const std::string changed = swapped(claims, from, to);
        EXPECT_EQ(sign({.key = "key", .claims = "-", .output = Output::json}, changed),
                  refused.empty() ? fine : not_fine)
            << to << complaints;
        EXPECT_EQ(out.contains("\"token\""), refused.empty()) << out;
        EXPECT_TRUE(out.contains(refused)) << out;
        EXPECT_EQ(sign({.key = "key", .claims = "-"}, changed), refused.empty() ? fine : not_fine);
        EXPECT_EQ(out.empty(), !refused.empty());
        ASSERT_EQ(sign({.key = "key", .claims = "-", .which = Claims::anything}, changed), fine) << to;
        EXPECT_EQ(complaints.contains("warning: "), !refused.empty()) << complaints;
        std::string payload = out.substr(out.find('.') + 1);
        payload.resize(payload.find('.'));
        EXPECT_EQ(text_of(*parse_base64url(payload)), changed);
    }
    EXPECT_EQ(sign({.key = "key", .claims = "-", .typ = "absent"}, claims), not_fine);
    EXPECT_TRUE(complaints.contains("token.typ_mismatch")) << complaints;
    ASSERT_EQ(sign({.key = "key", .claims = "-", .typ = "JWT", .kid = "mine"}, claims), fine);
    EXPECT_EQ(text_of(*parse_base64url(out.substr(0, out.find('.')))), R"({"alg":"ES256","typ":"JWT","kid":"mine"})");
    // Blanks between members are not signed.
    ASSERT_EQ(sign({.key = "key", .claims = "-"}, swapped(claims, "{", " {\n\t ") + "\n"), fine) << complaints;
    EXPECT_TRUE(out.contains("." + base64url(bytes_of(claims)) + ".")) << out;
}

TEST_F(KeyCommand, sign_refuses_wrong_keys_and_claims_and_shows_nothing_of_them) {
    ASSERT_EQ(keygen({.alg = "ES256", .out = "key", .half = "half"}), fine);
    ASSERT_EQ(keygen({.alg = "RS256", .format = "pem", .out = "rsa.pem"}), fine);
    ASSERT_EQ(keygen({.alg = "EdDSA", .out = "ed", .output = Output::json}), fine);
    const std::string key = read("key");
    write("two", R"({"keys":[)" + key + "," + read("ed") + "]}");
    write("weak", R"({"kty":"oct","k":")" + base64url(bytes_of("your-256-bit-secret-of-32-bytes!")) + "\"}");
    write("short", R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umjw"})");
    write("broken", swapped(key, "\"d\":\"", "\"d\":\"A"));
    write("cut", key.substr(0, 60));
    struct Row {
        std::string_view name;
        SignAsk ask;
        std::string input;
        int exit;
        std::string_view says;
    };
    const Row table[]{
        {"a public key", {.key = "half", .claims = "-"}, claims, wrong_call, "takes a private key"},
        {"no file", {.key = "none", .claims = "-"}, claims, not_checked, "cannot be opened"},
        {"a folder", {.key = ".", .claims = "-"}, claims, not_checked, "cannot be read"},
        {"twice standard input", {.key = "-", .claims = "-"}, claims, wrong_call, "cannot both"},
        {"RSA without an algorithm", {.key = "rsa.pem", .claims = "-"}, claims, wrong_call, "choose one with --alg"},
        {"RSA with one", {.key = "rsa.pem", .claims = "-", .alg = "PS384"}, claims, fine, ""},
        {"TOK-04 RSA as a secret",
         {.key = "rsa.pem", .claims = "-", .alg = "HS256"},
         claims,
         wrong_call,
         "not for this key"},
        {"TOK-02 none", {.key = "rsa.pem", .claims = "-", .alg = "none"}, claims, wrong_call, "not for this key"},
        {"TOK-03 another algorithm",
         {.key = "key", .claims = "-", .alg = "ES384"},
         claims,
         wrong_call,
         "it is for ES256"},
        {"one of two without a name", {.key = "two", .claims = "-"}, claims, wrong_call, "choose one with --kid"},
        {"one of two by name", {.key = "two", .claims = "-", .kid = Jwk::parse(key)->kid}, claims, fine, ""},
        {"a guessable secret", {.key = "weak", .claims = "-", .alg = "HS256"}, claims, wrong_call, "can be guessed"},
        {"a short secret", {.key = "short", .claims = "-", .alg = "HS256"}, claims, wrong_call, "shorter than"},
        {"halves that do not fit", {.key = "broken", .claims = "-"}, claims, wrong_call, "the key"},
        {"half a file", {.key = "cut", .claims = "-"}, claims, wrong_call, "no JSON: line 1"},
        {"claims as a list", {.key = "key", .claims = "-"}, "[]", wrong_call, "no object: array"},
        {"claims that are no JSON", {.key = "key", .claims = "-"}, R"({"sub":"my-secret",})", wrong_call, "column 20"},
        {"a claim twice", {.key = "key", .claims = "-"}, R"({"a":1,"a":2})", wrong_call, "a name stands twice"},
        {"no claims", {.key = "key", .claims = "-"}, "", wrong_call, "no JSON"},
    };
    const std::string secret = key.substr(key.find("\"d\":\"") + 5, 20);
    for (const auto& [name, ask, input, exit, says] : table) {
        EXPECT_EQ(sign(ask, input), exit) << name << complaints;
        EXPECT_TRUE(complaints.contains(says)) << name << complaints;
        EXPECT_EQ(out.empty(), exit != fine) << name;
        EXPECT_FALSE(complaints.contains(secret) || complaints.contains("my-secret")) << name << complaints;
        if (exit == wrong_call) EXPECT_FALSE(complaints.contains(folder.string())) << name << complaints;
    }
    ASSERT_EQ(::chmod(place("key").c_str(), 0644), 0);
    EXPECT_EQ(sign({.key = "key", .claims = "-"}, claims), fine);
    EXPECT_TRUE(complaints.contains("others may read")) << complaints;
}

TEST_F(KeyCommand, every_form_of_a_key_is_the_same_key) {
    for (const std::string alg : {"ES256", "ES512", "ES256K", "RS256", "EdDSA", "Ed448"}) {
        ASSERT_EQ(keygen({.alg = alg, .out = alg}), fine) << complaints;
        const std::string print = thumbprint_of(alg);
        for (const std::string form : {"jwk", "pem", "der", "pkcs8", "jwks", "public-jwk", "public-pem",
                                       alg == "RS256"          ? "pkcs1"
                                       : alg.starts_with("ES") ? "sec1"
                                                               : "jwk"}) {
            const std::string name = alg + "." + form;
            if (exists(name)) continue;
            ASSERT_EQ(convert({.key = alg, .form = form, .kid = "", .out = name}), fine) << name << complaints;
            EXPECT_EQ(thumbprint_of(name), print) << name;
            const bool half = form == "jwks" || form.starts_with("public");
            EXPECT_EQ(mode(name) & 077U, half ? mode(name) & 044U : 0U) << name;
            EXPECT_EQ(sign({.key = name, .claims = "-", .alg = alg}, claims), half ? wrong_call : fine)
                << name << complaints;
            // On to PEM, and from that to the set.
            ASSERT_EQ(convert({.key = name, .form = "public-pem", .kid = "", .out = ""}), fine) << name;
            ASSERT_EQ(convert({.key = "-", .form = "jwks", .kid = "", .out = ""}, out), fine) << name << complaints;
            EXPECT_FALSE(out.contains("\"d\"") || !out.contains("\"kid\":")) << out;
            EXPECT_EQ(thumbprint({.key = "-"}, out), fine);
            EXPECT_EQ(out, print);
        }
    }
}

TEST_F(KeyCommand, convert_refuses_what_a_key_is_not) {
    ASSERT_EQ(keygen({.alg = "ES256", .out = "ec", .half = "ec.pub"}), fine);
    ASSERT_EQ(keygen({.alg = "HS256", .out = "oct"}), fine);
    const std::string set =
        R"({"keys":[)" + read("ec.pub") + "," + swapped(read("ec.pub"), "\"kid\":\"", "\"kid\":\"2") + "]}";
    write("set", set);
    struct Row {
        std::string key, form, kid;
        int exit;
    };
    const Row table[]{
        {"ec", "pkcs1", "", wrong_call},
        {"ec.pub", "sec1", "", wrong_call},
        {"ec.pub", "pkcs8", "", wrong_call},
        {"ec.pub", "pem", "", fine},
        {"ec.pub", "jwk", "", fine},
        {"oct", "jwk", "", fine},
        {"oct", "pem", "", wrong_call},
        {"oct", "jwks", "", wrong_call},
        {"oct", "public-jwk", "", wrong_call},
        {"oct", "public-pem", "", wrong_call},
        {"oct", "sec1", "", wrong_call},
        {"set", "jwk", "", wrong_call},
        {"set", "jwk", "2" + Jwk::parse(read("ec"))->kid, fine},
        {"set", "jwk", "3", wrong_call},
        {"set", "jwks", "", fine},
        {"ec", "JWK", "", wrong_call},
        {"ec", "", "", wrong_call},
        {"none", "jwk", "", not_checked},
    };
    for (const auto& [key, form, kid, exit] : table) {
        EXPECT_EQ(convert({.key = key, .form = form, .kid = kid, .out = ""}), exit) << key << " " << form << complaints;
        EXPECT_EQ(out.empty(), exit != fine) << key << form;
    }
}

TEST_F(KeyCommand, a_private_key_goes_to_no_terminal_unless_it_is_asked_for) {
    ASSERT_EQ(keygen({.alg = "ES256", .out = "key", .half = "half"}), fine);
    struct Row {
        std::string form, out;
        Terminal terminal;
        int exit;
    };
    const Row table[]{{"jwk", "", Terminal::no, fine},         {"jwk", "", Terminal::yes, wrong_call},
                      {"jwk", "-", Terminal::yes, fine},       {"pem", "", Terminal::yes, wrong_call},
                      {"sec1", "", Terminal::yes, wrong_call}, {"public-jwk", "", Terminal::yes, fine},
                      {"jwks", "", Terminal::yes, fine},       {"der", "", Terminal::yes, wrong_call}};
    for (const auto& [form, name, terminal, exit] : table) {
        EXPECT_EQ(convert({.key = "key", .form = form, .kid = "", .out = name, .output_is = terminal}), exit)
            << form << name;
        EXPECT_EQ(out.empty(), exit != fine) << form;
    }
    EXPECT_EQ(convert({.key = "half", .form = "der", .kid = "", .out = "", .output_is = Terminal::yes}), wrong_call);
    EXPECT_EQ(convert({.key = "key", .form = "jwk", .kid = "", .out = "key"}), wrong_call) << "nothing is overwritten";
    EXPECT_EQ(std::filesystem::file_size(place("key")), read("key").size());
}

TEST_F(KeyCommand, thumbprints_of_one_and_of_many) {
    const std::string rfc =    // RFC 7638 §3.1
        R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP)"
        R"(ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJ)"
        R"(ZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1)"
        R"(jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
    constexpr std::string_view print = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    EXPECT_EQ(thumbprint({.key = "-"}, rfc), fine);
    EXPECT_EQ(out, std::string{print} + "\n");
    EXPECT_EQ(thumbprint({.key = "-", .as = ThumbprintAsk::As::uri}, rfc), fine);
    EXPECT_EQ(out, "urn:ietf:params:oauth:jwk-thumbprint:sha-256:" + std::string{print} + "\n");
    EXPECT_EQ(thumbprint({.key = "-", .output = Output::json}, R"({"keys":[)" + rfc + "," + rfc + "]}"), fine);
    EXPECT_EQ(std::ranges::count(out, '\n'), 2);
    EXPECT_TRUE(out.contains(R"("kid":"2011-04-29")")) << out;
    EXPECT_EQ(thumbprint({.key = "-"}, "nothing"), wrong_call);
    EXPECT_EQ(thumbprint({.key = "-"}, R"({"keys":[]})"), wrong_call);
    EXPECT_EQ(thumbprint({.key = "-"}, std::string((1U << 20U) + 1, ' ')), wrong_call);
    EXPECT_EQ(
        thumbprint({.key = "-"}, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII=\n-----END ENCRYPTED PRIVATE KEY-----\n"),
        wrong_call);
    EXPECT_TRUE(complaints.contains("is encrypted")) << complaints;
    ASSERT_EQ(keygen({.alg = "HS256", .out = "oct"}), fine);
    EXPECT_EQ(thumbprint({.key = "oct"}), fine);
    EXPECT_TRUE(complaints.contains("a hash of a secret"));
}

}    // namespace
}    // namespace countersign::cli
