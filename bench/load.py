"""What is done to a server: load from wrk, newcomers while it is busy, connections that only wait."""
import json
import pathlib
import resource
import selectors
import socket
import statistics
import subprocess
import time

from targets import CLIENT_CORE, ROOT, Target

REFUSED = range(400, 500)


def wrk_command(
    target: Target,
    cookie: str,
    path: str,
    connections: int,
    seconds: int,
    body: str = "",
    cookies: pathlib.Path | None = None,
) -> list[str]:
    command = [
        "taskset",
        "-c",
        str(CLIENT_CORE),
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(ROOT / "bench/report.lua"),
    ]
    for header in target.headers(cookie) + (["Content-Type: application/json"] if body else []):
        command += ["-H", header]
    command += [f"http://127.0.0.1:{target.port}{path}", "--"]
    return command + (["GET", "", str(cookies)] if cookies else ["POST", body] if body else [])


def load(
    target: Target,
    cookie: str,
    path: str,
    seconds: int,
    expected: int = 200,
    body: str = "",
    connections: int = 32,
    cookies: pathlib.Path | None = None,
) -> dict:
    """One run: CPU time a request, requests a second, latencies. Another kind of answer than expected is an error. With
    `cookies`, a file of lines, each request has the next one."""
    before = target.cpu_us()
    output = subprocess.run(
        wrk_command(target, cookie, path, connections, seconds, body, cookies), capture_output=True, text=True, check=True
    ).stdout
    used = target.cpu_us() - before
    seen = json.loads(output.splitlines()[-1])
    wrong = seen["requests"] - seen["status"] if expected in REFUSED else seen["status"]
    if seen["requests"] == 0 or wrong > 0:
        raise RuntimeError(f"{target.name} {path}: {wrong} of {seen['requests']} answers are not {expected}")
    return {
        "cpu_us": used / seen["requests"],
        "rps": seen["requests"] / seen["us"] * 1e6,
        "p50_us": seen["p50"],
        "p99_us": seen["p99"],
        "broken": seen["broken"],
    }


def request_bytes(target: Target, cookie: str) -> bytes:
    return ("GET /api/auth/ok HTTP/1.1\r\n" + "\r\n".join(target.headers(cookie)) + "\r\n\r\n").encode()


def is_whole(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 200") and answer.endswith((b"}", b"0\r\n\r\n"))


def ask_all(target: Target, request: bytes, count: int) -> tuple[list[socket.socket], list[float]]:
    """Opens connections all at once, one request each; the sockets and the milliseconds to each answer."""
    began = time.perf_counter()
    poller, answers, waits, sockets = selectors.EpollSelector(), {}, [], []
    for _ in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", target.port))
        poller.register(client, selectors.EVENT_WRITE)
        sockets.append(client)
    while len(waits) < count:
        if time.perf_counter() - began > 30:
            raise RuntimeError(f"{target.name}: {count - len(waits)} newcomers get no answer")
        for key, event in poller.select(1):
            client = key.fileobj
            if event & selectors.EVENT_WRITE:
                client.send(request)
                answers[client] = b""
                poller.modify(client, selectors.EVENT_READ)
                continue
            part = client.recv(4096)
            answers[client] += part
            if not part:
                raise RuntimeError(f"{target.name}: a newcomer is refused: {answers[client][:60]!r}")
            if is_whole(answers[client]):
                waits.append((time.perf_counter() - began) * 1e3)
                poller.unregister(client)
    poller.close()
    return sockets, waits


def newcomers(target: Target, cookie: str, count: int) -> dict:
    """Milliseconds until newcomers have their answer while as many connections keep the server busy."""
    busy = subprocess.Popen(wrk_command(target, cookie, "/api/auth/ok", count, 2), stdout=subprocess.DEVNULL)
    time.sleep(0.8)  # for the busy ones to be connected
    sockets, waits = ask_all(target, request_bytes(target, cookie), count)
    for client in sockets:
        client.close()
    busy.wait()
    return {"first_ms": waits[0], "median_ms": statistics.median(waits), "last_ms": waits[-1]}


def open_idle(target: Target, cookie: str, wanted: int) -> list[socket.socket]:
    """Keep-alive connections that had one request and now wait."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sockets, request = [], request_bytes(target, cookie)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard - 200)
    while len(sockets) < most:
        sockets += ask_all(target, request, min(100, most - len(sockets)))[0]
    return sockets
