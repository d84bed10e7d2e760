"""House rules that no compiler knows: include arrows, one place for SQL, Asio and crypto libraries where they belong,
sizes, bare durations, secrets. Exit 1 if a rule is broken."""
import pathlib
import re
import subprocess
import sys

LEVEL = {"base": 0, "crypto": 1, "jose": 2, "policy": 2, "http": 2, "storage": 2, "capi": 3, "events": 3, "identity": 3, "session": 3, "token": 3,
         "access": 3, "guard": 3, "oauth": 4, "social": 4, "plugins": 4, "app": 5, "cli": 6}
SAME_LEVEL = {("session", "identity"), ("token", "identity"), ("token", "session"), ("guard", "session"), ("guard", "identity"), ("guard", "events"), ("token", "events")}
ONLY_JOSE = {"base", "crypto", "jose", "capi"}    # what libcountersign.so is made of; src/capi/fetch is another library
NO_HTTP = {"events", "identity", "session", "token", "access"}
INCLUDE = re.compile(r'^\s*#include\s+[<"]([^>"]+)[>"]')
SQL = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|ALTER TABLE)\b', re.I)
DURATION = re.compile(r"(?<![\w.])\d+(ms|us|s|min|h)\b(?!\")")
SECRET = re.compile(r"BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY")
problems: list[str] = []


def check_includes(folder: str, path: pathlib.Path, number: int, target: str) -> None:
    where = f"{path}:{number}"
    if re.match(r"boost/(asio|beast)", target) and folder != "http":
        problems.append(f"{where}: Asio and Beast belong to http/")
    if re.match(r"(openssl/|sodium)", target) and folder != "crypto" and not path.name.startswith("tls"):
        problems.append(f"{where}: OpenSSL and libsodium belong to crypto/")
    other = target.split("/")[0]
    if other not in LEVEL or other == folder:
        if folder == "plugins" and other == "plugins" and target.count("/") == 2 and target.split("/")[1] != path.parts[2]:
            problems.append(f"{where}: a plugin includes another one")
        return
    if folder == "capi" and other not in ONLY_JOSE and path.parts[2] != "fetch":
        problems.append(f"{where}: the C library is made of {', '.join(sorted(ONLY_JOSE))}")
    if folder in NO_HTTP and other == "http":
        problems.append(f"{where}: {folder} never sees HTTP")
    if LEVEL[other] > LEVEL[folder] or (LEVEL[other] == LEVEL[folder] and (folder, other) not in SAME_LEVEL):
        problems.append(f"{where}: {folder} (L{LEVEL[folder]}) may not include {other} (L{LEVEL[other]})")


def check_file(path: pathlib.Path) -> None:
    folder = path.parts[1]
    lines = path.read_text().split("\n")
    if len(lines) > 600:
        problems.append(f"{path}: {len(lines)} lines, over 600")
    began = None
    for number, line in enumerate(lines, 1):
        if found := INCLUDE.match(line):
            check_includes(folder, path, number, found.group(1))
        if SQL.search(line) and folder not in {"storage", "rls"}:
            problems.append(f"{path}:{number}: SQL outside storage/")
        code = line.split("//")[0]
        if DURATION.search(code) and '"' not in code and "constexpr" not in code:
            problems.append(f"{path}:{number}: a bare duration: name it")
        if SECRET.search(line):
            problems.append(f"{path}:{number}: a private key")
        if path.suffix == ".cpp" and re.match(r"^[A-Za-z].*\{$", line) and not line.startswith(("namespace", "struct", "class", "enum", "constexpr")):
            began = number
        elif line == "}" and began is not None:
            if number - began > 60:
                problems.append(f"{path}:{began}: a function of {number - began} lines, over 60")
            began = None


def check_fuzzed(headers: list[str]) -> None:
    """A reader of untrusted bytes has a fuzz target that calls it."""
    targets = "".join(path.read_text() for path in pathlib.Path("fuzz").glob("*.cpp"))
    for header in headers:
        for reader in set(re.findall(r"\b(parse_\w+)\(", pathlib.Path(header).read_text())):
            if reader not in targets:
                problems.append(f"{header}: {reader} has no fuzz target")


def check_bug_classes(listed: pathlib.Path) -> None:
    """Every test and row that the list of fault classes names is there."""
    text = "".join(path.read_text() for path in pathlib.Path("tests").glob("*/**/*.cpp") if "node_modules" not in path.parts)
    tests = {f"{suite}.{name}" for suite, name in re.findall(r"TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", text)}
    for number, line in enumerate(listed.read_text().split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        named = line.split(": ", 1)[1]
        for test in re.findall(r"\b[A-Z]\w+\.\w+", re.sub(r'"[^"]*"', "", named)):
            if test not in tests:
                problems.append(f"{listed}:{number}: there is no test {test}")
        for row in re.findall(r'"([^"]*)"', named):
            if f'"{row}"' not in text:
                problems.append(f"{listed}:{number}: no table has a row \"{row}\"")


files = subprocess.run(["git", "ls-files", "src/*.cpp", "src/*.hpp"], capture_output=True, text=True, check=True).stdout.split()
for name in files:
    check_file(pathlib.Path(name))
check_bug_classes(pathlib.Path("tests/bug_classes.txt"))
check_fuzzed([name for name in files if name.endswith(".hpp")])
print("\n".join(problems) or f"check: {len(files)} files keep the house rules")
sys.exit(1 if problems else 0)
