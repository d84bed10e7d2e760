"""ENU-02, ENU-04, by the clock: whether the time of an answer tells who has an account. enumeration.py [--bin PATH]

Each question is asked alternately of addresses that have an account and of strangers of the same length, over one connection,
in random order. A difference counts if chance does not explain it (Mann and Whitney's U, over 4.5 standard deviations) and it
could be used (over 1 part in 50 of the time, and over 30 us). The same measurement has to see a difference that is there: that
of a password which is too long for any hash."""
import argparse
import http.client
import json
import math
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SECRET = "vR7kQ2mXw9LsT4bNz8HcJ5yPd3GfEa6U"
PEOPLE = 20
MOST_DEVIATIONS, LEAST_SHARE, LEAST_US = 4.5, 1 / 50, 30
PROFILES = ("native", "better-auth")


def known(number: int) -> str:
    return f"known.person{number:02}@example.test"


def stranger(number: int) -> str:
    return f"other.person{number:02}@example.test"


def sign_in(email: str) -> tuple[str, dict, int]:
    return "/sign-in/email", {"email": email, "password": "not the password"}, 401


def reset(email: str) -> tuple[str, dict, int]:
    return "/request-password-reset", {"email": email, "redirectTo": "/new"}, 200


def verification(email: str) -> tuple[str, dict, int]:
    return "/send-verification-email", {"email": email, "callbackURL": "/"}, 200


QUESTIONS = [("sign-in", sign_in, 300), ("reset request", reset, 3000), ("verification request", verification, 3000)]


class Server:
    def __init__(self, binary: str, profile: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = {
            "profile": profile, "mode": "development", "secret": SECRET, "rateLimit": {"enabled": False}, "failureLimit": {"enabled": False},
            "emailAndPassword": {"enabled": True, "sendResetPassword": True}, "emailVerification": {"sendVerificationEmail": True},
            "mail": {"transport": "capture"}, "http": {"listen": f"127.0.0.1:{self.port}"}, "management": {"listen": "off"},
            "storage": {"url": f"sqlite:{self.folder.name}/test.db"},
        }
        path = pathlib.Path(self.folder.name, "config.json")
        path.write_text(json.dumps(config))
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("COUNTERSIGN_", "BETTER_AUTH_", "AUTH_SECRET", "DATABASE_URL"))}
        self.process = subprocess.Popen([binary, "serve", "--config", str(path)], cwd=self.folder.name, env=clean, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if "ready" not in self.process.stdout.readline():
            raise RuntimeError("the server does not start")
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, path: str, body: dict, expected: int) -> float:
        """Microseconds to the answer."""
        text, headers = json.dumps(body), {"content-type": "application/json", "origin": f"http://localhost:{self.port}", "host": f"localhost:{self.port}"}
        began = time.perf_counter()
        self.connection.request("POST", "/api/auth" + path, text, headers)
        answer = self.connection.getresponse()
        answer.read()
        took = (time.perf_counter() - began) * 1e6
        if answer.status != expected:
            raise RuntimeError(f"{path} is answered {answer.status} and not {expected}")
        return took

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()
        self.folder.cleanup()


def deviations(left: list[float], right: list[float]) -> float:
    """Of U from what chance would make of it."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    ranks = sum(place for place, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(left), len(right)
    u = ranks - n * (n + 1) / 2
    return abs(u - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def differs(server: Server, rounds: int, ask_left, ask_right) -> tuple[bool, str]:
    left, right = [], []
    for number in range(rounds):
        sides = [(left, ask_left), (right, ask_right)]
        random.shuffle(sides)
        for times, ask in sides:
            times.append(server.ask(*ask(number % PEOPLE)))
    z, medians = deviations(left, right), (statistics.median(left), statistics.median(right))
    gap = abs(medians[0] - medians[1])
    told = z > MOST_DEVIATIONS and gap > LEAST_US and gap > LEAST_SHARE * max(medians)
    return told, f"{medians[0]:,.0f} and {medians[1]:,.0f} us, {z:.1f} deviations"


def measure(binary: str, profile: str) -> list[str]:
    server, wrong = Server(binary, profile), []
    try:
        for number in range(PEOPLE):
            server.ask("/sign-up/email", {"name": "Known Person", "email": known(number), "password": f"canary horse {number}"}, 200)
        for name, question, rounds in QUESTIONS:
            server.ask(*question(known(0)))
            told, figures = differs(server, rounds, lambda n, q=question: q(known(n)), lambda n, q=question: q(stranger(n)))
            print(f"   {profile}, {name}: {figures}", flush=True)
            if told:
                wrong.append(f"{profile}, {name}: {figures}: who has an account is told by the time (or the machine was busy: run it again)")
        careless = lambda n: ("/sign-in/email", {"email": known(n), "password": "x" * 200}, 400)
        told, figures = differs(server, 50, lambda n: sign_in(known(n)), careless)
        if not told:
            wrong.append(f"{profile}: a difference that is there was not seen ({figures}): this proves nothing")
    finally:
        server.stop()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", default="build/release/countersign")
    binary = os.path.abspath(parser.parse_args().bin)
    wrong = [problem for profile in PROFILES for problem in measure(binary, profile)]
    print("\n".join(wrong) or "enumeration: no time of an answer tells who has an account")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
