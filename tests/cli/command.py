"""What the tests of the command share. COUNTERSIGN_BIN names it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

BINARY = os.environ["COUNTERSIGN_BIN"]
SECRET = "vR7kQ2mXw9LsT4bNz8HcJ5yPd3GfEa6U"
FINE, NOT_FINE, WRONG_CALL, NOT_CHECKED = 0, 1, 2, 3


class CommandCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    @staticmethod
    def clean():
        return {k: v for k, v in os.environ.items() if not k.startswith(("COUNTERSIGN_", "BETTER_AUTH_", "AUTH_SECRET", "DATABASE_URL"))}

    def run_it(self, *words, env=None):
        return subprocess.run([BINARY, *words], cwd=self.folder.name, env=self.clean() | (env or {}), capture_output=True, text=True, timeout=60)

    def file(self, text, name="c.toml", mode=0o600):
        path = pathlib.Path(self.folder.name, name)
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def expect(self, done, code, out=None, err=None):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        if out is not None:
            self.assertIn(out, done.stdout)
        if err is not None:
            self.assertIn(err, done.stderr)
