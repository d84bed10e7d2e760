"""The C boundary as Python sees it: the binding of examples/python, its own HS256 signer, keys over loopback, threads."""
import base64
import ctypes
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import sys
import threading
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "examples" / "python"))
import countersign as cs  # noqa: E402

NOW = 1_800_000_000
CLAIMS = {"iss": "https://id.example", "aud": "api", "sub": "user-a", "iat": NOW - 10, "exp": NOW + 300}
SECRET = os.urandom(32)
OCT = json.dumps({"kty": "oct", "alg": "HS256", "kid": "s1", "k": base64.urlsafe_b64encode(SECRET).rstrip(b"=").decode()})


def policy(algorithm: str, **more) -> str:
    return json.dumps({"issuer": "https://id.example", "audience": "api", "typ": "at+jwt", "algorithms": [algorithm], **more})


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def by_hand(claims: dict, **header) -> str:
    head = {"alg": "HS256", "typ": "at+jwt", "kid": "s1", **header}
    text = b64(json.dumps(head).encode()) + "." + b64(json.dumps(claims).encode())
    return text + "." + b64(hmac.new(SECRET, text.encode(), hashlib.sha256).digest())


class Binding(unittest.TestCase):
    def test_a_token_made_by_hand_is_verified(self) -> None:
        seen = cs.Verifier(policy("HS256"), OCT).verify(by_hand(CLAIMS), NOW)
        self.assertEqual((seen["subject"], seen["key_id"], seen["algorithm"]), ("user-a", "s1", "HS256"))
        self.assertEqual(json.loads(seen["claims"]), CLAIMS)

    def test_TOK_31_refusals_have_one_face(self) -> None:
        verifier = cs.Verifier(policy("HS256"), OCT)
        rows = [
            (by_hand({**CLAIMS, "exp": NOW}), "token.expired"), (by_hand({**CLAIMS, "nbf": NOW + 1}), "token.not_yet_valid"),
            (by_hand({**CLAIMS, "iss": "x"}), "token.iss_mismatch"), (by_hand({**CLAIMS, "aud": "x"}), "token.aud_mismatch"),
            (by_hand({**CLAIMS, "sub": 7}), "token.sub_not_string"), (by_hand(CLAIMS, alg="none"), "token.alg_none"),
            (by_hand(CLAIMS, kid="s2"), "token.kid_unknown"), (by_hand(CLAIMS, typ="JWT"), "token.typ_mismatch"),
            (by_hand(CLAIMS)[:-2] + "AA", "token.secret_mismatch"), ("", "token.missing"), (b"\x00\xff..", "token.malformed"),
        ]
        faces = set()
        for token, cause in rows:
            with self.assertRaises(cs.Refused) as caught:
                verifier.verify(token, NOW)
            faces.add((caught.exception.http_status, caught.exception.public_message))
            self.assertEqual(caught.exception.cause, cause)
        self.assertEqual(faces, {(401, "Unauthorized")})

    def test_every_algorithm_signs_and_verifies(self) -> None:
        for name in ("EdDSA", "ES256", "ES384", "ES512", "ES256K", "RS256", "PS384", "HS512"):
            key = cs.Key.generate(name)
            public = key.write(cs.PRIVATE_JWK if name == "HS512" else cs.PUBLIC_SET)
            token = key.sign(json.dumps(CLAIMS), "at+jwt", NOW)
            self.assertEqual(cs.Verifier(policy(name), public).verify(token, NOW)["algorithm"], name)
            with self.assertRaises(cs.Refused):
                cs.Verifier(policy(name), cs.Key.generate(name).write(cs.PRIVATE_JWK if name == "HS512" else cs.PUBLIC_SET)
                            ).verify(token, NOW)

    def test_what_cannot_be_used_says_why_and_quotes_no_secret(self) -> None:
        for arguments, cause in (((policy("HS256"), OCT.replace('"k": "', '"k": "=')), "key.malformed"),
                                 ((policy("HS256", audiance="x"), OCT), "policy.invalid"), (("issuer = [", OCT), "config.invalid")):
            with self.assertRaises(cs.Unusable) as caught:
                cs.Verifier(*arguments)
            self.assertEqual(caught.exception.cause, cause)
            self.assertNotIn(b64(SECRET)[4:20], str(caught.exception))

    def test_eight_threads_share_one_verifier(self) -> None:
        verifier, good, late = cs.Verifier(policy("HS256"), OCT), by_hand(CLAIMS), by_hand({**CLAIMS, "exp": NOW})
        wrong = []

        def work() -> None:
            for _ in range(200):
                if verifier.verify(good, NOW)["subject"] != "user-a":
                    wrong.append("subject")
                try:
                    verifier.verify(late, NOW)
                    wrong.append("accepted")
                except cs.Refused:
                    pass

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_structures_have_the_members_of_the_header(self) -> None:
        header = (ROOT / "include" / "countersign" / "countersign.h").read_text()
        for name, mirror in (("cs_error", cs.Error), ("cs_fetch", cs.Fetch), ("cs_verifier_ask", cs.VerifierAsk),
                             ("cs_verify_ask", cs.VerifyAsk), ("cs_verdict", cs.Verdict), ("cs_generate_ask", cs.GenerateAsk),
                             ("cs_sign_ask", cs.SignAsk)):
            body = re.search(r"typedef struct " + name + r" \{(.*?)\} " + name + ";", header, re.S).group(1)
            members = re.findall(r"(\w+)(?:\[\d+\])?;", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
            self.assertEqual(members, [field for field, _ in mirror._fields_], name)
        self.assertEqual(cs.library.cs_library_abi(), cs.ABI)


class Issuer(http.server.BaseHTTPRequestHandler):
    body = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


class Fetching(unittest.TestCase):
    def test_our_fetch_gets_the_keys_of_an_issuer_on_loopback(self) -> None:
        key = cs.Key.generate("ES256")
        Issuer.body = key.write(cs.PUBLIC_SET).encode()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        library = ctypes.CDLL(os.environ["COUNTERSIGN_FETCH_LIBRARY"])
        fetch = cs.Fetch()
        self.assertEqual(library.cs_system_fetch(ctypes.byref(fetch)), cs.OK)
        self.assertEqual(library.cs_system_fetch(None), cs.BAD_CALL)
        remote = policy("ES256", jwks=f"http://127.0.0.1:{server.server_address[1]}/keys")
        verifier = cs.Verifier(remote, fetch=fetch)
        token = key.sign(json.dumps(CLAIMS), "at+jwt", NOW)
        self.assertEqual(verifier.verify(token, NOW)["subject"], "user-a")
        self.assertEqual(verifier.verify(token, NOW)["subject"], "user-a")
        self.assertEqual(Issuer.asked, 1)
        server.shutdown()
        server.server_close()
        with self.assertRaises(cs.Refused) as caught:
            cs.Verifier(remote, fetch=fetch).verify(token, NOW)
        self.assertEqual(caught.exception.cause, "jwks.unreachable")
        with self.assertRaises(cs.Unusable):
            cs.Verifier(remote)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
