"""Replays golden traces against a fresh server each and prints every difference: replay.py [--bin PATH] [--postgres] FILE...

Random values (ids, tokens, signatures, dates) are bound on first sight and substituted into later requests; everything
else must be equal: status, header names, cookie attributes and their order, members and types of JSON, fixed strings.
"""
import argparse
import base64
import datetime
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

from replay_databases import PostgresServer, SqliteFile

RECORDED = "127.0.0.1:3900"
DROPPED = {"date", "connection", "keep-alive", "transfer-encoding", "content-length"}
OURS = {"x-request-id", "x-content-type-options", "referrer-policy", "x-frame-options", "content-security-policy",
        "strict-transport-security", "cache-control", "vary", "retry-after"}
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
RANDOM = re.compile(r"^[A-Za-z0-9]{32}$")
HASH = re.compile(r"^[0-9a-f]{32}:[0-9a-f]{128}$")
JWT = re.compile(r"^[\w-]+\.[\w-]+\.[\w-]+$")
SIGNED = re.compile(r"^(.+)\.([A-Za-z0-9+/]{43}=)$")
SEALED = re.compile(r"\bsession_data(\.\d+)?$")
KEY = re.compile(r"^([\w-]{43}|[\w-]{88}|[\w-]{342})$")    # 32 bytes, a coordinate of P-521, a modulus of RSA
# (scenario, line) -> why the recording is not the expectation (docs/better-auth-differences.md)
WAIVED = {
    ("core-02-signup-errors", "body without content type"): "body without content type is 415",
    ("core-04-session-lifecycle", "duplicate cookie first wins"): "a session cookie sent twice is no session",
    ("core-08-callback-urls", 'callbackURL "/ok /x"'): "Location is percent-encoded",
    **{(f"own-05-cookie-cache-{form}", "end the others"): "the cached session is renewed by /get-session alone" for form in ("compact", "jwt", "jwe")},
}
ABSENT = {"/api/auth/sign-in/social"}    # comes later; what else such a recording asks is compared
WAIVED_MEMBERS = {"ipAddress"}    # the socket peer is stored
EMPTIED = "secondary storage emptied"    # the text of a _note


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary: str, config: dict, postgres: PostgresServer | None):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        text = json.dumps(config).replace(RECORDED, f"127.0.0.1:{self.port}")
        config = json.loads(text)
        config["http"] = {"listen": f"127.0.0.1:{self.port}"}
        self.management_port = free_port()
        config["management"] = {"listen": f"127.0.0.1:{self.management_port}"}
        self.database = postgres.database() if postgres else SqliteFile(self.folder.name)
        config["storage"] = {"url": self.database.url}
        path = pathlib.Path(self.folder.name, "config.json")
        path.write_text(json.dumps(config))
        self.log = open(f"{self.folder.name}/log", "w+")
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("COUNTERSIGN_", "BETTER_AUTH_", "DATABASE_URL"))}
        self.process = subprocess.Popen([binary, "serve", "--config", str(path)], stdout=self.log, stderr=self.log, env=clean, cwd=self.folder.name)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.005)
        self.log.seek(0)
        raise RuntimeError("the server did not start:\n" + self.log.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        self.log.close()
        self.database.close()
        self.folder.cleanup()


class Replay:
    def __init__(self, path: str, binary: str, postgres: PostgresServer | None = None):
        self.lines = [json.loads(line) for line in open(path, encoding="utf-8") if line.strip()]
        self.meta = self.lines[0]
        self.scenario = self.meta["scenario"]
        self.server = Server(binary, self.meta["countersign"], postgres)
        self.bound: dict[str, str] = {}
        self.differences: list[str] = []
        self.jars: dict[str, dict[str, str]] = {}
        self.captures = self.meta["countersign"].get("mail", {}).get("transport") == "capture"
        self.mailed = 0    # messages that the recording has named so far

    def note(self, where: str, what: str) -> None:
        self.differences.append(f"{self.scenario} / {where}: {what}")

    def here(self, text: str) -> str:
        """Recorded text with our address and our random values."""
        port = f"127.0.0.1:{self.server.port}"
        text = text.replace(RECORDED, port).replace(RECORDED.replace(":", "%3A"), port.replace(":", "%3A"))
        for recorded in sorted(self.bound, key=len, reverse=True):
            text = text.replace(recorded, self.bound[recorded])
        return text

    def shifted(self, text: str) -> str:
        """A recorded time as far from now as it was from the recording, which the first time in it tells."""
        if not ISO.match(text):
            return text
        first = re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", json.dumps([line.get("response") for line in self.lines]))
        at = lambda iso: datetime.datetime.fromisoformat(iso.replace("Z", "+00:00"))
        moved = datetime.datetime.now(datetime.timezone.utc) + (at(text) - at(first.group()))
        return moved.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moved.microsecond // 1000:03}Z"

    def bind(self, where: str, recorded: str, found: str) -> None:
        if recorded not in self.bound and found in self.bound.values():
            return self.note(where, f"{found!r} stands for another recorded value, not for {recorded!r}")
        if self.bound.setdefault(recorded, found) != found:
            self.note(where, f"{found!r} where {self.bound[recorded]!r} stood before")

    def same_text(self, where: str, recorded: str, found: str) -> None:
        if self.here(recorded) == found:
            return
        if ISO.match(recorded) and ISO.match(found):
            return
        if RANDOM.match(recorded) and RANDOM.match(found) or KEY.match(recorded) and KEY.match(found):
            return self.bind(where, recorded, found)
        if HASH.match(recorded) and HASH.match(found):
            return
        if (signed := SIGNED.match(recorded)) and (ours := SIGNED.match(found)):
            self.same_text(where, signed[1], ours[1])
            return self.bind(where, signed[2], ours[2])
        if JWT.match(recorded) and JWT.match(found):
            return self.same_jwt(where, recorded, found)
        if recorded.startswith('"') and re.fullmatch(r'"[0-9a-f]+"', recorded) and re.fullmatch(r'"[0-9a-f]+"', found):
            return
        if recorded.startswith("{") and found.startswith("{"):
            return self.same_json(where, json.loads(recorded), json.loads(found))
        self.note(where, f"{found!r}, recorded {recorded!r}")

    def same_jwt(self, where: str, recorded: str, found: str) -> None:
        for part, (a, b) in enumerate(zip(recorded.split(".")[:2], found.split(".")[:2])):
            claims = [json.loads(base64.urlsafe_b64decode(text + "==")) for text in (a, b)]
            self.same_lives(f"{where}.jwt[{part}]", *claims)
            self.same_json(f"{where}.jwt[{part}]", *claims)

    def same_lives(self, where: str, recorded: dict, found: dict) -> None:
        """Times in numbers become those of the recording where the life between them is the same."""
        for start, end, most in (("iat", "exp", 0), ("updatedAt", "expiresAt", 5)):    # ms: the clock is read twice
            lives = [one[end] - one[start] for one in (recorded, found) if isinstance(one.get(start), int) and end in one]
            if len(lives) == 2 and abs(lives[0] - lives[1]) > most:
                self.note(where, f"a life of {lives[1]}, recorded {lives[0]}")
        for claim in ("iat", "exp", "updatedAt", "expiresAt"):
            if isinstance(recorded.get(claim), int) and isinstance(found.get(claim), int):
                recorded[claim] = found[claim]

    @staticmethod
    def seal_of(lines: list) -> str:
        """What the session_data lines of one answer hold, in pieces or not; their order is that of their numbers."""
        pairs = [line.split(";")[0].partition("=")[::2] for line in lines]
        return "".join(value for name, value in pairs if SEALED.search(name))

    def same_seal(self, where: str, recorded: str, found: str) -> None:
        """The cookie with the cached session: compact, JWT or JWE. What a JWE holds is seen when it is sent back."""
        parts, ours = recorded.split("."), found.split(".")
        if len(parts) != len(ours):
            return self.note(where, f"{len(ours)} parts, recorded {len(parts)}")
        if len(parts) == 3:
            return self.same_jwt(where, recorded, found)
        if len(parts) == 5:
            for index in (0, 1):
                self.same_text(f"{where}.jwe[{index}]", parts[index], ours[index])
            return None
        payloads = [json.loads(base64.urlsafe_b64decode(text + "==")) for text in (recorded, found)]
        for one in payloads:
            one["session"]["expiresAt"] = one.pop("expiresAt")
        self.same_lives(where, payloads[0]["session"], payloads[1]["session"])
        self.same_json(where, *payloads)

    def same_json(self, where: str, recorded, found) -> None:
        if isinstance(recorded, dict) and isinstance(found, dict):
            if set(recorded) != set(found):
                return self.note(where, f"members {sorted(found)}, recorded {sorted(recorded)}")
            for name in recorded:
                if name not in WAIVED_MEMBERS:
                    self.same_json(f"{where}.{name}", recorded[name], found[name])
        elif isinstance(recorded, list) and isinstance(found, list):
            if len(recorded) != len(found):
                return self.note(where, f"{len(found)} elements, recorded {len(recorded)}")
            for index, pair in enumerate(zip(recorded, found)):
                self.same_json(f"{where}[{index}]", *pair)
        elif isinstance(recorded, str) and isinstance(found, str):
            self.same_text(where, recorded, found)
        elif where.endswith(".lastRequest") and isinstance(recorded, int) and isinstance(found, int):
            if abs(found - time.time() * 1000) > 60_000:
                self.note(where, f"{found!r} is no time of this replay")
        elif type(recorded) is not type(found) or recorded != found:
            self.note(where, f"{found!r}, recorded {recorded!r}")

    def same_cookie(self, where: str, recorded: str, found: str) -> None:
        (name, *attributes), (our_name, *our_attributes) = recorded.split("; "), found.split("; ")
        if attributes != our_attributes:
            self.note(where, f"attributes {our_attributes}, recorded {attributes}")
        key, _, value = name.partition("=")
        our_key, _, our_value = our_name.partition("=")
        if key != our_key or bool(value) != bool(our_value):
            return self.note(where, f"{our_name!r}, recorded {name!r}")
        if value and SEALED.search(key):
            self.bound[value] = our_value
            return None    # read as a whole by same_seals
        plain, ours = urllib.parse.unquote(value), urllib.parse.unquote(our_value)
        (head, _, mac), (our_head, _, our_mac) = plain.rpartition("."), ours.rpartition(".")
        if value and (len(mac) != len(our_mac) or not head):
            return self.note(where, f"value {our_value!r}, recorded {value!r}")
        if value:
            self.same_text(where, head, our_head)
            self.bound[value] = our_value
            self.bound[mac] = our_mac

    def same_headers(self, where: str, recorded: dict, found: list) -> None:
        names = {name for name, _ in found} - DROPPED
        wanted = set(recorded) - DROPPED
        if missing := wanted - names:
            self.note(where, f"headers missing: {sorted(missing)}")
        if extra := names - wanted - OURS:
            self.note(where, f"headers not recorded: {sorted(extra)}")
        for name in (wanted & names) - {"set-cookie"}:
            self.same_text(f"{where} {name}", recorded[name], dict(found)[name])
        cookies, ours = recorded.get("set-cookie", []), [value for name, value in found if name == "set-cookie"]
        if len(cookies) != len(ours):
            return self.note(where, f"{len(ours)} cookies, recorded {len(cookies)}")
        for index, pair in enumerate(zip(cookies, ours)):
            self.same_cookie(f"{where} set-cookie[{index}]", *pair)
        seals = [self.seal_of(lines) for lines in (cookies, ours)]
        if all(seals):
            self.same_seal(f"{where} session_data", *seals)

    def ask(self, request: dict) -> tuple[http.client.HTTPResponse, bytes]:
        body = None
        if "rawBody" in request:
            body = self.here(request["rawBody"]).encode()
        elif "body" in request:
            body = self.here(json.dumps(request["body"], ensure_ascii=False)).encode()
        headers = {name: self.here(value) for name, value in request["headers"].items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        connection.request(request["method"], self.here(request["path"]), body=body, headers=headers)
        answer = connection.getresponse()
        raw = answer.read()
        connection.close()
        return answer, raw

    def still_absent(self, line: dict) -> None:
        """An endpoint that comes later: as soon as it is there, its exchanges are to be compared."""
        answer, _ = self.ask(line["request"])
        if answer.status != 404:
            self.note(line["name"], f"{line['request']['path']} is there: take it out of ABSENT")

    def exchange(self, line: dict) -> None:
        where, recorded = line["name"], line["response"]
        answer, raw = self.ask(line["request"])
        if (self.scenario, where) in WAIVED:
            print(f"waived  {self.scenario} / {where}: {WAIVED[self.scenario, where]}")
            return
        if answer.status != recorded["status"]:
            return self.note(where, f"status {answer.status}, recorded {recorded['status']}: {raw[:200]!r}")
        self.same_headers(where, recorded["headers"], [(name.lower(), value) for name, value in answer.getheaders()])
        if recorded.get("emptyBody"):
            if raw:
                self.note(where, f"body {raw[:100]!r}, recorded none")
        elif isinstance(recorded.get("body"), str):
            self.same_text(where, recorded["body"], raw.decode())
        elif not raw:
            self.note(where, "no body")
        else:
            self.same_json(where, recorded["body"], json.loads(raw))

    def manage(self, method: str, path: str):
        """What the management listener says, which shows this much with allow = ["replay"] only."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.management_port, timeout=20)
        connection.request(method, path)
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def inbox(self) -> list:
        return self.manage("GET", "/dev/inbox.json")

    def emailed(self, line: dict) -> None:
        """Our outbox is written before the answer, so there is nothing to wait for."""
        recorded, messages = line["emailed"], self.inbox()
        self.mailed += 1
        where = f"_emailed {recorded['kind']}"
        if len(messages) < self.mailed:
            return self.note(where, f"{len(messages)} messages, recorded {self.mailed}")
        found = messages[len(messages) - self.mailed]
        kind = {"reset": "reset-password"}.get(recorded["kind"], recorded["kind"])
        if found["kind"] != kind:
            self.note(where, f"kind {found['kind']!r}")
        if "user" in recorded:
            self.same_text(f"{where}.to", recorded["user"]["email"], found["to"])
        if "token" in recorded and self.here(recorded["token"]) != found["token"]:
            if JWT.match(recorded["token"]):
                self.same_jwt(f"{where}.token", recorded["token"], found["token"])
            elif len(recorded["token"]) != len(found["token"]) or not found["token"].isalnum():
                self.note(where, f"token {found['token']!r}, recorded {recorded['token']!r}")
            self.bound[recorded["token"]] = found["token"]    # two of one second may be one JWT
        if "url" in recorded:
            self.same_text(f"{where}.url", recorded["url"], found["url"])

    def kept(self, line: dict) -> None:
        """Secondary storage: keys, values and the times to live that were set last."""
        where = f"_secondaryStorage {line.get('label', '')}"
        recorded = {self.here(entry["key"]): entry for entry in line["entries"]}
        found = {entry["key"]: entry for entry in self.manage("GET", "/dev/secondary-storage.json")}
        if set(recorded) != set(found):
            return self.note(where, f"keys {sorted(found)}, recorded {sorted(recorded)}")
        for key, entry in recorded.items():
            here = f"{where} {key}"
            if abs(entry["ttl"] - found[key]["ttl"]) > 2:
                self.note(here, f"a time to live of {found[key]['ttl']} s, recorded {entry['ttl']}")
            if key.startswith("revoked-sessions-before-"):
                if not 0 <= time.time() * 1000 - int(found[key]["value"]) < 60_000:
                    self.note(here, f"{found[key]['value']!r} is no moment of this replay")
            else:
                self.same_value(here, entry["value"], found[key]["value"])
        self.same_ends(where, {entry["key"]: entry["value"] for entry in line["entries"]}, {key: entry["value"] for key, entry in found.items()})

    def same_value(self, where: str, recorded: str, found: str) -> None:
        if not recorded.startswith(("{", "[")):
            return self.same_text(where, recorded, found)
        values = [json.loads(text) for text in (recorded, found)]
        lives = [life for value in values if isinstance(value, dict) for life in [self.life(value.get("session", value))]]
        if len(lives) == 2 and abs(lives[0] - lives[1]) > 5:    # ms: the clock is read twice
            self.note(where, f"a life of {lives[1]} ms, recorded {lives[0]}")
        for one in values[1] if isinstance(values[1], list) else []:
            one["expiresAt"] = next((mine["expiresAt"] for mine in values[0] if self.here(mine["token"]) == one["token"]), None)    # same_ends looks
        self.same_json(where, *values)

    @staticmethod
    def life(value: dict) -> float:
        end, start = (datetime.datetime.fromisoformat(value[name].replace("Z", "+00:00")).timestamp() for name in ("expiresAt", "createdAt"))
        return (end - start) * 1000

    def same_ends(self, where: str, *stores: dict) -> None:
        """An end in a list of sessions is that of the session's own entry, or is not, as it was recorded."""
        ends = []
        for store in stores:
            own = {key: datetime.datetime.fromisoformat(json.loads(value)["session"]["expiresAt"].replace("Z", "+00:00")) for key, value in store.items() if value.startswith('{"session"')}
            listed = [one for key, value in store.items() if key.startswith("active-sessions-") for one in json.loads(value)]
            ends.append([round(own[one["token"]].timestamp() * 1000) - one["expiresAt"] if one["token"] in own else None for one in listed])
        if ends[0] != ends[1]:
            self.note(where, f"ends in the list differ from those of the sessions by {ends[1]} ms, recorded {ends[0]}")

    def rows(self, line: dict) -> None:
        for table, recorded in line["tables"].items():
            found = self.server.database.rows(table)
            key = "createdAt"
            order = lambda row: (str(row.get(key, row.get("key", ""))), self.bound.get(row.get("id"), str(row.get("id"))))
            where = f"_db {line.get('label', '')} {table}"
            self.same_json(where, sorted(recorded, key=order), sorted(found, key=order))

    def left_out(self) -> dict[str, str]:
        """Lines that need what a replay does not have, and why: `needs` of the recording."""
        out = {}
        for need in self.meta.get("needs", []):
            reason, _, names = need.partition(" => ")
            if reason.partition(":")[0] in {"address", "callback"}:
                out |= {name: reason for name in names.split(" | ")}
        return out

    def run(self) -> tuple[int, int]:
        passed, left_out = 0, self.left_out()
        try:
            for line in self.lines[1:]:
                before = len(self.differences)
                kind = line["name"]
                if kind in left_out:
                    print(f"skipped {self.scenario} / {kind}: {left_out[kind]}")
                    continue
                if self.captures and kind != "_emailed" and len(self.inbox()) != self.mailed:
                    self.note(kind, "there was a message before this line that is not recorded")
                    self.mailed = len(self.inbox())
                if kind == "_db":
                    self.rows(line)
                elif kind == "_dbwrite":
                    params = [self.shifted(self.here(p)) if isinstance(p, str) else p for p in line.get("params", [])]
                    self.server.database.write(line["sql"], params)
                elif kind == "_emailed":
                    self.emailed(line)
                elif kind == "_secondaryStorage":
                    self.kept(line)
                elif kind == "_note" and line["text"] == EMPTIED:
                    self.manage("POST", "/dev/secondary-storage/clear")
                elif kind == "_sleep":
                    time.sleep(line.get("ms", 0) / 1000)
                elif kind.startswith("_"):
                    print(f"skipped {self.scenario} / {kind}: side information")
                    continue
                elif line["request"]["path"] in ABSENT:
                    print(f"skipped {self.scenario} / {kind}: there is no {line['request']['path']} yet")
                    self.still_absent(line)
                    continue
                else:
                    self.exchange(line)
                passed += before == len(self.differences)
            if self.captures and len(self.inbox()) != self.mailed:
                self.note("end", "the last exchange sent a message that is not recorded")
        finally:
            self.server.stop()
        return passed, len(self.differences)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/countersign")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL that is started for it")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    postgres = PostgresServer() if options.postgres else None
    passed = failed = 0
    for path in options.files:
        replay = Replay(path, options.bin, postgres)
        ok, wrong = replay.run()
        passed, failed = passed + ok, failed + wrong
        for difference in replay.differences:
            print("differs", difference)
    if postgres:
        postgres.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
