"""The cases that others met, and the tests that cover them: runs these tests and writes the page of their outcomes.

    python3 scripts/cases.py --write docs/results/cases.md

A case's name is beside its tests: `// case B5` or `# case A1`, on the line of the function, above it, within it or
in the table of its rows; several names between commas, and after a colon the reason. scripts/cases.txt describes each case.

Must not know: what the tests do.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_suffix(".txt")
PAGE = ROOT / "docs/results/cases.md"
FOLDERS = ("src", "tests", "local", "cli", "sim")
TEMPLATE_TESTS = "tests/template/"

MARK = re.compile(r"(?://|#) case ((?:[A-Z]\d+|\d+h)(?:, (?:[A-Z]\d+|\d+h))*)(?=:|\s*$)")
FUNCTION = re.compile(r"^\s*(?:pub(?:\([a-z]+\))? )?(?:async )?(?:fn|def) (\w+)")
PASSED, SKIPPED, MISSING, FAILED = OUTCOMES = ("passed", "skipped here", "not found", "failed")
"""From good to bad."""


@dataclass(frozen=True)
class Case:
    """One row of the table: its name, and the right behaviour."""

    name: str
    right: str
    reason: str
    """Why no test covers it, if none does."""


@dataclass(frozen=True, order=True)
class Check:
    """One test of the project."""

    path: str
    name: str


def worst(outcomes: list[str]) -> str:
    """The worst of some outcomes."""
    return max(outcomes, key=OUTCOMES.index)


@dataclass
class Results:
    """The outcomes of the tests that ran."""

    outcomes: dict[Check, str] = field(default_factory=dict)

    def note(self, test: Check, outcome: str) -> None:
        """A test with parameters runs several times, and passed if all of them did."""
        self.outcomes[test] = worst([outcome, self.outcomes.get(test, PASSED)])

    def of(self, test: Check) -> str:
        """The outcome of one."""
        return self.outcomes.get(test, MISSING)


def cases() -> dict[str, list[Case]]:
    """The cases of the table by their chapter."""
    chapters: dict[str, list[Case]] = {}
    for line in TABLE.read_text().splitlines():
        if line.startswith("## "):
            chapters[line.removeprefix("## ")] = []
        elif line and not line.startswith("#"):
            name, right, *reason = (part.strip() for part in line.split("|"))
            chapters[list(chapters)[-1]].append(Case(name, right, *(reason or [""])))
    return chapters


def marks(path: str, text: str) -> Iterator[tuple[str, Check]]:
    """The cases that a file's comments name, each with the test beside it."""
    lines = text.splitlines()
    for row, line in enumerate(lines):
        if found := MARK.search(line):
            test = Check(path, test_of(lines, beside(lines, row)))
            yield from ((name, test) for name in found[1].split(", "))


def test_of(lines: list[str], name: str) -> str:
    """The function, if it is a test; of one that gives tests their rows, the first of them."""
    starts = {row: found[1] for row, line in enumerate(lines) if (found := FUNCTION.match(line))}
    tests = {row: each for row, each in starts.items() if is_test(lines, row)}
    if name in tests.values():
        return name
    ends = dict(zip(starts, [*list(starts)[1:], len(lines)]))
    call = re.compile(rf"(?<![\w.]){name}\(")
    uses = (each for row, each in tests.items() if any(call.search(line) for line in lines[row + 1 : ends[row]]))
    return next(uses, name)


def is_test(lines: list[str], row: int) -> bool:
    """Whether a function is a test: Rust's have it among the attributes above them, Python's in their name."""
    above = takewhile(lambda line: line.lstrip().startswith(("#[", "//")), reversed(lines[:row]))
    return "def test_" in lines[row] or any(re.match(r"\s*#\[(\w+::)?test\b", line) for line in above)


def beside(lines: list[str], row: int) -> str:
    """The function that a line begins, is in, or is above."""
    if here := FUNCTION.match(lines[row]):
        return here[1]
    depth = indentation(lines[row])
    for line in reversed(lines[:row]):
        if line.strip() and indentation(line) < depth:
            depth = indentation(line)
            if around := FUNCTION.match(line):
                return around[1]
    below = (FUNCTION.match(line) for line in lines[row:])
    return next((match[1] for match in below if match), "?")


def indentation(line: str) -> int:
    """The spaces before a line's text."""
    return len(line) - len(line.lstrip())


def covered() -> dict[str, list[Check]]:
    """The tests of each case that a comment names."""
    tests: dict[str, set[Check]] = {}
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".rs", ".py"))
    for path in files:
        for name, test in marks(str(path.relative_to(ROOT)), path.read_text()):
            tests.setdefault(name, set()).add(test)
    return {name: sorted(found) for name, found in tests.items()}


def faults(chapters: dict[str, list[Case]], tests: dict[str, list[Check]]) -> list[str]:
    """The faults of the table and the comments."""
    known = [case for chapter in chapters.values() for case in chapter]
    names = [case.name for case in known]
    found = [f"case {name} is twice in the table" for name in set(names) if names.count(name) > 1]
    found += [f"case {case.name} has neither a test nor a reason" for case in known if not (tests.get(case.name) or case.reason)]
    found += [f"case {case.name} has a test and a reason to have none" for case in known if tests.get(case.name) and case.reason]
    found += [f"case {name} of {tests[name][0].path} is not in the table" for name in tests if name not in names]
    return sorted(found)


def run_rust(tests: set[Check], results: Results) -> None:
    """Runs the tests of Rust with these names, in whatever binary they are."""
    names = sorted({test.name for test in tests})
    command = ["cargo", "test", "--locked", "--workspace", "--no-fail-fast", "--", *names]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    read_rust(said, tests, results)
    if not results.outcomes:
        sys.exit(said)


def read_rust(said: str, tests: set[Check], results: Results) -> None:
    """The outcomes that cargo printed for these tests. A test names its module, which names its file beside the root of its binary."""
    folder = ""
    for line in said.splitlines():
        if found := re.match(r"\s+Running (?:unittests )?(\S+)/\w+\.rs ", line):
            folder = found[1]
        elif found := re.match(r"test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)", line):
            *modules, name = found[1].split("::")
            ran = (test for test in tests if test.name == name and is_in(test.path, [folder, *modules]))
            for test in ran:
                results.note(test, {"ok": PASSED, "FAILED": FAILED}.get(found[2], SKIPPED))


def is_in(path: str, modules: list[str]) -> bool:
    """Whether a path, in any member of the workspace, is the file of the last of these modules, or of the one before if the last is within it."""
    path = path.removeprefix("cli/").removeprefix("sim/")
    file = re.sub(r"(/(mod|main|lib))?\.rs$", "", path)
    return file in ("/".join(modules), "/".join(modules[:-1]))


def run_python(python: str, tests: set[Check], results: Results) -> None:
    """Runs these tests of Python."""
    if not tests:
        return
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        named = [f"{test.path}::{test.name}" for test in sorted(tests)]
        subprocess.run([python, "-m", "pytest", "-q", f"--junitxml={report}", *named], cwd=ROOT, check=False)
        for case in ElementTree.parse(report).iter("testcase"):
            test = Check(f"{case.get('classname', '').replace('.', '/')}.py", case.get("name", "").split("[")[0])
            outcomes = {"failure": FAILED, "error": FAILED, "skipped": SKIPPED}
            results.note(test, worst([PASSED, *(outcomes.get(part.tag, PASSED) for part in case)]))


def page(chapters: dict[str, list[Case]], tests: dict[str, list[Check]], results: Results) -> str:
    """The page."""
    text = (
        "# Cases that others met\n\n"
        "Reports about autoscalers, deployments, queues and logs of others, and faults that a new user, a careless one or an "
        "attacker found here: each has a test. `make cases` runs these tests and writes this page.\n"
    )
    for chapter, cases_of_it in chapters.items():
        text += f"\n## {chapter}\n\n| case | what is right | test | outcome |\n|---|---|---|---|\n"
        text += "".join(row(case, tests.get(case.name, []), results) for case in cases_of_it)
    return text


def row(case: Case, tests: list[Check], results: Results) -> str:
    """One case."""
    named = "<br>".join(f"`{test.path}` `{test.name}`" for test in tests)
    return f"| {case.name} | {case.right} | {named} | {outcome(case, tests, results)} |\n"


def outcome(case: Case, tests: list[Check], results: Results) -> str:
    """The outcome of a case: the worst of its tests."""
    return worst([results.of(test) for test in tests]) if tests else f"not covered: {case.reason or 'no test yet'}"


def main() -> None:
    """Runs the tests of all cases and writes the page."""
    parser = argparse.ArgumentParser(description="Runs the tests of all cases and writes the page of their outcomes.")
    parser.add_argument("--write", type=Path, default=PAGE, help="the page")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has what the end-to-end tests need")
    parser.add_argument("--sam-python", default=sys.executable, help="the interpreter that has what the template's tests need")
    arguments = parser.parse_args()
    chapters, tests = cases(), covered()
    all_tests = {test for found in tests.values() for test in found}
    results = Results()
    run_rust({test for test in all_tests if test.path.endswith(".rs")}, results)
    template = {test for test in all_tests if test.path.startswith(TEMPLATE_TESTS)}
    run_python(arguments.sam_python, template, results)
    run_python(arguments.python, {test for test in all_tests if test.path.endswith(".py")} - template, results)
    arguments.write.parent.mkdir(parents=True, exist_ok=True)
    arguments.write.write_text(page(chapters, tests, results))
    bad = [f"{test.path} {test.name}: {results.of(test)}" for test in sorted(all_tests) if results.of(test) != PASSED]
    if wrong := faults(chapters, tests) + bad:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
