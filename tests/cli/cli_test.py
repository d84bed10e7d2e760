"""The command as scripts see it: exit codes, what goes to which stream, what is never printed. COUNTERSIGN_BIN names it."""
import json
import pathlib
import subprocess
import unittest

from command import BINARY, FINE, NOT_CHECKED, NOT_FINE, SECRET, WRONG_CALL, CommandCase


class Command(CommandCase):
    def test_wrong_calls_are_2_with_a_suggestion(self):
        for words, meant in [(["serv"], "did you mean serve?"), (["config", "explian"], "did you mean explain?"),
                             (["serve", "--confg", "x"], "did you mean --config?"), (["explain", "x", "--jsn"], "did you mean --json?"),
                             (["openapi", "--confi=x"], "did you mean --config?"), (["secret", "generat"], "did you mean generate?"),
                             ([], "--help"), (["secret"], "--help"), (["explain"], "--help"), (["serve", "extra"], "--help"),
                             (["serve", "--config"], "--help"), (["bananas"], "--help")]:
            with self.subTest(words=words):
                done = self.run_it(*words)
                self.expect(done, WRONG_CALL, err=meant)
                self.assertEqual(done.stdout, "")

    def test_help_of_every_command_is_fine_and_on_standard_output(self):
        for words in [[], ["serve"], ["config"], ["config", "explain"], ["explain"], ["secret"], ["secret", "generate"], ["openapi"], ["version"],
                      ["keys"], ["keys", "list"], ["keys", "rotate"], ["keys", "retire"],
                      ["events"], ["events", "list"], ["events", "verify"], ["events", "export"], ["adopt"]]:
            with self.subTest(words=words):
                done = self.run_it(*words, "--help")
                self.expect(done, FINE, out="Usage:")
                self.assertEqual(done.stderr, "")
        self.expect(self.run_it("--help"), FINE, out="Exit codes")

    def test_version(self):
        done = self.run_it("version")
        self.expect(done, FINE)
        self.assertRegex(done.stdout, r"^countersign \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_it("--version").stdout, done.stdout)

    def test_KEY_09_secrets_are_long_plain_and_never_twice_the_same(self):
        made = [self.run_it("secret", "generate").stdout for _ in range(3)]
        self.assertEqual(len(set(made)), 3)
        for text in made:
            self.assertRegex(text, r"^[A-Za-z0-9]{48}\n$")
            done = self.run_it("config", "explain", env={"COUNTERSIGN_SECRET": text.strip(), "COUNTERSIGN_BASE_URL": "https://a.example.com"})
            self.expect(done, FINE)

    def test_TOOL_06_serve_names_every_problem_and_ends_with_2(self):
        path = self.file("mode = 'production'\nbaseURL = 'http://a.example.com'\nsecret = 'short'\nbasURL = 'x'\nsession.expiresIn = 0\n")
        done = self.run_it("serve", "--config", path)
        self.expect(done, WRONG_CALL)
        self.assertEqual(done.stdout, "")
        for text in ["5 problem(s)", "basURL: no such key", "did you mean baseURL?", "baseURL: is plain http", "useSecureCookies",
                     "session.expiresIn", "secret: has fewer than 32 characters"]:
            self.assertIn(text, done.stderr)
        self.assertNotIn("short'", done.stderr)

    def test_TOOL_06_variables_that_name_no_key_end_serve_with_2(self):
        self.expect(self.run_it("serve", env={"COUNTERSIGN_BASEURL": "x"}), WRONG_CALL, err="did you mean COUNTERSIGN_BASE_URL?")

    def test_a_file_that_is_not_there_is_2(self):
        for words in [["serve"], ["config", "explain"], ["openapi"]]:
            self.expect(self.run_it(*words, "--config", "nothing.toml"), WRONG_CALL, err="nothing.toml")

    def test_a_readable_file_may_not_hold_a_secret_in_production(self):
        text = f"baseURL = 'https://a.example.com'\nsecret = '{SECRET}'\n"
        path = self.file(text, mode=0o644)
        self.expect(self.run_it("config", "explain", "--config", path), NOT_FINE, err="can be read by every user")
        pathlib.Path(path).chmod(0o640)
        self.expect(self.run_it("config", "explain", "--config", path), FINE)

    def test_DATABASE_URL_of_another_database_is_one_clear_problem_without_its_password(self):
        done = self.run_it("serve", env={"DATABASE_URL": "mysql://user:hunter2@db/app"})
        self.expect(done, WRONG_CALL, err="there are SQLite and PostgreSQL")
        self.assertIn("1 problem(s)", done.stderr)
        for words in [["config", "explain"], ["config", "explain", "--json"]]:
            done = self.run_it(*words, env={"DATABASE_URL": "mysql://user:hunter2@db/app"})
            self.expect(done, NOT_FINE)
            self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_SEC_a_database_that_is_not_there_stops_the_start_without_its_password(self):
        env = {"DATABASE_URL": "postgres://user:hunter2@127.0.0.1:1/app"}
        done = self.run_it("serve", env=env)
        self.expect(done, NOT_FINE, err="a server that listens at the host and port of storage.url")
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        done = self.run_it("config", "explain", env=env)
        self.assertIn("storage.url = postgres://user@127.0.0.1:1/app", done.stdout)
        self.assertNotIn("hunter2", done.stdout + done.stderr)

    def explained(self, path, env=None):
        done = self.run_it("config", "explain", "--config", path, "--json", env=env)
        found = json.loads(done.stdout)
        return {row["key"]: row for row in found["values"]}, found["problems"], done

    def test_config_explain_says_value_source_and_purpose_of_every_key(self):
        path = self.file("trustedOrigins = ['https://file.example.com']\n[session]\nexpiresIn = 60\n")
        rows, problems, done = self.explained(path, {"COUNTERSIGN_SESSION__EXPIRES_IN": "90", "BETTER_AUTH_URL": "http://localhost:3000"})
        self.expect(done, FINE)
        self.assertEqual(problems, [])
        self.assertEqual(rows["session.expiresIn"]["value"], "90")
        self.assertEqual(rows["session.expiresIn"]["source"], "environment COUNTERSIGN_SESSION__EXPIRES_IN")
        self.assertEqual(rows["session.expiresIn"]["replaced"], f"file {path}")
        self.assertEqual(rows["baseURL"]["source"], "environment BETTER_AUTH_URL")
        self.assertEqual(rows["trustedOrigins"]["source"], f"file {path}")
        self.assertEqual(rows["mode"]["value"], "development")
        self.assertEqual(rows["mode"]["source"], "default")
        self.assertEqual(rows["plugins.jwt.jwt.expirationTime"]["value"], "300s")
        self.assertNotIn("mail", rows)
        for key, row in rows.items():
            self.assertTrue(row["meaning"], key)
            self.assertTrue(row["environment"].startswith("COUNTERSIGN_"), key)
        for key in ["secret", "baseURL", "trustedOrigins", "cors.origins", "session.expiresIn", "http.hosts", "mode", "allow"]:
            self.assertTrue(rows[key]["secures"], key)
        text = self.run_it("config", "explain", "--config", path).stdout
        for key in rows:
            self.assertIn(f"\n{key} = ", text)
        self.assertIn("A COUNTERSIGN_ variable counts before the file", text)
        self.assertNotIn("\x1b", text)

    def test_config_explain_never_prints_a_secret_and_makes_none(self):
        path = self.file(f"secret = '{SECRET}'\n[[secrets]]\nversion = 1\nvalue = '{SECRET[::-1]}'\n")
        for more in [[], ["--json"]]:
            done = self.run_it("config", "explain", "--config", path, *more)
            self.expect(done, FINE)
            self.assertNotIn(SECRET, done.stdout + done.stderr)
            self.assertNotIn(SECRET[::-1], done.stdout + done.stderr)
            self.assertIn("(set)", done.stdout)
        self.expect(self.run_it("config", "explain"), FINE)
        self.assertEqual([f.name for f in pathlib.Path(self.folder.name).iterdir()], ["c.toml"])

    def test_a_syntax_error_has_its_place_and_not_the_text(self):
        for name, text, place in [("c.json", '{\n"secret": "hunter2hunter2"\n"a": 1}', "line 3, column 1"),
                                  ("c.toml", "\nsecret = hunter2hunter2\n", "line 2, column")]:
            done = self.run_it("serve", "--config", self.file(text, name))
            self.expect(done, WRONG_CALL, err=place)
            self.assertNotIn("hunter2", done.stderr)

    def test_explain_knows_labels(self):
        self.expect(self.run_it("explain", "session.expired"), FINE, out="401")
        done = self.run_it("explain", "session.expired", "--json")
        self.expect(done, FINE)
        self.assertEqual(json.loads(done.stdout)["status"], 401)
        self.expect(self.run_it("explain", "session.expird"), NOT_FINE, err="did you mean session.expired?")
        self.expect(self.run_it("explain", "00c0ffee00c0ffee"), NOT_CHECKED, err="--data")

    def keys(self, *words):
        return self.run_it("keys", *words, "--config", "c.toml")

    def served(self, config):
        """A database that a server has made."""
        self.file(config)
        server = subprocess.Popen([BINARY, "serve", "--config", "c.toml"], cwd=self.folder.name, env=self.clean(), stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True)
        self.assertIn("ready", server.stdout.readline())
        server.terminate()
        server.wait(30)
        server.stdout.close()

    CONFIG = f"""mode = "development"
secret = "{SECRET}"
management.listen = "off"
http.listen = "127.0.0.1:0"
[plugins.jwt.jwks]
keyPairConfig.alg = "ES256"
rotationInterval = 864000
"""

    def test_KEY_06_KEY_08_keys_are_listed_rotated_and_retired(self):
        self.served(self.CONFIG)
        done = self.keys("list")
        self.expect(done, FINE, out="There is no key yet")
        made = self.keys("rotate", "--json")
        self.expect(made, FINE)
        first = json.loads(made.stdout)
        self.assertEqual((first["alg"], first["made"]), ("ES256", True))
        states = lambda: {k["kid"]: k["state"] for k in json.loads(self.keys("list", "--json").stdout)["keys"]}
        self.assertEqual(states(), {first["kid"]: "signing"})
        second = json.loads(self.keys("rotate", "--json").stdout)
        self.assertEqual(states(), {first["kid"]: "signing", second["kid"]: "published"})
        again = self.keys("rotate")
        self.expect(again, FINE, out=f"A key was waiting already: {second['kid']} (ES256) is published and signs from {second['signs_from']}")
        third = json.loads(self.keys("rotate", "--at-once", "--json").stdout)
        self.assertEqual(states()[third["kid"]], "signing")
        self.assertEqual(states()[first["kid"]], "retiring")
        table = self.keys("list").stdout.splitlines()
        self.assertRegex(table[0], r"^KID +ALG +STATE +CREATED +SIGNS UNTIL +SHOWN UNTIL$")
        self.assertEqual(len(table), 1 + len(states()))
        self.expect(self.keys("retire", first["kid"]), FINE, out=f"Key {first['kid']} (ES256) is out of the key set")
        self.assertNotIn(first["kid"], states())
        self.expect(self.keys("retire", first["kid"]), NOT_FINE, err=f"there is no key {first['kid']}; see countersign keys list")

    def test_keys_of_a_database_that_is_not_there_are_3_and_no_file_is_made(self):
        self.file(self.CONFIG)
        self.expect(self.keys("list"), NOT_CHECKED, err="there is no database")
        self.assertEqual([path.name for path in pathlib.Path(self.folder.name).iterdir()], ["c.toml"])

    def test_KEY_10_a_rotation_with_another_secret_is_1_and_makes_nothing(self):
        self.served(self.CONFIG)
        self.expect(self.keys("rotate"), FINE)
        self.file(self.CONFIG.replace(SECRET, SECRET[::-1]))
        done = self.keys("rotate")
        self.expect(done, NOT_FINE, err="sealed the signing key")
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        self.assertEqual(len(json.loads(self.keys("list", "--json").stdout)["keys"]), 1)

    def test_keys_with_a_wrong_configuration_are_2(self):
        self.file(self.CONFIG.replace("ES256", "HS256"))
        self.expect(self.keys("list"), WRONG_CALL, err="HS256 is no algorithm for signing keys")

    def test_openapi_is_a_document_of_this_configuration(self):
        whole = json.loads(self.run_it("openapi").stdout)
        self.assertTrue(whole["openapi"].startswith("3.1"))
        self.assertIn("/api/auth/sign-in/email", whole["paths"])
        cut = json.loads(self.run_it("openapi", env={"COUNTERSIGN_DISABLED_PATHS": "/sign-in/email"}).stdout)
        self.assertNotIn("/api/auth/sign-in/email", cut["paths"])
        self.assertIn("/api/auth/sign-out", cut["paths"])


if __name__ == "__main__":
    unittest.main()
