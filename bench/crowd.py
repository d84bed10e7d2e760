"""A database with many people who are signed in, and the cookies that they send."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import pathlib
import random
import sqlite3
import string
import urllib.parse

from targets import SECRET

LETTERS = string.ascii_letters + string.digits
MOST_COOKIES = 200_000  # what the load generator draws from: every one is a session of its own
BATCH = 50_000
COOKIE = "better-auth.session_token"
# A hash of ours or of Better Auth that nobody's password made; what a database of Better Auth holds.
PASSWORD = "0" * 32 + ":" + "0" * 128


def text(dice: random.Random) -> str:
    return "".join(dice.choices(LETTERS, k=32))


def iso(at: datetime.datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def cookie_of(token: str) -> str:
    """What the server sets: the token and its MAC, percent-encoded."""
    mac = base64.b64encode(hmac.digest(SECRET.encode(), token.encode(), hashlib.sha256)).decode()
    return f"{COOKIE}={urllib.parse.quote(f'{token}.{mac}', safe='')}"


def fill(database: pathlib.Path, people: int, cookies: pathlib.Path) -> None:
    """Puts users, each with an account and a session, into a database whose server is stopped; the cookies of some of them,
    in random order, go to a file of lines."""
    dice, now = random.Random(people), datetime.datetime.now(datetime.timezone.utc)
    made, ends = iso(now), iso(now + datetime.timedelta(days=7))
    kept: list[str] = []
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA synchronous=OFF")
        db.execute("PRAGMA cache_size=-400000")
        for start in range(0, people, BATCH):
            rows = [(text(dice), text(dice), text(dice), text(dice)) for _ in range(min(BATCH, people - start))]
            db.executemany(
                'INSERT INTO "user" (id, name, email, emailVerified, createdAt, updatedAt) VALUES (?, ?, ?, 0, ?, ?)',
                [(user, f"Person {user[:6]}", f"{user.lower()}@example.com", made, made) for user, _, _, _ in rows],
            )
            db.executemany(
                "INSERT INTO account (id, accountId, providerId, userId, password, createdAt, updatedAt) VALUES (?, ?, 'credential', ?, ?, ?, ?)",
                [(account, user, user, PASSWORD, made, made) for user, account, _, _ in rows],
            )
            db.executemany(
                "INSERT INTO session (id, expiresAt, token, createdAt, updatedAt, ipAddress, userAgent, userId) VALUES (?, ?, ?, ?, ?, '', 'bench', ?)",
                [(session, ends, token, made, made, user) for user, _, session, token in rows],
            )
            kept += [token for _, _, _, token in rows]
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chosen = dice.sample(kept, min(len(kept), MOST_COOKIES))
    cookies.write_text("\n".join(cookie_of(token) for token in chosen))
