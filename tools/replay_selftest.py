"""A replayer that cannot fail proves nothing: each mutation of a recorded trace must be found as a difference."""
import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

TRACE = pathlib.Path("tests/wire/traces/own-01-session.jsonl")


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/countersign")
    options = parser.parse_args()
    recorded = [json.loads(line) for line in TRACE.read_text().splitlines()]
    missed = []
    for mutate in (set_status, set_attribute, drop_cookie, rename_member, change_text, change_type, add_header, change_token):
        lines = copy.deepcopy(recorded)
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
