"""`countersign events` beside a real server: what was done is listed, and whoever changes the table is found out. COUNTERSIGN_BIN names it."""
import contextlib
import datetime
import hmac
import http.client
import json
import pathlib
import socket
import sqlite3
import subprocess
import time
import unittest

from command import BINARY, FINE, NOT_CHECKED, NOT_FINE, SECRET, WRONG_CALL, CommandCase

CONFIG = f"""mode = "development"
secret = "{SECRET}"
management.listen = "off"
"""
PERSON = {"name": "Ada", "email": "ada@example.test", "password": "canary horse battery"}
DAY = 86_400_000
TEXTS = ["kind", "user", "session", "network", "agent", "reference", "detail"]


def purpose_key(purpose):
    """HKDF-SHA-256 (RFC 5869) of the application secret."""
    extracted = hmac.digest(b"countersign", SECRET.encode(), "sha256")
    return hmac.digest(extracted, f"countersign:{purpose}:v1".encode() + b"\x01", "sha256")


def milliseconds(at):
    return int(datetime.datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp() * 1000 + 0.5)


def link_of(before, row):
    parts = [row["segment"], str(row["sequence"]), str(milliseconds(row["at"]))] + [row[name] for name in TEXTS]
    text = before + b"".join(len(part.encode()).to_bytes(4, "little") + part.encode() for part in parts)
    return hmac.digest(purpose_key("event-chain"), text, "sha256")


def iso(ms):
    at = datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


class Events(CommandCase):
    def events(self, *words):
        return self.run_it("events", *words, "--config", "c.toml")

    def verify(self, *words):
        return self.events("verify", "--checkpoint", "server.log", *words)

    def findings(self, done):
        self.assertIn(done.returncode, (FINE, NOT_FINE), done.stderr)
        return [f"{one['fault']} {one['where']}" for one in json.loads(done.stdout)["findings"]]

    @contextlib.contextmanager
    def server(self, config=CONFIG):
        """A server while the block runs; its log goes to the end of server.log."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.file(f'http.listen = "127.0.0.1:{self.port}"\n' + config)
        with open(pathlib.Path(self.folder.name, "server.log"), "a") as log:
            server = subprocess.Popen([BINARY, "serve", "--config", "c.toml"], cwd=self.folder.name, env=self.clean(), stdout=subprocess.PIPE,
                                      stderr=log, text=True)
            try:
                self.assertIn("ready", server.stdout.readline())
                yield
            finally:
                server.terminate()
                server.wait(30)
                server.stdout.close()
            self.assertEqual(server.returncode, 0)

    def post(self, path, body, cookie=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"content-type": "application/json", "host": f"localhost:{self.port}", "user-agent": "tester"}
        if cookie:
            headers |= {"cookie": cookie, "origin": f"http://localhost:{self.port}"}
        connection.request("POST", "/api/auth" + path, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def used(self):
        """A server on which somebody signed up, mistook the password, and signed out."""
        with self.server():
            cookie = self.post("/sign-up/email", PERSON).getheader("set-cookie").split(";")[0]
            self.assertEqual(self.post("/sign-in/email", PERSON | {"password": "canary wrong"}).status, 401)
            self.assertEqual(self.post("/sign-out", {}, cookie).status, 200)

    def sql(self, text, *values):
        with contextlib.closing(sqlite3.connect(pathlib.Path(self.folder.name, "countersign.db"))) as database, database:
            return database.execute(text, values).fetchall()

    def exported(self, *words):
        done = self.events("export", *words)
        self.expect(done, FINE)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_ERR_03_events_are_listed_for_people_and_for_machines(self):
        self.used()
        listed = self.events("list")
        self.expect(listed, FINE)
        kinds = [line.split()[1] for line in listed.stdout.splitlines()]
        self.assertEqual(sorted(kinds), ["events.opened", "sign_in.failed", "sign_out", "user.created"])
        user = self.sql("SELECT id FROM user")[0][0]
        self.assertIn(f"user={user}", listed.stdout)
        rows = json.loads(self.events("list", "--json").stdout)["events"]
        self.assertEqual([row["kind"] for row in rows], kinds)
        failed = next(row for row in rows if row["kind"] == "sign_in.failed")
        self.assertEqual((failed["user"], failed["network"], failed["agent"], failed["detail"]),
                         (user, "127.0.0.0/24", "tester", "login.password at /sign-in/email"))
        self.assertIn(f"reference={failed['reference']}", listed.stdout)
        for text in (listed.stdout, json.dumps(rows), json.dumps(self.exported())):
            for canary in ("canary", "ada@", SECRET, "127.0.0.1"):
                self.assertNotIn(canary, text)

    def test_events_are_chosen_by_kind_user_and_date_and_the_newest_by_number(self):
        self.used()
        chosen = lambda *words: [row["kind"] for row in json.loads(self.events("list", "--json", *words).stdout)["events"]]
        everything = chosen()
        user = self.sql("SELECT id FROM user")[0][0]
        self.assertEqual(chosen("--kind", "sign_out"), ["sign_out"])
        self.assertEqual(sorted(chosen("--user", user)), ["sign_in.failed", "sign_out", "user.created"])
        self.assertEqual(chosen("--since", "2999-01-01"), [])
        self.assertEqual(chosen("--since", "2001-01-01"), everything)
        self.assertEqual(chosen("--last", "2"), everything[-2:])
        self.assertEqual(chosen("--last", "0"), everything)
        self.assertEqual([row["kind"] for row in self.exported("--user", user, "--kind", "sign_out")], ["sign_out"])

    def test_ERR_05_the_export_is_all_that_verifies_the_chain(self):
        """Links counted here, in another language, from the export and the secret alone."""
        self.used()
        self.used_again()
        rows = self.exported()
        self.assertGreater(len({row["segment"] for row in rows}), 1)
        before = {}
        for row in rows:
            made = link_of(before.get(row["segment"], bytes(32)), row)
            self.assertEqual(made.hex(), row["link"], row)
            before[row["segment"]] = made

    def used_again(self):
        with self.server():
            self.assertEqual(self.post("/sign-in/email", PERSON).status, 200)

    def test_ERR_05_verify_says_what_was_done_to_the_table_and_where(self):
        self.used()
        self.used_again()
        self.expect(self.verify(), FINE, out="whole")
        self.assertNotIn("nobody sees", self.verify().stdout)
        self.expect(self.events("verify"), FINE, out="Without a checkpoint of the log nobody sees that the newest rows were cut off.")
        report = json.loads(self.verify("--json").stdout)
        count = self.sql("SELECT count(*) FROM auditEvent")[0][0]
        self.assertEqual((report["ok"], report["rows"], report["segments"], report["findings"]), (True, count, 2, []))
        self.assertGreaterEqual(report["checkpoints"], 2)
        first, second = (row[0] for row in self.sql("SELECT DISTINCT segment FROM auditEvent ORDER BY 1"))
        ends = dict(self.sql("SELECT segment, max(sequence) FROM auditEvent GROUP BY segment"))
        kept = self.sql("SELECT * FROM auditEvent")
        table = [
            ("a row is altered", f"UPDATE auditEvent SET userId='' WHERE segment='{first}' AND sequence=1", [f"row.altered {first}:1"]),
            ("a row is removed", f"DELETE FROM auditEvent WHERE segment='{first}' AND sequence=1", [f"row.missing {first}:1"]),
            ("a segment loses its last row", f"DELETE FROM auditEvent WHERE segment='{first}' AND sequence={ends[first]}",
             [f"segment.cut_off {first}:{ends[first]}", f"checkpoint.missing {first}:{ends[first]}"]),
            ("the newest row is cut off", f"DELETE FROM auditEvent WHERE segment='{second}' AND sequence={ends[second]}",
             [f"checkpoint.missing {second}:{ends[second]}"]),
            ("a segment is removed", f"DELETE FROM auditEvent WHERE segment='{first}'",
             [f"segment.missing {first}", f"checkpoint.missing {first}:{ends[first]}"]),
            ("a cell has another form", f"UPDATE auditEvent SET at='now' WHERE segment='{first}' AND sequence=1", [f"row.unreadable {first}:1"]),
            ("everything is removed", "DELETE FROM auditEvent",
             [f"checkpoint.missing {first}:{ends[first]}", f"checkpoint.missing {second}:{ends[second]}"]),
        ]
        for name, change, wanted in table:
            with self.subTest(name):
                self.sql(change)
                done = self.verify("--json")
                self.assertEqual(done.returncode, NOT_FINE)
                self.assertLessEqual(set(wanted), set(self.findings(done)))
                self.assertTrue(all(found in wanted or found.startswith("checkpoint.missing") for found in self.findings(done)), done.stdout)
                fault, where = wanted[0].split()
                self.expect(self.verify(), NOT_FINE, out=f"{fault} at {where}: ")
                self.sql("DELETE FROM auditEvent")
                for row in kept:
                    self.sql(f"INSERT INTO auditEvent VALUES ({','.join('?' * len(row))})", *row)
        self.expect(self.verify(), FINE)

    def test_rows_that_cannot_be_read_do_not_hide_the_others(self):
        self.used()
        self.sql("UPDATE auditEvent SET at='now', kind='\x1b[2Jx' WHERE kind='sign_in.failed'")
        done = self.events("list")
        self.expect(done, NOT_FINE, out="sign_out", err="cannot be read; see countersign events verify")
        self.sql("UPDATE auditEvent SET at='2026-01-01T00:00:00.000Z' WHERE kind LIKE '%x'")
        done = self.events("list")
        self.expect(done, FINE, out="?[2Jx")
        self.assertNotIn("\x1b", done.stdout + self.events("export").stdout + self.events("list", "--json").stdout)

    def test_ERR_05_checkpoints_are_given_as_a_line_a_file_or_standard_input(self):
        self.used()
        log = pathlib.Path(self.folder.name, "server.log").read_text()
        line = next(one for one in log.splitlines() if "countersign-checkpoint." in one)
        self.expect(self.events("verify", "--checkpoint", line), FINE, out="1 checkpoints: whole")
        piped = subprocess.run([BINARY, "events", "verify", "--config", "c.toml", "--checkpoint", "-"], cwd=self.folder.name, env=self.clean(),
                               input=log, capture_output=True, text=True, timeout=60)
        self.expect(piped, FINE, out="whole")
        forged = json.loads(line)["checkpoint"]
        forged = forged[:-1] + ("0" if forged[-1] != "0" else "1")
        self.expect(self.events("verify", "--checkpoint", forged), NOT_FINE, out="checkpoint.forged at ")
        self.expect(self.events("verify", "--checkpoint", "c.toml"), NOT_CHECKED, err="there is no checkpoint in c.toml")
        self.expect(self.events("verify", "--checkpoint", "nothing"), NOT_CHECKED, err="nothing is neither a checkpoint nor a file")

    def test_ERR_05_another_secret_verifies_nothing_and_a_listed_one_does(self):
        self.used()
        self.file(CONFIG.replace(SECRET, SECRET[::-1]))
        done = self.verify()
        self.expect(done, NOT_FINE, out="segment.unknown at ")
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        self.file(CONFIG + f'secrets = "1:{SECRET[::-1]}"\n')
        self.expect(self.verify(), FINE, out="whole")

    def test_KEY_06_KEY_08_keys_that_are_made_and_retired_are_events(self):
        self.used()
        made = json.loads(self.run_it("keys", "rotate", "--json", "--config", "c.toml").stdout)["kid"]
        self.expect(self.run_it("keys", "retire", made, "--config", "c.toml"), FINE)
        rows = [(row["kind"], row["detail"]) for row in self.exported() if row["kind"].startswith("key.")]
        self.assertEqual(rows, [("key.made", f"kid={made} alg=EdDSA"), ("key.retired", f"kid={made} alg=EdDSA")])
        self.expect(self.verify(), FINE)

    def test_keys_go_on_where_there_are_no_events(self):
        with self.server(CONFIG + "events.enabled = false\n"):
            pass
        self.expect(self.run_it("keys", "rotate", "--config", "c.toml"), FINE)
        self.file(CONFIG)
        self.expect(self.run_it("keys", "rotate", "--at-once", "--config", "c.toml"), FINE)
        self.expect(self.events("list"), NOT_CHECKED, err="has a server with events.enabled run?")

    def test_TOOL_06_what_relaxes_the_configuration_is_an_event_of_every_start(self):
        relaxed = CONFIG + "allow = ['replay']\nplugins.bearer.requireSignature = false\n"
        for _ in range(2):
            with self.server(relaxed):
                pass
        details = [row["detail"] for row in self.exported("--kind", "configuration.relaxed")]
        self.assertEqual(details, ["allow replay", "unsigned bearer tokens in native"] * 2)

    def old_segment(self, age, after, events):
        """A closed segment of a server that ran `age` days ago, written here."""
        opened = int(time.time() * 1000) - age * DAY
        segment = f"{opened:012x}beef"
        before, last = bytes(32), None
        for sequence in range(events + 1):
            row = dict.fromkeys(TEXTS, "") | {"segment": segment, "sequence": sequence, "at": iso(opened + sequence)}
            row |= {"kind": "events.opened", "detail": after} if sequence == 0 else {"kind": "sign_in.ok", "user": f"u{age}"}
            before = link_of(before, row)
            self.sql("INSERT INTO auditEvent VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", f"{segment}{sequence:016x}", segment, sequence, row["at"],
                     *(row[name] for name in TEXTS), before.hex())
            last = f"{segment}:{sequence}:{before.hex()}"
        return "after=" + last

    def test_retention_takes_whole_closed_segments_that_are_old(self):
        with self.server():
            pass
        after = self.old_segment(102, "first", 3)
        after = self.old_segment(101, after, 2)
        after = self.old_segment(91, after, 2)
        self.old_segment(1, after, 2)
        self.assertEqual(self.findings(self.events("verify", "--json")), [])
        users = lambda: {row["user"] for row in self.exported("--kind", "sign_in.ok")}
        self.assertEqual(users(), {"u102", "u101", "u91", "u1"})
        with self.server():
            deadline = time.monotonic() + 60
            while users() & {"u102", "u101"} and time.monotonic() < deadline:
                pass
        self.assertEqual(users(), {"u91", "u1"}, "the one of 91 days was closed a day ago")
        self.assertEqual(len(self.exported("--kind", "events.removed")), 2)
        self.expect(self.verify(), FINE, out="whole")
        self.sql("DELETE FROM auditEvent WHERE userId='u91' OR detail LIKE 'after=%' AND segment=(SELECT min(segment) FROM auditEvent)")
        self.assertEqual([found.split()[0] for found in self.findings(self.events("verify", "--json"))], ["segment.missing"])

    def test_wrong_calls_are_2_and_a_missing_database_is_3_and_makes_no_file(self):
        self.file(CONFIG)
        self.expect(self.events("list"), NOT_CHECKED, err="there is no database")
        self.assertEqual([path.name for path in pathlib.Path(self.folder.name).iterdir()], ["c.toml"])
        for words, meant in [(["list", "--kind", "sign_in.fail"], "did you mean sign_in.failed"), (["list", "--since", "yesterday"], "write 2026-11-25"),
                             (["export", "--since", "2026-13-01"], "is no date"), (["list", "--last", "-1"], ""), (["lst"], "did you mean list?"), ([], "--help")]:
            with self.subTest(words):
                done = self.run_it("events", *words)
                self.expect(done, WRONG_CALL, err=meant)
                self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    unittest.main()
