"""The servers that are measured, each one process on one core."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECRET = "bench-4f0c1d7e9a2b8356-Kq7Zt1Wm5Xp3"  # protects nothing: the data is thrown away
SERVER_CORE = 0
CLIENT_CORE = max(os.sched_getaffinity(0))  # the same one where there is only one
USER = {"name": "Ada Lovelace", "email": "ada@example.com", "password": "correct horse battery"}
NGINX = """daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; default_type application/json; return 200 '{{"ok":true}}'; }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned() -> None:
    os.sched_setaffinity(0, {SERVER_CORE})


class Target:
    """A server that can be started, asked for its CPU time and memory, and stopped."""

    def __init__(self, name: str, folder: pathlib.Path) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        self.process: subprocess.Popen | None = None
        self.cookie = ""
        folder.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> float:
        """Seconds from the start of the process to its first 200."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COUNTERSIGN_", "BETTER_AUTH_", "AUTH_"))}
        began = time.perf_counter()
        with open(self.folder / "stderr", "ab") as errors:
            self.process = subprocess.Popen(
                self.command(),
                env=kept | self.environment(),
                preexec_fn=pinned,
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        while self.status() != 200:
            if self.process.poll() is not None or time.perf_counter() - began > 30:
                raise RuntimeError(f"{self.name} does not start; see {self.folder}/stderr")
            time.sleep(0.0003)
        return time.perf_counter() - began

    def status(self) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/api/auth/ok")
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)

    def cpu_us(self) -> float:
        """User and system time of all threads so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6

    def anon_kib(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])

    def sign_up(self) -> None:
        """A user and a session; the cookie is what a browser would send from then on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.port}"}
        connection.request("POST", "/api/auth/sign-up/email", json.dumps(USER), headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{self.name}: sign-up is answered {answer.status}: {answer.read()!r}")
        self.cookie = "; ".join(line.split(";")[0] for line in answer.headers.get_all("Set-Cookie"))
        connection.close()

    def headers(self, cookie: str) -> list[str]:
        """What a browser sends, the same for every target."""
        origin = f"http://127.0.0.1:{self.port}"
        return [
            f"Host: 127.0.0.1:{self.port}",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Accept: */*",
            "Accept-Language: en-GB,en;q=0.7,de;q=0.3",
            "Accept-Encoding: gzip, deflate, br, zstd",
            f"Origin: {origin}",
            f"Referer: {origin}/account",
            "Sec-Fetch-Site: same-origin",
            "Sec-Fetch-Mode: cors",
            "Sec-Fetch-Dest: empty",
            "Cache-Control: no-cache",
            f"Cookie: {self.cookie or cookie}",
        ]


class Countersign(Target):
    def command(self) -> list[str]:
        return [str(pathlib.Path(os.environ["COUNTERSIGN_BIN"]).absolute()), "serve"]

    def environment(self) -> dict[str, str]:
        return {
            "COUNTERSIGN_HTTP__LISTEN": f"127.0.0.1:{self.port}",
            "COUNTERSIGN_MANAGEMENT__LISTEN": "off",
            "COUNTERSIGN_BASE_URL": f"http://127.0.0.1:{self.port}",
            "COUNTERSIGN_STORAGE__URL": "sqlite:./bench.db",
            "COUNTERSIGN_HTTP__LOOPS": "1",
            "COUNTERSIGN_SECRET": SECRET,
            "COUNTERSIGN_RATE_LIMIT__ENABLED": "false",
            "COUNTERSIGN_HTTP__LIMITS__CONNECTIONS_PER_CLIENT": "20000",
        }


class CountersignAsBetterAuth(Countersign):
    """The profile whose database, cookies and password hashes are Better Auth's."""

    plugins = {"jwt": {}, "bearer": {}}

    def environment(self) -> dict[str, str]:
        config = {
            "profile": "better-auth",
            "mode": "development",
            "emailAndPassword": {"enabled": True},
            "rateLimit": {"enabled": False},
            "plugins": self.plugins,
        }
        (self.folder / "config.json").write_text(json.dumps(config))
        return super().environment()

    def command(self) -> list[str]:
        return super().command() + ["--config", str(self.folder / "config.json")]


class CountersignPlain(CountersignAsBetterAuth):
    """Without JWT header: otherwise every other session costs one signature, and that is what would be measured."""

    plugins: dict[str, dict] = {}


class BetterAuth(Target):
    database = "bench.db"
    extra: list[str] = []

    def command(self) -> list[str]:
        return ["node", str(ROOT / "bench/better_auth.mjs"), str(self.port), self.database, *self.extra]

    def environment(self) -> dict[str, str]:
        return {"NODE_ENV": "production", "BETTER_AUTH_SECRET": SECRET}


class BetterAuthNoHeader(BetterAuth):
    extra = ["no-jwt-header"]


class BetterAuthPlain(BetterAuth):
    extra = ["no-plugins"]


class Hello(Target):
    def command(self) -> list[str]:
        return ["node", str(ROOT / "bench/hello.mjs"), str(self.port)]


class Nginx(Target):
    def command(self) -> list[str]:
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=self.port))
        return ["/usr/sbin/nginx", "-c", str(config)]


class Floor(Target):
    def command(self) -> list[str]:
        return [str(ROOT / "build/bench/floor"), str(self.port)]
