"""Two `countersign serve` on one PostgreSQL: what one was told the other knows with the next request, also while one is killed.
COUNTERSIGN_BIN names the command."""
import base64
import concurrent.futures
import hmac
import http.client
import json
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

from command import BINARY, FINE, NOT_FINE, SECRET, CommandCase

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
from replay_databases import PostgresServer  # noqa: E402

ORIGIN = "http://localhost:3900"
CONFIG = f"""mode = "development"
profile = "better-auth"
baseURL = "{ORIGIN}"
secret = "{SECRET}"
management.listen = "off"
rateLimit.enabled = false
emailAndPassword.enabled = true
user.deleteUser.enabled = true
"""
COOKIE = "better-auth.session_token"
ROUNDS = 1000


class Node:
    """One server with a folder of its own."""

    def __init__(self, case, name, url, settings=""):
        self.case, self.folder = case, pathlib.Path(case.folder.name, name)
        self.folder.mkdir(exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = case.file(CONFIG + f'http.listen = "127.0.0.1:{self.port}"\nstorage.url = "{url}"\n' + settings, name=f"{name}/c.toml")
        self.start()
        case.addCleanup(self.stop)

    def start(self):
        self.local, self.connections = threading.local(), []
        with open(self.folder / "server.log", "a") as log:
            self.process = subprocess.Popen([BINARY, "serve", "--config", "c.toml"], cwd=self.folder, env=self.case.clean(), stdout=subprocess.PIPE, stderr=log, text=True)

    def wait(self):
        self.case.assertIn("ready", self.process.stdout.readline(), (self.folder / "server.log").read_text())
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        self.process.stdout.close()
        for connection in self.connections:
            connection.close()

    def ask(self, method, path, body=None, cookie=None):
        """Each thread has a connection that stays. The status, the body as JSON, the cookie of a session."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connections.append(self.local.connection)
        headers = {"content-type": "application/json", "host": f"localhost:{self.port}", "origin": ORIGIN} | ({"cookie": cookie} if cookie else {})
        try:
            self.local.connection.request(method, "/api/auth" + path, None if body is None else json.dumps(body), headers)
            answer = self.local.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.local.connection.close()
            raise
        cookies = [one.split(";")[0] for one in answer.headers.get_all("set-cookie") or [] if one.startswith(COOKIE + "=")]
        return answer.status, json.loads(text), cookies[0] if cookies else None

    def user_of(self, cookie):
        status, body, _ = self.ask("GET", "/get-session", cookie=cookie)
        self.case.assertEqual(status, 200, body)
        return body and body["user"]["email"]


def person(name):
    return {"name": name, "email": f"{name}@example.test", "password": f"canary horse {name}"}


def cookie_of(token):
    signature = base64.b64encode(hmac.digest(SECRET.encode(), token.encode(), "sha256")).decode()
    return f"{COOKIE}={urllib.parse.quote(token + '.' + signature, safe='')}"


class Nodes(CommandCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = PostgresServer()
        cls.addClassCleanup(cls.postgres.close)

    def setUp(self):
        super().setUp()
        self.database = self.postgres.database()

    def sql(self, text):
        return self.postgres.psql(self.database.name, text).split()

    def nodes(self, settings="", names=("one", "other")):
        made = [Node(self, name, self.database.url, settings) for name in names]  # all at once
        return [node.wait() for node in made]

    def sign_up(self, node, name):
        status, body, cookie = node.ask("POST", "/sign-up/email", person(name))
        self.assertEqual(status, 200, body)
        return body["user"]["id"], cookie

    def sessions(self, user, number):
        """Rows as sign-ins would make them, without what these cost. Their cookies."""
        tokens = [secrets.token_hex(16) for _ in range(number)]
        values = ",".join(f"('{secrets.token_hex(16)}', now() + interval '1 day', '{token}', now(), now(), '{user}')" for token in tokens)
        self.sql(f'INSERT INTO session (id, "expiresAt", token, "createdAt", "updatedAt", "userId") VALUES {values};')
        return [cookie_of(token) for token in tokens]

    def events(self, node, *words):
        return subprocess.run([BINARY, "events", *words, "--config", "c.toml"], cwd=node.folder, env=self.clean(), capture_output=True, text=True, timeout=60)

    def test_start_at_once_on_an_empty_database(self):
        for _ in range(5):
            one, other, third = self.nodes(names=("one", "other", "third"))
            _, cookie = self.sign_up(one, "ada")
            self.assertEqual([node.user_of(cookie) for node in (one, other, third)], ["ada@example.test"] * 3)
            for node in (one, other, third):
                node.stop()
            self.expect(self.events(one, "verify"), FINE, out="whole")
            self.database = self.postgres.database()

    def test_SES_05_a_session_that_one_ended_the_other_refuses_with_the_next_request(self):
        one, other = self.nodes()
        user, _ = self.sign_up(one, "ada")
        stale = 0
        for number, cookie in enumerate(self.sessions(user, ROUNDS)):
            ends, asks = (one, other) if number % 2 else (other, one)
            self.assertEqual(asks.user_of(cookie), "ada@example.test")
            self.assertEqual(ends.ask("POST", "/sign-out", {}, cookie)[0], 200)
            stale += asks.user_of(cookie) is not None
        self.assertEqual(stale, 0, f"of {ROUNDS}")

    def test_SES_05_whatever_else_ends_sessions(self):
        one, other = self.nodes("failureLimit.enabled = false\n")
        deeds = [("/revoke-other-sessions", lambda who: {}, True), ("/revoke-sessions", lambda who: {}, False), ("/delete-user", lambda who: {"password": who["password"]}, False),
                 ("/change-password", lambda who: {"currentPassword": who["password"], "newPassword": "another canary horse", "revokeOtherSessions": True}, False)]
        for path, body, stays in deeds:
            for number in range(5):
                with self.subTest(path=path, number=number):
                    who = person(f"{path[1:]}{number}")
                    user, own = self.sign_up(one, who["name"])
                    cookies = self.sessions(user, 20)
                    self.assertEqual({other.user_of(cookie) for cookie in cookies + [own]}, {who["email"]})
                    status, answer, _ = one.ask("POST", path, body(who), own)
                    self.assertEqual(status, 200, answer)
                    self.assertEqual([other.user_of(cookie) for cookie in cookies], [None] * len(cookies))
                    self.assertEqual(other.user_of(own), who["email"] if stays else None)

    def test_ENU_06_wrong_passwords_count_together_and_a_restart_forgets_none(self):
        one, other = self.nodes()
        for number in range(5):
            node = (one, other)[number % 2]
            self.assertEqual(node.ask("POST", "/sign-in/email", {"email": f"n{number}@example.test", "password": "a wrong one"})[0], 401)
        one.stop()
        one.start()
        one.wait()
        for node in (one, other):
            self.assertEqual(node.ask("POST", "/sign-in/email", {"email": "n9@example.test", "password": "a wrong one"})[0], 429)

    def test_KEY_06_KEY_08_all_sign_with_one_key_and_publish_every_one(self):
        nodes = self.nodes('plugins.jwt.jwks.rotationInterval = 86400\n')
        one, other = nodes
        _, cookie = self.sign_up(one, "ada")

        def kid_of(node):
            status, body, _ = node.ask("GET", "/token", cookie=cookie)
            self.assertEqual(status, 200, body)
            head = body["token"].split(".")[0]
            return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]

        def published(node):
            return {key["kid"] for key in node.ask("GET", "/jwks")[1]["keys"]}

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            kids = set(pool.map(lambda number: kid_of(nodes[number % 2]), range(16)))
        self.assertEqual(len(kids), 1, "the first key, made while everybody asks for it")
        self.assertEqual(published(one), kids)
        for number in range(10):
            rotated = subprocess.run([BINARY, "keys", "rotate", "--at-once", "--json", "--config", "c.toml"], cwd=nodes[number % 2].folder, env=self.clean(),
                                     capture_output=True, text=True, timeout=60)
            self.assertEqual(rotated.returncode, FINE, rotated.stderr)
            made = json.loads(rotated.stdout)["kid"]
            signs, verifies = nodes if number % 3 else nodes[::-1]
            kid = kid_of(signs)
            self.assertIn(kid, published(verifies), "what verifies elsewhere finds the key at once")
            self.assertIn(made, published(verifies))
            self.assertEqual(kid_of(signs), kid_of(verifies))
        gone = kid_of(one)
        retired = subprocess.run([BINARY, "keys", "retire", gone, "--config", "c.toml"], cwd=one.folder, env=self.clean(), capture_output=True, text=True, timeout=60)
        self.assertEqual(retired.returncode, FINE, retired.stderr)
        self.assertNotIn(gone, published(one) | published(other))
        self.assertNotIn(gone, {kid_of(one), kid_of(other)}, "also where its private half was open a moment ago")

    def test_ERR_05_each_writes_a_chain_and_all_are_verified(self):
        one, other = nodes = self.nodes("failureLimit.enabled = false\nevents.checkpointInterval = 1\n")
        self.sign_up(one, "ada")
        wrong = {"email": "ada@example.test", "password": "a wrong one"}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: nodes[number % 2].ask("POST", "/sign-in/email", wrong), range(24)))
        for node in nodes:
            node.stop()
        logs = [word for node in nodes for word in ("--checkpoint", str(node.folder / "server.log"))]
        self.expect(self.events(one, "verify", *logs), FINE, out="rows in 2 segments")
        shown = [json.loads(line) for line in self.events(one, "export").stdout.splitlines()]
        self.assertEqual(len({row["segment"] for row in shown}), 2)
        ends = {row["segment"]: row for row in shown}
        for segment in ends:
            chain = [row for row in shown if row["segment"] == segment]
            self.assertGreater(len(chain), 5, "both have told of what they refused")
            self.assertEqual([row["sequence"] for row in chain], list(range(len(chain))))
        beside = next(row["segment"] for row in shown if row["detail"].startswith("beside="))
        first = next(segment for segment in ends if segment != beside)
        kept = self.sql('SELECT row_to_json(t) FROM "auditEvent" t;') and self.postgres.psql(self.database.name, 'SELECT row_to_json(t) FROM "auditEvent" t;')
        for segment in (first, beside):
            for name, change, fault in [
                ("altered", f"UPDATE \"auditEvent\" SET agent='x' WHERE segment='{segment}' AND sequence=2;", "row.altered"),
                ("removed", f"DELETE FROM \"auditEvent\" WHERE segment='{segment}' AND sequence=2;", "row.missing"),
                ("cut off", f"DELETE FROM \"auditEvent\" WHERE segment='{segment}' AND sequence>=3;", "checkpoint.missing"),
                ("moved", f"UPDATE \"auditEvent\" SET id='{beside if segment == first else first}00000000000fffff', segment='{beside if segment == first else first}', "
                          f"sequence=1048575 WHERE segment='{segment}' AND sequence=3;", "row.missing"),
            ]:
                with self.subTest(name, segment=segment):
                    self.sql(change)
                    self.expect(self.events(other, "verify", *logs), NOT_FINE, out=fault)
                    rows = json.dumps([json.loads(line) for line in kept.splitlines()]).replace("'", "''")
                    self.sql(f"DELETE FROM \"auditEvent\"; INSERT INTO \"auditEvent\" SELECT * FROM json_populate_recordset(null::\"auditEvent\", '{rows}');")
        self.expect(self.events(one, "verify", *logs), FINE, out="whole")

    def test_ERR_07_one_is_killed_under_load_and_the_other_goes_on(self):
        one, other = nodes = self.nodes("failureLimit.enabled = false\n")
        acknowledged, refused, lock = {}, [], threading.Lock()

        def sign_up_from(start):
            node = nodes[start % 2]
            for number in range(start, 160, 8):
                try:
                    status, body, cookie = node.ask("POST", "/sign-up/email", person(f"p{number}"))
                except (OSError, http.client.HTTPException):
                    if node is one:
                        return  # it was killed: what became of this one is not known
                    raise
                with lock:
                    acknowledged.setdefault(node, {})[number] = cookie
                    if status != 200:
                        refused.append((status, body))

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            running = [pool.submit(sign_up_from, start) for start in range(8)]
            while len(acknowledged.get(one, {})) < 12 and not refused and not all(each.done() for each in running):
                time.sleep(0.001)
            one.stop(signal.SIGKILL)
            for each in running:
                each.result(120)
        self.assertEqual(refused, [])
        self.assertEqual(len(acknowledged[other]), 80, "whoever asked the other was answered, each time")
        self.assertLess(len(acknowledged[one]), 80, "the other was killed in the middle")
        for told in acknowledged.values():
            for number, cookie in told.items():
                self.assertEqual(other.user_of(cookie), f"p{number}@example.test")
        halves = self.sql('SELECT count(*) FROM "user" u WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a."userId" = u.id) OR NOT EXISTS (SELECT 1 FROM session s WHERE s."userId" = u.id);')
        self.assertEqual(halves, ["0"])
        one.start()
        one.wait()
        number, cookie = next(iter(acknowledged[other].items()))
        self.assertEqual(one.user_of(cookie), f"p{number}@example.test")
        self.sign_up(one, "later")
        for node in nodes:
            node.stop()
        self.expect(self.events(other, "verify"), FINE, out="rows in 3 segments")


if __name__ == "__main__":
    unittest.main()
