"""A replayer that cannot fail proves nothing: each mutation of a recorded trace must be found as a difference."""
import argparse
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TRACE = pathlib.Path("tests/wire/traces/own-01-session.jsonl")
KEPT = pathlib.Path("tests/wire/traces/own-08-secondary-storage.jsonl")
CACHED = pathlib.Path("tests/wire/traces/own-05-cookie-cache-compact.jsonl")


def exchange(lines: list, name: str) -> dict:
    return next(line for line in lines if line["name"] == name)["response"]


def set_status(lines):
    exchange(lines, "health")["status"] = 201


def set_attribute(lines):
    cookies = exchange(lines, "sign up")["headers"]["set-cookie"]
    cookies[0] = cookies[0].replace("HttpOnly; ", "")


def drop_cookie(lines):
    exchange(lines, "sign out")["headers"]["set-cookie"].pop()


def rename_member(lines):
    body = exchange(lines, "session")["body"]
    body["user"]["mail"] = body["user"].pop("email")


def change_text(lines):
    exchange(lines, "wrong password")["body"]["message"] = "Wrong password"


def change_type(lines):
    exchange(lines, "session")["body"]["user"]["emailVerified"] = 0


def add_header(lines):
    exchange(lines, "health")["headers"]["x-extra"] = "1"


def change_token(lines):
    exchange(lines, "session")["body"]["session"]["token"] = "A" * 32


def resealed(lines, change) -> None:
    """The cached session of the sign-up with another payload."""
    cookies = exchange(lines, "sign up")["headers"]["set-cookie"]
    name, sealed, rest = re.match(r"([^=]+=)([^;]+)(.*)", cookies[1]).groups()
    payload = json.loads(base64.urlsafe_b64decode(sealed + "=="))
    change(payload)
    cookies[1] = name + base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=") + rest


def change_cached_name(lines):
    resealed(lines, lambda payload: payload["session"]["user"].update(name="Grace"))


def add_cached_member(lines):
    resealed(lines, lambda payload: payload["session"]["session"].update(secret="x"))


def change_cached_life(lines):
    resealed(lines, lambda payload: payload.update(expiresAt=payload["expiresAt"] + 60_000))


def kept(lines, label: str, key: str) -> dict:
    """An entry of secondary storage by the beginning of its key."""
    entries = next(line for line in lines if line.get("label") == label)["entries"]
    return next(entry for entry in entries if entry["key"].startswith(key))


def session_of(lines, label: str) -> dict:
    return kept(lines, label, exchange(lines, "sign up")["body"]["token"])


def rename_kept_user(lines):
    entry = session_of(lines, "theme and name")
    entry["value"] = entry["value"].replace("Ada L.", "Grace")


def change_kept_life(lines):
    session_of(lines, "three sessions")["ttl"] -= 5


def change_kept_end(lines):
    entry = session_of(lines, "three sessions")
    entry["value"] = re.sub(r'("expiresAt":"\d{4}-)\d\d', r"\g<1>01", entry["value"])


def change_listed_end(lines):
    entry = kept(lines, "three sessions", "active-sessions-")
    entry["value"] = re.sub(r'("expiresAt":)(\d+)', lambda found: f"{found[1]}{int(found[2]) + 1}", entry["value"], count=1)


def swap_listed(lines):
    entry = next(e for e in next(line for line in lines if line.get("label") == "three sessions")["entries"] if e["value"].startswith("[") and e["value"].count("token") == 2)
    entry["value"] = json.dumps(json.loads(entry["value"])[::-1])


def add_kept_member(lines):
    entry = session_of(lines, "three sessions")
    entry["value"] = entry["value"].replace('{"session":{', '{"session":{"extra":1,')


def drop_kept(lines):
    line = next(line for line in lines if line.get("label") == "nobody")
    line["entries"].pop()


def keep_all(lines):
    lines.remove(next(line for line in lines if line["name"] == "_note"))


MUTATIONS = {
    TRACE: (set_status, set_attribute, drop_cookie, rename_member, change_text, change_type, add_header, change_token),
    KEPT: (rename_kept_user, change_kept_life, change_kept_end, change_listed_end, swap_listed, add_kept_member, drop_kept, keep_all),
    CACHED: (change_cached_name, add_cached_member, change_cached_life),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/countersign")
    options = parser.parse_args()
    missed = []
    for trace, mutate in [(trace, mutate) for trace, all_of_it in MUTATIONS.items() for mutate in all_of_it]:
        lines = [json.loads(line) for line in trace.read_text().splitlines()]
        mutate(lines)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "mutated.jsonl")
            path.write_text("\n".join(json.dumps(line) for line in lines))
            run = subprocess.run([sys.executable, "tools/replay.py", "--bin", options.bin, str(path)], capture_output=True, text=True, check=False)
        if run.returncode != 1 or "differs" not in run.stdout:
            missed.append(mutate.__name__)
    print("\n".join(f"not found: {name}" for name in missed) or "every mutation was found")
    return 1 if missed else 0


sys.exit(main())
