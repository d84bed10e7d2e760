"""Reads lines of {alg, key, spki, token, payload} that our own signer wrote and verifies each with PyJWT:
/usr/bin/python3 read_ours.py FILE"""
import json
import sys

import jwt

known = jwt.algorithms.get_default_algorithms()
read = set()
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    alg, key = row["alg"], row["key"]
    if alg not in known:    # Ed25519 and Ed448: the names of RFC 9864 came later
        assert alg in ("Ed25519", "Ed448"), alg
        continue
    keys = [known[alg].from_jwk(json.dumps(key))]
    if "spki" in row:
        keys.append(row["spki"])
    for one in keys:
        claims = jwt.decode(row["token"], one, algorithms=[alg])
        assert claims == json.loads(row["payload"]), alg
        assert jwt.get_unverified_header(row["token"])["typ"] == "at+jwt", alg
        cut = row["token"][:-6] + ("A" if row["token"][-6] != "A" else "B") + row["token"][-5:]
        try:
            jwt.decode(cut, one, algorithms=[alg])
        except jwt.InvalidSignatureError:
            pass
        else:
            sys.exit(f"PyJWT takes a changed signature: {alg}")
    read.add(alg + key.get("crv", "") * (alg == "EdDSA"))
left = {alg for alg in known if alg not in ("none", "ES521", "EdDSA")} | {"EdDSAEd25519", "EdDSAEd448"}
assert read == left, left - read
print(f"PyJWT reads our tokens of {len(read)} algorithms")
