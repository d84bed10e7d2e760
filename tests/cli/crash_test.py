"""`countersign serve`, killed at random while people sign up and started again each time: whoever was told that the account
is there finds it, and no row is half of one. 2,000 sign-ups, 10,000 where COUNTERSIGN_LONG is set. COUNTERSIGN_BIN names it."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import socket
import sqlite3
import subprocess
import threading
import time

from command import BINARY, SECRET, CommandCase

SIGN_UPS = 10_000 if os.environ.get("COUNTERSIGN_LONG") else 2_000
KILLS = SIGN_UPS // 100
CONNECTIONS = 8
SEED = random.randrange(2**32)
CONFIG = f"""mode = "development"
profile = "native"
secret = "{SECRET}"
management.listen = "off"
rateLimit.enabled = false
"""
# Everything that a sign-up writes, and what it would be without the rest.
HALVES = {
    "a user without account": 'SELECT count(*) FROM "user" u WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.userId = u.id AND a.password IS NOT NULL)',
    "a user without session": 'SELECT count(*) FROM "user" u WHERE NOT EXISTS (SELECT 1 FROM session s WHERE s.userId = u.id)',
    "an account without user": 'SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM "user" u WHERE u.id = a.userId)',
    "a session without user": 'SELECT count(*) FROM session s WHERE NOT EXISTS (SELECT 1 FROM "user" u WHERE u.id = s.userId)',
    "two accounts of one user": "SELECT count(*) - count(DISTINCT userId) FROM account",
}


def address_of(number):
    return f"person{number}@example.test"


class Crash(CommandCase):
    def setUp(self):
        super().setUp()
        self.up = threading.Event()
        self.lock = threading.Lock()
        self.acknowledged = {}  # number of a person to the cookie that came with the answer
        self.refused = []
        self.next = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.file(f'http.listen = "127.0.0.1:{self.port}"\n' + CONFIG)

    def start(self):
        log = open(pathlib.Path(self.folder.name, "server.log"), "a")
        with log:
            server = subprocess.Popen([BINARY, "serve", "--config", "c.toml"], cwd=self.folder.name, env=self.clean(), stdout=subprocess.PIPE, stderr=log, text=True)
        self.assertIn("ready", server.stdout.readline())
        server.stdout.close()
        return server

    def ask(self, connection, method, path, body=None, cookie=None):
        headers = {"content-type": "application/json", "host": f"localhost:{self.port}", "origin": f"http://localhost:{self.port}"}
        connection.request(method, "/api/auth" + path, body and json.dumps(body), headers | ({"cookie": cookie} if cookie else {}))
        answer = connection.getresponse()
        return answer, answer.read()

    def sign_up_until_done(self):
        """One connection of a client that goes on when the server is back. A number is asked for once: what became of an
        answer that was lost is not known, so the person is not counted."""
        connection = None
        while True:
            with self.lock:
                if len(self.acknowledged) >= SIGN_UPS or self.refused:
                    break
                number, self.next = self.next, self.next + 1
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                person = {"name": f"Person {number}", "email": address_of(number), "password": f"canary horse {number}"}
                answer, text = self.ask(connection, "POST", "/sign-up/email", person)
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = None
                self.up.wait(30)
                continue
            with self.lock:
                if answer.status == 200:
                    self.acknowledged[number] = answer.getheader("set-cookie").split(";")[0]
                else:
                    self.refused.append((answer.status, text))
        if connection:
            connection.close()

    def done(self):
        with self.lock:
            return len(self.acknowledged)

    def kill_at_random(self, dice):
        """At a random moment after a random number of acknowledged sign-ups more, KILLS times in all. The kills."""
        server, kills = self.start(), 0
        self.up.set()
        try:
            while kills < KILLS and self.done() < SIGN_UPS and not self.refused:
                until = self.done() + dice.randrange(2 * SIGN_UPS // KILLS)
                while self.done() < min(until, SIGN_UPS) and not self.refused and server.poll() is None:
                    time.sleep(dice.random() / 100)  # the moment, not a wait for something
                self.up.clear()
                self.assertIsNone(server.poll(), "it ended by itself")
                server.kill()
                server.wait(30)
                kills += 1
                server = self.start()
                self.up.set()
            for client in self.clients:
                client.join(300)
                self.assertFalse(client.is_alive())
        except BaseException:
            self.refused.append("the test failed")
            server.kill()
            raise
        finally:
            self.up.set()
        return server, kills

    def test_no_acknowledged_sign_up_is_lost_when_the_server_is_killed(self):
        self.clients = [threading.Thread(target=self.sign_up_until_done) for _ in range(CONNECTIONS)]
        for client in self.clients:
            client.start()
        server, kills = self.kill_at_random(random.Random(SEED))
        try:
            self.assertEqual(self.refused, [], f"seed {SEED}")
            self.assertGreater(kills, KILLS // 4, f"seed {SEED}")
            self.assertGreaterEqual(len(self.acknowledged), SIGN_UPS)
            sessions = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            for number, cookie in self.acknowledged.items():
                answer, text = self.ask(sessions, "GET", "/get-session", cookie=cookie)
                self.assertEqual((answer.status, json.loads(text) and json.loads(text)["user"]["email"]), (200, address_of(number)), f"seed {SEED}")
            sessions.close()
        finally:
            server.terminate()
            server.wait(30)
        self.assertEqual(server.returncode, 0)
        with contextlib.closing(sqlite3.connect(pathlib.Path(self.folder.name, "countersign.db"))) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
            for name, query in HALVES.items():
                self.assertEqual(database.execute(query).fetchall(), [(0,)], f"{name}, seed {SEED}")
            # Those whose answer was lost may be there, at most one for each connection and kill.
            users = database.execute('SELECT count(*) FROM "user"').fetchone()[0]
            self.assertLessEqual(users - len(self.acknowledged), kills * CONNECTIONS, f"seed {SEED}")


if __name__ == "__main__":
    import unittest

    unittest.main()
