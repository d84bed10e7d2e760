"""`countersign adopt` as it is called: which database, what is printed, how it leaves. COUNTERSIGN_BIN names the command."""
import json
import pathlib
import sqlite3
import unittest

from command import FINE, NOT_CHECKED, NOT_FINE, SECRET, WRONG_CALL, CommandCase

WHOLE = """
create table "user" ("id" text primary key, "name" text not null, "email" text not null unique, "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
create table "session" ("id" text primary key, "expiresAt" date not null, "token" text not null unique, "createdAt" date not null, "updatedAt" date not null, "ipAddress" text, "userAgent" text, "userId" text not null);
create table "account" ("id" text primary key, "accountId" text not null, "providerId" text not null, "userId" text not null, "accessToken" text, "refreshToken" text, "idToken" text, "accessTokenExpiresAt" date, "refreshTokenExpiresAt" date, "scope" text, "password" text, "createdAt" date not null, "updatedAt" date not null);
create table "verification" ("id" text primary key, "identifier" text not null, "value" text not null, "expiresAt" date not null, "createdAt" date not null, "updatedAt" date not null);
"""
KNOWN = {"BETTER_AUTH_SECRET": SECRET, "BETTER_AUTH_URL": "http://localhost:3000"}


class Adopt(CommandCase):
    def database(self, text=WHOLE, name="shop.db"):
        path = pathlib.Path(self.folder.name, name)
        with sqlite3.connect(path) as made:
            made.executescript(text)
        return path

    def adopt(self, *words, env=KNOWN):
        return self.run_it("adopt", *words, env=env)

    def test_the_database_is_a_path_or_a_URL_of_the_call_or_of_the_environment(self):
        path = self.database()
        self.database("create table other (id text)", "other.db")
        elsewhere = KNOWN | {"DATABASE_URL": "sqlite:other.db", "COUNTERSIGN_STORAGE__URL": "sqlite:other.db"}
        for words, env in [(["--database", "shop.db"], KNOWN), (["--database", f"sqlite:{path}"], KNOWN), (["--database", f"file:{path}"], KNOWN),
                           ([], KNOWN | {"DATABASE_URL": "sqlite:shop.db"}), (["--database", "shop.db"], elsewhere)]:
            with self.subTest(words=words, env=env):
                self.expect(self.adopt(*words, env=env), FINE, out="Are the tables of Better Auth there?")
        self.expect(self.adopt(env=elsewhere), NOT_FINE, out="there is no table user")

    def test_nothing_is_written_beside_the_database(self):
        path = self.database()
        before = path.read_bytes()
        self.expect(self.adopt("--database", "shop.db"), FINE)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual([one.name for one in pathlib.Path(self.folder.name).iterdir()], ["shop.db"])

    def test_calls_without_a_database_and_with_none_of_ours_are_2(self):
        self.expect(self.adopt(), WRONG_CALL, err="which database?")
        done = self.adopt("--database", "mysql://root:hunter2@localhost/shop")
        self.expect(done, WRONG_CALL, err="storage.url")
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_a_database_that_cannot_be_read_is_3_and_its_password_is_not_printed(self):
        pathlib.Path(self.folder.name, "text.db").write_text("no database at all, and longer than a header of one")
        self.expect(self.adopt("--database", "nowhere.db"), NOT_CHECKED, err="a database file")
        self.expect(self.adopt("--database", "text.db"), NOT_CHECKED, err="not a database")
        done = self.adopt("--database", f"postgres://root:hunter2@/shop?host={self.folder.name}")
        self.expect(done, NOT_CHECKED, err="a server at this socket")
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_what_is_not_given_is_3_and_what_fails_is_1(self):
        self.database()
        self.expect(self.adopt("--database", "shop.db", env={}), NOT_CHECKED, out="no secret is given")
        self.database(WHOLE + 'create table "passkey" ("id" text primary key);', "more.db")
        self.expect(self.adopt("--database", "more.db", env={}), NOT_FINE, out="WILL NOT WORK   the plugin passkey (0 rows in passkey) is not supported yet")

    def test_settings_that_are_printed_start_a_server_and_are_not_asked_for_again(self):
        self.database(WHOLE + 'alter table "user" add column "plan" text; create table "rateLimit" ("id" text primary key, "key" text not null, "count" integer not null, "lastRequest" bigint not null);')
        done = json.loads(self.adopt("--database", "shop.db", "--json").stdout)
        self.assertTrue(done["works"])
        self.assertIn("rateLimit.storage", [one["path"] for one in done["settings"]])
        self.file(done["toml"])
        self.assertEqual(self.run_it("config", "explain", "--config", "c.toml", env=KNOWN).returncode, FINE)
        self.assertEqual(json.loads(self.adopt("--database", "shop.db", "--config", "c.toml", "--json").stdout)["settings"], [])

    def test_ERR_04_names_of_somebody_else_are_printed_without_controls(self):
        self.database(WHOLE + 'alter table "user" add column "\x1b[31mred" text;')
        done = self.adopt("--database", "shop.db")
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("user.?[31mred (text) is left alone", done.stdout)
        self.assertNotIn("additionalFields", done.stdout)    # it could be no field
        self.assertNotIn("\x1b", self.adopt("--database", "shop.db", "--json").stdout)


if __name__ == "__main__":
    unittest.main()
