"""A flood of sign-ins, and somebody who asks for a session meanwhile."""
import gc
import json
import selectors
import socket
import statistics
import time

from targets import USER, Target


def bytes_of(target: Target, method: str, path: str, cookie: str, body: str = "") -> bytes:
    lines = [line for line in target.headers(cookie) if cookie or not line.startswith("Cookie:")]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return (f"{method} {path} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n" + body).encode()


def sign_in_bytes(target: Target) -> bytes:
    body = json.dumps({"email": USER["email"], "password": USER["password"]})
    return bytes_of(target, "POST", "/api/auth/sign-in/email", "", body)


def is_whole(answer: bytes) -> bool:
    """An answer of HTTP/1.1 with a length or in chunks."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lower = head.lower()
    if b"\r\ncontent-length:" in lower:
        return len(body) >= int(lower.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
    return body.endswith(b"0\r\n\r\n")


class Connection:
    """A keep-alive connection with one question at a time."""

    def __init__(self, target: Target, poller: selectors.BaseSelector, sign_in: bool) -> None:
        self.target, self.sign_in, self.due, self.answer = target, sign_in, 0.0, b""
        self.socket = socket.create_connection(("127.0.0.1", target.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        poller.register(self.socket, selectors.EVENT_READ, self)

    def ask(self, request: bytes, due: float) -> None:
        self.due, self.answer = due, b""
        self.socket.sendall(request)

    def take(self) -> bool:
        """Whether what has come completes the answer."""
        part = self.socket.recv(65536)
        self.answer += part
        if part and not is_whole(self.answer):
            return False
        if not self.answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{self.target.name}: {self.answer[:60]!r}")
        return True


class Flood:
    """One client on one core that never sleeps: a wait is as exact as the clock."""

    def __init__(self, target: Target) -> None:
        self.target, self.poller = target, selectors.EpollSelector()
        self.sign_in, self.session = sign_in_bytes(target), bytes_of(target, "GET", "/api/auth/get-session", target.cookie)
        self.free: list[Connection] = []
        self.waits: list[float] = []
        self.tally: list[float] = []
        self.peak = 0

    def take_answers(self, end: float) -> int:
        """How many probes were answered."""
        answered = 0
        for key, _ in self.poller.select(0):
            connection = key.data
            if not connection.take():
                continue
            now = time.perf_counter()
            if connection.sign_in:
                self.tally.append(now)
                if now < end:
                    connection.ask(self.sign_in, now)
                continue
            self.waits.append((now - connection.due) * 1e6)
            self.free.append(connection)
            answered += 1
        return answered

    def run(self, seconds: float, connections: int, each_second: int) -> None:
        """Probes are due at moments of their own, whether or not answers come; a wait counts from then."""
        self.free = [Connection(self.target, self.poller, False) for _ in range(min(each_second, 64))]
        floods = [Connection(self.target, self.poller, True) for _ in range(connections)]
        begin = time.perf_counter()
        end, sent, answered, looked = begin + seconds, 0, 0, begin
        for connection in floods:
            connection.ask(self.sign_in, begin)
        while (now := time.perf_counter()) < end or answered < sent or len(self.tally) < connections:
            answered += self.take_answers(end)
            if now < end and each_second and now >= begin + sent / each_second:
                connection = self.free.pop() if self.free else Connection(self.target, self.poller, False)
                connection.ask(self.session, begin + sent / each_second)
                sent += 1
            if now - looked > 0.02:
                looked, self.peak = now, max(self.peak, self.target.anon_kib())

    def close(self) -> None:
        for key in list(self.poller.get_map().values()):
            key.fileobj.close()
        self.poller.close()


def flooded(target: Target, seconds: float, connections: int, each_second: int) -> Flood:
    flood_of = Flood(target)
    gc.disable()  # its pauses would be waits
    try:
        flood_of.run(seconds, connections, each_second)
    finally:
        gc.enable()
        flood_of.close()
    return flood_of


def flood(target: Target, seconds: float, connections: int, each_second: int) -> dict:
    """p50 and p99 of get-session, asked so often a second whether or not answers come, beside that many connections which sign
    in without a pause; the greatest anonymous memory."""
    seen = flooded(target, seconds, connections, each_second)
    waits = sorted(seen.waits)
    found = {"p50_us": statistics.median(waits), "p99_us": waits[len(waits) * 99 // 100], "peak_mib": seen.peak / 1024}
    return found | ({"sign_ins": (len(seen.tally) - 1) / (seen.tally[-1] - seen.tally[0])} if connections else {})


def sign_ins(target: Target, seconds: float) -> dict:
    """Sign-ins a second over 16 connections and nothing else."""
    seen = flooded(target, seconds, 16, 0)
    return {"sign_ins": (len(seen.tally) - 1) / (seen.tally[-1] - seen.tally[0])}
