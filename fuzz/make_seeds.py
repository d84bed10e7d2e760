"""Writes the seeds of fuzz/corpus: the meaningful forms of each target's input, from which libFuzzer goes on."""
import json
import pathlib

HEADER = "GET /api/auth/ok HTTP/1.1\r\nHost: localhost:8080\r\n"
POST = "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n"
ARGON = "$argon2id$v=19$m={m},t={t},p=1$c2FsdHNhbHRzYWx0c2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"
JWK = '{"crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kty":"OKP"}'
TRACE = ('{"reference":"545443826cde565c","at":"2026-11-24T12:00:00.000Z","endpoint":"/sign-in/email","client":"127.0.0.1",'
         '"label":"login.password","status":401,"shown":"INVALID_EMAIL_OR_PASSWORD","expected":"","found":"","where":"users.cpp:1"}')
HEADER_OF_TOKEN = '{"alg":"HS256","typ":"at+jwt"}'
CLAIMS = '{"iss":"https://id.example","aud":["a","b"],"sub":"u","iat":1799999990,"exp":1800000600}'
EC_KEY = ('{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",'
          '"alg":"ES256","use":"sig","kid":"k1"}')
VECTORS = json.loads((pathlib.Path(__file__).parent.parent / "tests/vectors/jose/vectors.json").read_text())
PEM = next(row["spki"] for row in VECTORS["algorithms"] if row["alg"] == "ES256")
OKP_HALF = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
PROOF = ('{"typ":"dpop+jwt","alg":"EdDSA","jwk":' + OKP_HALF + '}\n{"jti":"a","htm":"GET","htu":"https://a.test/x","iat":1800000000}')
SIGNATURE = '"protected":"eyJhbGciOiJIUzI1NiJ9","header":{"kid":"a"},"signature":"S"'
POLICY = '{"issuer":"https://id.example","audience":["a"],"typ":"absent","algorithms":["ES256"]}'
METADATA = '{"issuer":"https://id.example","jwks_uri":"https://id.example/keys","scopes_supported":["openid"]}'
CHECKPOINT = "countersign-checkpoint.1770000000000.0123456789abcdef:7:" + "0a" * 32 + "." + "0b" * 32
HASHES = [json.loads(line) for line in (pathlib.Path(__file__).parent.parent / "tests/vectors/passwords/passwords.jsonl").read_text().splitlines()]
ONE_OF_EACH = list({row["id"].split(",")[0].removesuffix("-case").removesuffix("-tail"): row for row in HASHES}.values())
SEEDS = {
    "token": [HEADER_OF_TOKEN + "\n" + CLAIMS, HEADER_OF_TOKEN + "\n" + CLAIMS.replace("u", "\\u0000"), '{"alg":"HS256","crit":["b64"],"b64":false}\n{}', CLAIMS, "a.b.c",
              "eyJhbGciOiJub25lIn0.e30.", HEADER_OF_TOKEN.replace("HS256", "none") + "\n{}", '{"a":{"a":1,"\\u0061":2}}', CLAIMS.replace("1800000600", "1e400"), "a.b.c.d.e"],
    "jwk": [EC_KEY, '{"keys":[' + EC_KEY + "]}", JWK, '{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}', EC_KEY.replace("P-256", "P-384"), PEM, VECTORS["certificates"]["key-ES256"]],
    "dpop_proof": [PROOF, PROOF.replace("GET", "POST"), PROOF.replace("/x", "/%78?q#f"), PROOF.replace('"x"', '"d":"AA","x"'), PROOF.replace("EdDSA", "HS256"),
                   PROOF.replace('"jti"', '"nonce":"n","ath":"a","exp":1,"jti"'), PROOF.replace("1800000000", "1e400"), "a.b.c", ""],
    "c_abi": ["va.b.c", "v", "e", "e\x10A", "e\xf0B\xf1C", "k" + EC_KEY, "k" + PEM, "k" + JWK, "p\n" + POLICY, "p" + EC_KEY + "\n" + POLICY.replace("absent", "at+jwt"), "p\nissuer = [", "s" + CLAIMS, "s{}", "s[]",
              "d" + "a.b.c", "d", "iYQ.YQ.YQ", "i", "z" + "\x00" * 8, "z\x28" + "\x00" * 7, "z" + "\x7f" * 8],
    "jws_json": ['{"payload":"YQ",' + SIGNATURE + "}", '{"payload":"YQ","signatures":[{' + SIGNATURE + "}]}", '{"payload":"YQ","signatures":[{' + SIGNATURE + "},{" + SIGNATURE.replace('"S"', '"AA"') + "}]}",
                 '{"payload":"YQ",' + SIGNATURE.replace("kid", "alg") + "}", '{"payload":"YQ","signatures":[],' + SIGNATURE + "}", '{"payload":"YQ","payload":"YQ",' + SIGNATURE + "}", "[]"],
    "token_policy": [POLICY, POLICY.replace("{", '{"leeway":30,"max_lifetime":60,"subject":"/a/b","required_claims":["exp"],', 1), '{"issuers":[' + POLICY.replace("{", '{"jwks":"a.json",') + "]}",
                     'issuer = "a"\naudience = "b"\ntyp = "at+jwt"\nalgorithms = ["EdDSA"]\n'],
    "key_metadata": ["max-age=600, must-revalidate\n" + METADATA, 'public, MAX-AGE="60", max-age=5\n' + METADATA.replace("/keys", ":8443/keys"), "no-store\n" + METADATA.replace("https://id.example/keys", "http://127.0.0.1/keys"),
                     "https://id.example/tenant/\n" + METADATA.replace("/keys", "/keys#x"), "x=\"a,\\\",max-age=1\", max-age=99999999999999999999\n{}", "http://localhost:8080/api/auth\n[]"],
    "jwe": ['{"alg":"dir","enc":"A128GCM"}\n.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA', '{"alg":"A128KW","enc":"A128CBC-HS256","cty":"JWT"}\n' + "A" * 54 + ".AAAAAAAAAAAAAAAAAAAAAA." + "A" * 22 + "." + "A" * 22,
            '{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"},"apu":"QQ"}\n.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA',
            '{"alg":"A128GCMKW","enc":"A128GCM","iv":"AAAAAAAAAAAAAAAA","tag":"AAAAAAAAAAAAAAAAAAAAAA","zip":"DEF","crit":["x"]}\nAA.AA.AA.AA', '{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1000,"p2s":"AAAAAAAAAAA"}\n....', "a.b.c.d.e"],
    "encoding": ["", "YQ", "YQ==", "YWI", "-_-_", "+/+/", "6162", "YR", "Zg=", "0F"],
    "form": ["a=b&c=d", "a+b=%20", "%C3%A9=%F0%9F%98%80", "a", "=", "&&", "a=%", "a=%C3", "callbackURL=%2Fhome%3Fx%3D1"],
    "json": ['{"a":[1,-0,1.5e3,"\\u00e9\\ud83d\\ude00",null,true]}', '{"a":1,"a":2}', "[" * 40 + "]" * 40, '"\\ud800"', "1e400", "9007199254740993",
             " 1 ", '{"":{"":{}}}', "1 2", "0.1", "1e21", "-1e-7", '"\x7f"', "9223372036854775808", "9223372036854774784.0", "5e-324"],
    "time": ["2026-11-24T12:00:00.000Z", "0000-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "2023-02-29T00:00:00.000Z", "2026-11-24T24:00:00.000Z"],
    "url": ["https://app.example.com", "http://localhost:3000/x?y#z", "HTTP://A.B:80", "http://[::1]:80", "http://127.0.0.1", "http://127.1", "http://0x7f.1",
            "http://a@b", "https://xn--bcher-kva.example", "/home?x=1#y", "//evil.test", "/\\evil.test", "/%2f%2fevil.test", "/a/../b", "https://a..b", "https://a.", "http://[1:2::3:4]:99"],
    "email": ["ada@example.com", "a.b+c@x.co", "ada@", "@x.co", "a..b@x.co", "Ada@Example.COM", "a@b.c.d.example"],
    "password_hash": [ARGON.format(m=64, t=1), ARGON.format(m=1 << 30, t=2), ARGON.format(m=64, t=1 << 20), "a" * 32 + ":" + "b" * 100, "$2b$12$x", "$argon2id$v=19$m=64,t=1"] +
                     [row["stored"] for row in ONE_OF_EACH if isinstance(row["stored"], str)],
    "password_export": [json.dumps({name: row[name] for name in ("scheme", "stored", "params") if name in row}) for row in ONE_OF_EACH],
    "private_key": [JWK, JWK.replace("11q", "12q"), '{"kty":"OKP"}', JWK.replace('"OKP"', '"OKP","kty":"OKP"')],
    "sealed": ["", "$ba$2$" + "00" * 40, "00" * 40, "$ba$$", "$ba$99999999999$00", "$ba$2$zz"],
    "signed_value": ["", "value.", "value." + "A" * 43 + "=", "a.b.c." + "A" * 43 + "="],
    "cookie": ["name=value; other=1\nname2=x", "name=%41", 'name="quoted"', "name=1; name=2", "name=1\nname=2", " name = x ;; =;", "name=%"],
    "session_data": ["name=a; name.0=b", "name.1=b; name.0=a", "name.00=a", "a" * 5000, "e30", '{"session":{},"user":{},"version":"1","exp":1}',
                     '{"session":{"token":"token","userId":"u"},"user":{"id":"u"},"version":"1","exp":9999999999}'],
    "client_address": ["203.0.113.7", "2001:db8::1", "::ffff:10.0.0.1", "10.0.0.0/8", "2001:db8::/32", "1.2.3.4, 10.0.0.2", "unknown, ,", "0.0.0.0/0"],
    "known_device": ["", "A" * 44, "A" * 38 + "BqAAAA", "A" * 43, "_" * 88, "A" * 352, "A" * 396, "A" * 44 + "." + "A" * 43 + "="],
    "listen_address": ["127.0.0.1:8080", "[::1]:80", "localhost:0", "0.0.0.0:65535", "1.2.3.4:65536", ":80", "[::1%lo]:1"],
    "request": [HEADER + "\r\n", HEADER + "Connection: close\r\n\r\n", POST + "Content-Length: 5\r\n\r\nhello", POST + "Content-Length: 5\r\n\r\nhelloGET / HTTP/1.1",
                CHUNKED + "5\r\nhello\r\n0\r\n\r\n", CHUNKED + "5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", CHUNKED + "5\nhello\n0\n\n", CHUNKED + "ffffffffffffffff1\r\n",
                POST + "Transfer-Encoding: xchunked\r\n\r\n", POST + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", POST + "Content-Length: 1,1\r\n\r\na",
                HEADER + "A: b\r\n c\r\n\r\n", HEADER + "Host: b\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                POST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"],
    "sign_up": ['\n{"name":"Ada","email":"ada@example.com","password":"correct horse battery"}', '\n{"name":1,"email":"x","password":null}', "\n[]", "\n", "a=b\n{}",
                '\n{"email":"ada@example.com","password":"p","rememberMe":"yes","callbackURL":"//evil"}', '\n{"name":"\\ud800"}'],
    "event": ["0123456789abcdef:7:" + "0a" * 32, "0123456789abcdef" + "0" * 15 + "7", CHECKPOINT, '{"checkpoint":"' + CHECKPOINT + '"}', CHECKPOINT.replace(".17", ".017"),
              CHECKPOINT.replace(":7:", ":9007199254740992:"), CHECKPOINT[:-1], CHECKPOINT + ".", "countersign-checkpoint...", "0123456789abcdef:-1:" + "0a" * 32],
    "origins": ["*.example.com\nhttps://a.example.com", "https://*.example.com\nhttps://a.b.example.com", "myapp://\nmyapp://x", "192.168.*\nhttp://192.168.0.1",
                "https://a?.example.com\nhttps://ab.example.com", "exp://h/p\nexp://h/p/q", "*\nnull", "auth.example.com\nhttps://auth.example.com"],
    "trace": [TRACE, TRACE + " " * 60 + "\n" + TRACE.replace("401", "403"), TRACE.replace("127.0.0.1", "\\u001b[31m"), "{", TRACE.replace("401", "null")],
    "settings": ['j{"baseURL":"https://auth.example.com","plugins":{"jwt":{}}}', 'j{"profile":"better-auth","emailAndPassword":{"enabled":true}}', 'tprofile = "native"\n[session]\nexpiresIn = 60\n',
                 't[plugins.jwt.jwt]\nexpirationTime = "15m"\n', "j[]", "t=", 'j{"session":{"expiresIn":0,"updateAge":"x"},"cors":{"origins":["*"]}}', 'j{"secret":["a"],"allow":"replay"}'],
}
corpus = pathlib.Path(__file__).parent / "corpus"
for target, seeds in SEEDS.items():
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number:02}").write_bytes(seed.encode())
