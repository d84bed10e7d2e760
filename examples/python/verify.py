"""Makes a key and a token and verifies it: python3 examples/python/verify.py"""
import json
import time

import countersign

POLICY = """
issuer = "https://id.example"
audience = "https://api.example"
typ = "at+jwt"
algorithms = ["ES256"]
"""

key = countersign.Key.generate("ES256")
verifier = countersign.Verifier(POLICY, key.write(countersign.PUBLIC_SET))
now = int(time.time())
token = key.sign(json.dumps({"iss": "https://id.example", "aud": "https://api.example", "sub": "ada", "iat": now,
                             "exp": now + 300}), "at+jwt")
print("accepted:", verifier.verify(token)["subject"])
try:
    verifier.verify(token[:-1] + ("A" if token[-1] != "A" else "B"))
except countersign.Refused as refused:
    print("refused:", refused.http_status, refused.public_message, "- for the log:", refused.cause)
