"""peer_pyjwt.py ALG FILE: verifies for half a second, prints nanoseconds of CPU each. The key is an object, made once."""
import base64
import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

alg, file = sys.argv[1:]
row = next(one for one in json.load(open(file)) if one["alg"] == alg)
secret = row["private"].get("k", "")
key = load_pem_public_key(row["pem"].encode()) if "pem" in row else base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
token = row["token"]
bad = token[:-10] + ("B" if token[-10] == "A" else "A") + token[-9:]


def verify(text: str) -> dict:
    return jwt.decode(text, key, algorithms=[alg], issuer=row["iss"], audience=row["aud"], options={"require": ["exp", "iat", "sub"]})


assert verify(token)["iss"] == row["iss"]
try:
    verify(bad)
    sys.exit("accepts what was changed")
except jwt.InvalidSignatureError:
    pass
began, done = time.process_time_ns(), 0
while time.process_time_ns() - began < 500_000_000:
    for _ in range(16):
        verify(token)
    done += 16
print(f"{(time.process_time_ns() - began) / done:.1f}")
