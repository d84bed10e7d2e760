"""Writes pyjwt.json: one key and one token an algorithm of PyJWT. Once, with Debian's python3-jwt and
python3-cryptography: /usr/bin/python3 record_pyjwt.py > pyjwt.json"""
import base64
import json
import os
import sys

import cryptography
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

CLAIMS = {"iss": "https://id.example", "sub": "user-ü-1", "aud": ["https://api.example", "https://other.example"],
          "iat": 1800000000, "exp": 1800000300, "jti": "token-1", "scope": "read write"}
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_key(alg: str, curve: str):
    if alg in CURVES:
        return ec.generate_private_key(CURVES[alg]())
    if alg == "EdDSA":
        return (ed448.Ed448PrivateKey if curve == "Ed448" else ed25519.Ed25519PrivateKey).generate()
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def record(alg: str, curve: str = "") -> dict:
    row = {"alg": alg, "crv": curve, "kid": f"py-{alg}{curve}"}
    if alg.startswith("HS"):
        key = os.urandom(int(alg[2:]) // 8)
        row["k"] = b64u(key)
    else:
        key = make_key(alg, curve)
        form = serialization.Encoding.DER
        row["pkcs8"] = b64u(key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        row["spki"] = b64u(key.public_key().public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo))
    row["token"] = jwt.encode(CLAIMS, key, algorithm=alg, headers={"kid": row["kid"], "typ": "at+jwt"})
    return row


rows = [record(alg) for alg in sorted(jwt.algorithms.get_default_algorithms()) if alg not in ("none", "ES521", "EdDSA")]
rows += [record("EdDSA", "Ed25519"), record("EdDSA", "Ed448")]
versions = {"PyJWT": jwt.__version__, "cryptography": cryptography.__version__}
json.dump({"recordedWith": versions, "claims": CLAIMS, "algorithms": rows}, sys.stdout, indent=1, ensure_ascii=False)
print()
