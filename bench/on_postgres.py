"""get-session from PostgreSQL: ours and npm Better Auth on one database, whose server runs on the core of the load."""
import pathlib
import sys

from targets import ROOT, BetterAuthNoHeader, CountersignPlain

sys.path.insert(0, str(ROOT / "tools"))
from replay_databases import PostgresServer  # noqa: E402

CONNECTIONS = (32, 128)


class Ours(CountersignPlain):
    def __init__(self, name: str, folder: pathlib.Path, url: str) -> None:
        super().__init__(name, folder)
        self.url = url

    def environment(self) -> dict[str, str]:
        return super().environment() | {"COUNTERSIGN_STORAGE__URL": self.url}


class Theirs(BetterAuthNoHeader):
    def __init__(self, name: str, folder: pathlib.Path, url: str) -> None:
        super().__init__(name, folder)
        self.database = url


def session_cases(plan, folder: pathlib.Path, take_turns) -> dict[str, list[dict]]:
    """The session of one person, asked of both servers: `NAME, N connections` to samples."""
    server = PostgresServer()
    try:
        url = server.database().url
        ours, theirs = Ours("countersign", folder / "ours-postgres", url), Theirs("better-auth", folder / "theirs-postgres", url)
        try:
            for target in (ours, theirs):
                target.start()
            ours.sign_up()  # its cookie is theirs too
            cases = [
                (f"{t.name}, {count} connections", t, {"path": "/api/auth/get-session", "connections": count})
                for count in CONNECTIONS
                for t in (ours, theirs)
            ]
            return take_turns(plan, cases, ours.cookie)
        finally:
            for target in (ours, theirs):
                target.stop()
    finally:
        server.close()
