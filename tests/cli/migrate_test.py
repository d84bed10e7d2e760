"""`countersign migrate`: what it says, what it changes, and how it leaves. COUNTERSIGN_BIN names it."""
import contextlib
import json
import pathlib
import sqlite3
import subprocess
import unittest

from command import BINARY, FINE, NOT_CHECKED, NOT_FINE, SECRET, WRONG_CALL, CommandCase

TO_DO = 4
CONFIG = f'mode = "development"\nsecret = "{SECRET}"\nmanagement.listen = "off"\nhttp.listen = "127.0.0.1:0"\n'
ROW = "insert into user values ('u', 'N', 'n@x.co', 1, null, '2026-11-24T12:00:00.000Z', '2026-11-24T12:00:00.000Z')"


class Migrate(CommandCase):
    def setUp(self):
        super().setUp()
        self.file(CONFIG)

    def migrate(self, *words):
        return self.run_it("migrate", "--config", "c.toml", *words)

    def read(self, *words):
        done = self.migrate("--json", *words)
        return done.returncode, json.loads(done.stdout)

    def sql(self, text):
        with contextlib.closing(sqlite3.connect(self.path())) as database:
            database.executescript(text)

    def path(self):
        return str(pathlib.Path(self.folder.name, "countersign.db"))

    def files(self):
        return sorted(one.name for one in pathlib.Path(self.folder.name).iterdir())

    def test_looking_makes_no_file_and_says_that_there_is_something_to_do(self):
        for words in ((), ("--plan",), ("--dry-run",)):
            self.expect(self.migrate(*words), TO_DO, out='create table "user"')
        self.assertEqual(self.files(), ["c.toml"])

    def test_applying_needs_no_secret_and_leaves_nothing_to_do(self):
        self.file(CONFIG.replace("secret", "# secret"))
        self.expect(self.migrate("--apply"), FINE, out="Done: the database has all")
        self.assertEqual(self.files(), ["c.toml", "countersign.db"])
        self.assertEqual(pathlib.Path(self.path()).stat().st_mode & 0o777, 0o600)
        for words in ((), ("--dry-run",), ("--apply",)):
            self.expect(self.migrate(*words), FINE, out="Nothing to do")

    def test_a_step_says_its_sql_its_table_its_rows_and_its_lock(self):
        self.migrate("--apply")
        self.sql(ROW + "; alter table user drop column image")
        code, found = self.read()
        self.assertEqual((code, found["state"], found["engine"], found["problems"]), (TO_DO, "incomplete", "sqlite", []))
        self.assertEqual(found["steps"], [{"what": "Add the column user.image.", "sql": 'alter table "user" add column "image" text', "table": "user", "rows": 1,
                                           "rowsAreEstimate": False, "lock": "the write lock of the file", "stops": "until COMMIT nobody else writes; reads go on",
                                           "inTransaction": True}])
        code, tried = self.read("--dry-run")
        self.assertEqual((code, tried["state"]), (TO_DO, "incomplete"))
        self.assertGreaterEqual(tried["steps"][0]["milliseconds"], 0)
        code, done = self.read("--apply")
        self.assertEqual((code, done["state"]), (FINE, "complete"))
        self.assertEqual(self.read(), (FINE, {"state": "complete", "engine": "sqlite", "steps": [], "problems": []}))

    def test_what_stands_in_the_way_is_said_whole_and_the_server_does_not_start(self):
        self.migrate("--apply")
        self.sql(ROW + "; alter table user drop column name; alter table user add column tenant text not null default 'x'; drop table session; "
                       "create view session as select 1 as one; insert into countersignMeta values ('schema.oldest', '2')")
        for words in ((), ("--dry-run",), ("--apply",)):
            done = self.migrate(*words)
            self.expect(done, NOT_FINE, out="Refused: 3 things stand in the way, and nothing was changed.")
            for words_of_it in ("belongs to a newer countersign", "user.name is missing", '"session" is a view', "mend: run the newer program"):
                self.assertIn(words_of_it, done.stdout)
        code, found = self.read()
        self.assertEqual((code, found["state"], found["steps"]), (NOT_FINE, "refused", []))
        self.assertEqual([one["kind"] for one in found["problems"]], ["newer-database", "required-column", "no-table"])
        self.expect(self.run_it("serve", "--config", "c.toml"), NOT_FINE, err="countersign migrate says more; found: newer-database countersignMeta +2")

    def test_fields_of_the_configuration_are_wanted_too(self):
        self.migrate("--apply")
        self.file(CONFIG + 'user.additionalFields.plan = {type = "string", required = false}\nrateLimit.storage = "database"\n')
        code, found = self.read()
        self.assertEqual(code, TO_DO)
        self.assertEqual([step["sql"].split(" (")[0] for step in found["steps"]], ['alter table "user" add column "plan" text', 'create table "rateLimit"'])

    def test_beside_a_server_that_runs(self):
        server = subprocess.Popen([BINARY, "serve", "--config", "c.toml"], cwd=self.folder.name, env=self.clean(), stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        try:
            self.assertIn("ready", server.stdout.readline())
            self.expect(self.migrate(), FINE)
            self.sql("drop index session_userId_idx")
            self.expect(self.migrate("--apply"), FINE, out="create index")
            self.expect(self.migrate(), FINE)
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()
        self.assertEqual(server.returncode, 0)

    def test_wrong_calls_and_databases_that_cannot_be_asked(self):
        for words, code, said in ((("--plan", "--apply"), WRONG_CALL, "excludes"), (("--aply",), WRONG_CALL, "did you mean --apply"),
                                  (("--dry-run", "--apply"), WRONG_CALL, "excludes")):
            self.expect(self.migrate(*words), code, err=said)
        self.expect(self.run_it("migrate", "--config", "none.toml"), WRONG_CALL, err="cannot be opened")
        self.file(CONFIG + "emailAndPasword.enabled = true\n")
        self.expect(self.migrate(), WRONG_CALL, err="emailAndPasword")
        self.file(CONFIG + 'storage.url = "sqlite::memory:"\n')
        self.expect(self.migrate(), WRONG_CALL, err="in memory")
        self.file(CONFIG + 'storage.url = "postgres://nobody:hunter2@/nowhere?host=/nowhere"\n')
        done = self.migrate()
        self.expect(done, NOT_CHECKED, err="a server at this socket")
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        self.file(CONFIG)
        self.file("this is no database, and longer than the sixteen bytes that one begins with", "countersign.db")
        for words in ((), ("--dry-run",), ("--apply",)):
            self.expect(self.migrate(*words), NOT_CHECKED, err="not a database")


unittest.main()
