"""The databases that a replay can stand on: a file of SQLite, or a PostgreSQL that is started for it and goes with it."""
import datetime
import json
import pathlib
import re
import sqlite3
import subprocess
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "tests/support/postgres.sh"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")


class SqliteFile:
    def __init__(self, folder: str):
        self.path = f"{folder}/replay.db"
        self.url = f"sqlite:{self.path}"

    def rows(self, table: str) -> list[dict]:
        with sqlite3.connect(self.path, timeout=10) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f'select * from "{table}"')]

    def write(self, sql: str, params: list) -> None:
        with sqlite3.connect(self.path, timeout=10) as database:
            database.execute(sql, params)

    def close(self) -> None:
        pass


class PostgresServer:
    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="countersign-pg-")
        self.process = subprocess.Popen(["sh", str(SCRIPT), self.folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.made = 0
        if self.process.stdout.readline().strip() != b"ready":
            raise RuntimeError("no PostgreSQL for the replay: apt-get install postgresql-15")

    def database(self) -> "PostgresDatabase":
        self.made += 1
        return PostgresDatabase(self, f"replay{self.made}")

    def psql(self, database: str, text: str) -> str:
        done = subprocess.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "owner", "-d", database, "-f", "-"],
                              input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def literal(value: object) -> str:
    if value is None:
        return "null"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


def as_recorded(value: object) -> object:
    """Recordings were made on SQLite: a boolean is 0 or 1, a time is text with milliseconds."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and TIME.match(value):
        at = datetime.datetime.fromisoformat(value)
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
    return value


class PostgresDatabase:
    def __init__(self, server: PostgresServer, name: str):
        self.server, self.name = server, name
        self.url = f"postgres://owner@/{name}?host={server.folder}"
        server.psql("postgres", f"create database {name}")

    def rows(self, table: str) -> list[dict]:
        lines = self.server.psql(self.name, f"set timezone = 'UTC'; select row_to_json(t) from \"{table}\" t;").splitlines()
        return [{name: as_recorded(value) for name, value in json.loads(line).items()} for line in lines]

    def write(self, sql: str, params: list) -> None:
        quoted = re.sub(r'(?<!")\b([a-z]+[A-Z]\w*)\b(?!")', r'"\1"', sql)
        values = iter(params)
        self.server.psql(self.name, re.sub(r"\?", lambda _: literal(next(values)), quoted) + ";")

    def close(self) -> None:
        self.server.psql("postgres", f"drop database {self.name} with (force)")
