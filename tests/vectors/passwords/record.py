#!/usr/bin/python3
"""Records passwords.jsonl: hashes that other systems' own code makes, with a password that fits and two that do not.

Debian packages: python3-passlib python3-bcrypt python3-django python3-argon2 python3-werkzeug python3-cryptography
php-cli. Salts are drawn anew, so that every recording differs; what the tests say of it does not.
Usage: record.py > passwords.jsonl
"""
import base64, crypt, hashlib, hmac, json, os, subprocess

import argon2.low_level
import bcrypt
import django
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from passlib import hash as passlib
from werkzeug.security import generate_password_hash

settings.configure(PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}PasswordHasher" for name in (
    "PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "SHA1", "MD5", "UnsaltedMD5", "UnsaltedSHA1", "Crypt")])
django.setup()
from django.contrib.auth.hashers import make_password

PLAIN = "Grüne Wiese 7".encode()
ASCII = b"green meadow 7"


def text_of(value):
    return value.decode() if isinstance(value, bytes) else value


def row(name, scheme, stored, password, expect, params=None):
    out = {"id": name, "scheme": scheme, "stored": stored, "password_b64": base64.b64encode(password).decode(), "expect": expect}
    if params is not None:
        out["params"] = params
    print(json.dumps(out))


def rows(name, scheme, stored, password=PLAIN, params=None):
    stored = text_of(stored)
    row(name, scheme, stored, password, True, params)
    row(name + "-case", scheme, stored, password.upper(), False, params)
    row(name + "-tail", scheme, stored, password + b" ", False, params)


def php(call, password=PLAIN):
    code = f"echo {call};"
    return subprocess.run(["php", "-r", code, text_of(password)], check=True, capture_output=True).stdout.decode()


def b64(data):
    return base64.b64encode(data).decode()


# bcrypt: its variants, what it leaves out of long passwords, and where it stops.
rows("bcrypt/2b", "bcrypt", bcrypt.hashpw(PLAIN, bcrypt.gensalt(5)))
rows("bcrypt/2a", "bcrypt", bcrypt.hashpw(PLAIN, bcrypt.gensalt(5, prefix=b"2a")))
rows("bcrypt/2y", "php", php("password_hash($argv[1], PASSWORD_BCRYPT, ['cost' => 5])"))
LONG = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(4)).decode()
for size, fits in ((71, False), (72, True), (73, True), (200, True)):
    row(f"bcrypt/{size} bytes", "bcrypt", LONG, b"a" * size, fits)
row("bcrypt/behind 72 bytes", "bcrypt", LONG, b"a" * 72 + b"other", True)
row("bcrypt/empty", "bcrypt", bcrypt.hashpw(b"", bcrypt.gensalt(4)).decode(), b"", True)
row("bcrypt/empty for another", "bcrypt", bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode(), b"", False)
BEFORE_NUL = crypt.crypt("green", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))
row("bcrypt/behind NUL", "bcrypt", BEFORE_NUL, b"green\0meadow", True)
row("bcrypt/before NUL", "bcrypt", BEFORE_NUL, b"gree\0n", False)
# libxcrypt's 2x has the signs of old crypt_blowfish: it and 2y differ, but for a single such byte in front of others.
for letter in "abxy":
    stored = subprocess.run(["perl", "-e", 'print crypt("\\xff\\xff\\xa3", $ARGV[0])', f"$2{letter}$05$/OK.fbVrR/bpIqNJ5ianF."],
                            check=True, capture_output=True).stdout.decode()
    row(f"bcrypt/8 bits in 2{letter}", "bcrypt", stored, b"\xff\xff\xa3", True)
    row(f"bcrypt/8 bits in 2{letter}, one of them", "bcrypt", stored, b"\xa3", letter == "x")

# passlib and the systems whose forms it writes.
for name in ("pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512", "ldap_pbkdf2_sha1", "ldap_pbkdf2_sha256", "ldap_pbkdf2_sha512"):
    rows("passlib/" + name, "passlib", getattr(passlib, name).using(rounds=1000).hash(PLAIN))
rows("passlib/bcrypt_sha256", "passlib", passlib.bcrypt_sha256.using(rounds=4).hash(PLAIN))
rows("passlib/scrypt", "passlib", passlib.scrypt.using(rounds=8).hash(PLAIN))
rows("passlib/argon2", "passlib", passlib.argon2.using(time_cost=2, memory_cost=256, parallelism=2).hash(PLAIN))
rows("passlib/phpass", "phpass", passlib.phpass.using(rounds=8).hash(PLAIN))
rows("passlib/phpass H", "phpass", "$H$" + passlib.phpass.using(rounds=8).hash(PLAIN)[3:])
rows("passlib/atlassian", "atlassian", passlib.atlassian_pbkdf2_sha1.hash(PLAIN))
for name in ("sha256_crypt", "sha512_crypt"):
    rows("passlib/" + name, "crypt", getattr(passlib, name).using(rounds=1000).hash(PLAIN))
    rows(f"passlib/{name}, 5000 rounds", "crypt", getattr(passlib, name).using(rounds=5000).hash(PLAIN))
rows("passlib/md5_crypt", "crypt", passlib.md5_crypt.hash(PLAIN))
row("passlib/des_crypt", "crypt", passlib.des_crypt.hash("eightlet"), b"eightlet", True)
row("passlib/des_crypt, behind 8", "crypt", passlib.des_crypt.hash("eightlet"), b"eightletters", True)
row("passlib/des_crypt, 7", "crypt", passlib.des_crypt.hash("eightlet"), b"eightle", False)
for name in ("ldap_md5", "ldap_sha1", "ldap_salted_md5", "ldap_salted_sha1", "ldap_salted_sha256", "ldap_salted_sha512"):
    rows("passlib/" + name, "ldap", getattr(passlib, name).hash(PLAIN))
rows("passlib/ldap_bcrypt", "ldap", passlib.ldap_bcrypt.using(rounds=4).hash(PLAIN))
rows("libxcrypt/yescrypt", "crypt", subprocess.run(
    ["perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PLAIN, "$y$j8T$saltsaltsalt0."], check=True, capture_output=True).stdout)

# Django.
for algorithm in ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "sha1", "md5", "unsalted_md5", "unsalted_sha1"):
    rows("django/" + algorithm, "django", make_password(PLAIN.decode(), hasher=algorithm))
row("django/crypt", "django", make_password("eightlet", hasher="crypt"), b"eightlet", True)
row("django/unusable", "django", make_password(None), b"", False)
row("django/unusable, its text", "django", "!abcdefgh", b"abcdefgh", False)

# Werkzeug and PHP.
for method in ("pbkdf2:sha256:1000", "pbkdf2:sha1:1000", "pbkdf2:sha512:1000"):
    rows("werkzeug/" + method, "werkzeug", generate_password_hash(PLAIN.decode(), method))
KEY = hashlib.scrypt(PLAIN, salt=b"aSaltOfWerkzeug1", n=1 << 10, r=8, p=1, dklen=64).hex()
rows("werkzeug/scrypt", "werkzeug", "scrypt:1024:8:1$aSaltOfWerkzeug1$" + KEY)
rows("php/argon2id", "php", php("password_hash($argv[1], PASSWORD_ARGON2ID, ['memory_cost' => 1024, 'time_cost' => 2])"))
rows("php/argon2i", "php", php("password_hash($argv[1], PASSWORD_ARGON2I, ['memory_cost' => 1024, 'time_cost' => 2])"))
rows("wordpress/6.8", "wordpress", php(
    "'$wp' . password_hash(base64_encode(hash_hmac('sha384', $argv[1], 'wp-sha384', true)), PASSWORD_BCRYPT, ['cost' => 5])"))
rows("wordpress/md5", "wordpress", hashlib.md5(PLAIN).hexdigest())

# libargon2 itself: every type and version.
for kind, version in ((argon2.low_level.Type.D, 19), (argon2.low_level.Type.I, 16), (argon2.low_level.Type.ID, 19)):
    rows(f"argon2/{kind.name.lower()}, version {version}", "argon2", argon2.low_level.hash_secret(
        PLAIN, os.urandom(16), time_cost=2, memory_cost=64, parallelism=1, hash_len=32, type=kind, version=version))
rows("argon2/our cost, not in NFKC", "argon2", argon2.low_level.hash_secret(
    "ﬁsh and chips".encode(), os.urandom(16), time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, type=argon2.low_level.Type.ID),
    "ﬁsh and chips".encode())

# Firebase: the documented computation.
SIGNER, SEPARATOR, SALT = os.urandom(64), b"\x07", os.urandom(10)
firebase_key = hashlib.scrypt(PLAIN, salt=SALT + SEPARATOR, n=1 << 10, r=8, p=1, dklen=32)
encryptor = Cipher(algorithms.AES(firebase_key), modes.CTR(bytes(16))).encryptor()
rows("firebase", "firebase-scrypt", b64(encryptor.update(SIGNER)), params={
    "base64_signer_key": b64(SIGNER), "base64_salt_separator": b64(SEPARATOR), "rounds": 8, "mem_cost": 10, "salt": b64(SALT)})

# Exports that keep the parts in members of their own.
def keycloak(algorithm, digest, rounds, size):
    salt = os.urandom(16)
    key = hashlib.pbkdf2_hmac(digest, PLAIN, salt, rounds, size)
    return {"type": "password",
            "secretData": json.dumps({"value": b64(key), "salt": b64(salt), "additionalParameters": {}}),
            "credentialData": json.dumps({"hashIterations": rounds, "algorithm": algorithm, "additionalParameters": {}})}


rows("keycloak/pbkdf2-sha256", "keycloak", keycloak("pbkdf2-sha256", "sha256", 1000, 64))
rows("keycloak/pbkdf2-sha512", "keycloak", keycloak("pbkdf2-sha512", "sha512", 1000, 64))
rows("keycloak/pbkdf2", "keycloak", keycloak("pbkdf2", "sha1", 1000, 64))
SALT = os.urandom(16)
rows("keycloak/argon2", "keycloak", {
    "secretData": json.dumps({"value": b64(argon2.low_level.hash_secret_raw(PLAIN, SALT, 5, 256, 1, 32, argon2.low_level.Type.ID)),
                              "salt": b64(SALT)}),
    "credentialData": json.dumps({"hashIterations": 5, "algorithm": "argon2", "additionalParameters": {
        "hashLength": ["32"], "memory": ["256"], "type": ["id"], "version": ["1.3"], "parallelism": ["1"]}})})


def auth0(algorithm, hashed, **more):
    return {"custom_password_hash": {"algorithm": algorithm, "hash": hashed, **more}}


rows("auth0/own", "auth0", {"passwordHash": bcrypt.hashpw(PLAIN, bcrypt.gensalt(4)).decode()})
for digest in ("md5", "sha1", "sha256", "sha512"):
    for position, joined in (("prefix", b"NaCl" + PLAIN), ("suffix", PLAIN + b"NaCl")):
        rows(f"auth0/{digest} {position}", "auth0", auth0(
            digest, {"value": hashlib.new(digest, joined).hexdigest(), "encoding": "hex"},
            salt={"value": "NaCl", "encoding": "utf8", "position": position}))
rows("auth0/hmac", "auth0", auth0("hmac", {
    "value": hmac.new(b"key", PLAIN, "sha256").hexdigest(), "encoding": "hex", "digest": "sha256",
    "key": {"value": "key", "encoding": "utf8"}}))
rows("auth0/scrypt", "auth0", auth0(
    "scrypt", {"value": b64(hashlib.scrypt(PLAIN, salt=b"NaCl", n=1024, r=8, p=1, dklen=64)), "encoding": "base64"},
    salt={"value": "NaCl", "encoding": "utf8"}, keylen=64, cost=1024, blockSize=8, parallelization=1))
rows("devise/pepper", "devise", bcrypt.hashpw(ASCII + b"a pepper", bcrypt.gensalt(4, prefix=b"2a")), ASCII, {"pepper": "a pepper"})
rows("devise/none", "devise", bcrypt.hashpw(ASCII, bcrypt.gensalt(4, prefix=b"2a")), ASCII, {"pepper": ""})

SALT, ROUNDS = os.urandom(16), 4096
salted = hashlib.pbkdf2_hmac("sha256", PLAIN, SALT, ROUNDS)
client, server = (hmac.new(salted, label, "sha256").digest() for label in (b"Client Key", b"Server Key"))
rows("postgres", "postgres", f"SCRAM-SHA-256${ROUNDS}:{b64(SALT)}${b64(hashlib.sha256(client).digest())}:{b64(server)}")
SALT = os.urandom(16)
rows("aspnet/2", "aspnet", b64(b"\0" + SALT + hashlib.pbkdf2_hmac("sha1", PLAIN, SALT, 1000, 32)))
for number, digest in ((0, "sha1"), (1, "sha256"), (2, "sha512")):
    head = b"\1" + b"".join(value.to_bytes(4, "big") for value in (number, 2000, 16))
    rows("aspnet/3 " + digest, "aspnet", b64(head + SALT + hashlib.pbkdf2_hmac(digest, PLAIN, SALT, 2000, 32)))
