"""Both skeletons of tools/new, made in a copy of the tree, compile, keep the house rules, and fail the tests that they come
with where they should: new_selftest.py [BUILD], a build tree with test_attacks."""
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKELETONS = {("plugin", "half-moon"): ("HalfMoon", 2, 2), ("sign-in-method", "magic-word"): ("MagicWord", 2, 2)}


def run(command: list[str], **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, text=True, capture_output=True, **options)


def must(done: subprocess.CompletedProcess, what: str) -> str:
    if done.returncode != 0:
        sys.exit(f"{what}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def copy_of_tree(folder: pathlib.Path) -> pathlib.Path:
    copy = folder / "tree"
    for name in must(run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT), "git ls-files").splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


class Compiler:
    """As the build tree compiles, with the copy's headers in front."""

    def __init__(self, build: pathlib.Path, copy: pathlib.Path):
        self.build, self.copy = build, copy
        self.commands = {entry["file"]: entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}

    def object_of(self, source: str, like: str) -> str:
        target = str(self.copy / (source.replace("/", "_") + ".o"))
        words = shlex.split(self.commands[str(ROOT / like)])
        words[words.index("-o") + 1] = target
        words[words.index("-c") + 1] = str(self.copy / source)
        words = [word.replace(f"-I{ROOT}/", f"-I{self.copy}/") for word in words]
        for option in ("-MF", "-MT"):
            if option in words:
                at = words.index(option)
                del words[at:at + 2]
        must(run([word for word in words if word != "-MD"], cwd=self.build), f"compiling {source}")
        return target

    def link(self, objects: list[str]) -> str:
        commands = must(run(["ninja", "-C", str(self.build), "-t", "commands", "test_attacks"]), "ninja").splitlines()
        words = shlex.split(commands[-1])
        words = words[words.index(next(w for w in words if w.endswith(("clang++-19", "clang++", "g++")))):]
        end = words.index("&&") if "&&" in words else len(words)
        words = [w for w in words[:end] if "test_attacks.dir" not in w]
        program = str(self.copy / "made")
        at = words.index("-o")
        words[at + 1] = program
        must(run(words[:at] + objects + words[at:], cwd=self.build), "linking")
        return program


def main() -> int:
    build = (ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/release")).resolve()
    with tempfile.TemporaryDirectory(prefix="countersign-new-") as folder:
        copy = copy_of_tree(pathlib.Path(folder))
        must(run(["git", "init", "-q"], cwd=copy), "git init")
        for kind, name in SKELETONS:
            must(run([sys.executable, "tools/new", kind, name], cwd=copy), f"new {kind} {name}")
        must(run(["git", "add", "-A"], cwd=copy), "git add")
        must(run([sys.executable, "tools/check.py"], cwd=copy), "house rules")
        snakes = [name.replace("-", "_") for _, name in SKELETONS]
        made = [f"src/plugins/{s}/{s}.cpp" for s in snakes] + ["src/app/plugins.cpp"] + [f"tests/app/{s}_test.cpp" for s in snakes]
        must(run(["clang-format-19", "--dry-run", "-Werror", *made], cwd=copy), "format")
        compiler = Compiler(build, copy)
        program = compiler.link([compiler.object_of(source, "tests/app/bearer_test.cpp" if source.startswith("tests") else
                                                    "src/app/plugins.cpp" if "app" in source else "src/plugins/jwt/jwt.cpp") for source in made])
        for (kind, name), (suite, passes, fails) in SKELETONS.items():
            outcome = json.loads(must_report(program, suite, copy))
            failed = sum("failures" in test for group in outcome["testsuites"] for test in group["testsuite"])
            if (outcome["tests"] - failed, failed) != (passes, fails):
                sys.exit(f"{kind}: {outcome['tests'] - failed} passed and {failed} failed, expected {passes} and {fails}")
            if run([sys.executable, "tools/new", kind, name], cwd=copy).returncode == 0:
                sys.exit(f"new {kind} {name} wrote over what was there")
    for wrong in ([], ["plugin"], ["plugin", "Half_Moon"], ["plugin", "../x"], ["provider", "x"], ["plugin", "core"]):
        if run([sys.executable, str(ROOT / "tools/new"), *wrong]).returncode == 0:
            sys.exit(f"new {' '.join(wrong)} did not say no")
    print("both skeletons compile, keep the rules, and fail where they should")
    return 0


def must_report(program: str, suite: str, copy: pathlib.Path) -> str:
    report = copy / f"{suite}.json"
    run([program, f"--gtest_filter=*{suite}*", f"--gtest_output=json:{report}"], cwd=copy)
    return report.read_text()


if __name__ == "__main__":
    sys.exit(main())
