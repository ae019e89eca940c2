"""Measures the function, judges it by its goals, and writes the table of docs/PERFORMANCE.md.

    python3 -m benches.function BOOTSTRAP FLOOR PYTHON [--write PAGE] [--rounds 40]
    python3 -m benches.function BOOTSTRAP FLOOR PYTHON --instructions-only [--new-baseline]
    python3 -m benches.function BOOTSTRAP FLOOR PYTHON --fleet-only [--write PAGE]

The second form counts instructions alone and compares them with those that are kept. The third measures rounds of many targets alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benches.function import fleet, measure, money
from benches.function.subject import Subject
from local.page import insert

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BASELINE = HERE / "instructions.json"
DRIFT_MAX = 0.02
"""Counts repeat within a few parts in a thousand: a port's digits, the time in a header."""
DELAY_SECONDS = 0.05
ROUND_SECONDS_MAX = 20
RECONNECT_CYCLES, MEMORY_CYCLES = 20, 10_000
CALLS_MAX = {"GetQueueAttributes": 1, "GetItem": 1, "UpdateItem": 1, "GET": 1, "PATCH": 1}
MEBIBYTE_KIB = 1024


class Verdicts:
    """The goals, and whether each is met."""

    def __init__(self) -> None:
        self.rows = ["| goal | bound | measured | |", "|---|--:|--:|---|"]
        self.broken: list[str] = []

    def judge(self, goal: str, bound: str, measured: str, holds: bool) -> None:
        """Adds one."""
        self.rows.append(f"| {goal} | {bound} | {measured} | {'met' if holds else '**not met**'} |")
        if not holds:
            self.broken.append(f"{goal}: {measured}, not {bound}")

    def at_most(self, goal: str, bound: float, measured: float, unit: str = "") -> None:
        """Adds one that is met up to its bound."""
        self.judge(goal, f"{bound:g}{unit}", f"{measured:.2f}{unit}", measured <= bound)


def subjects(options: argparse.Namespace) -> list[Subject]:
    """DynoScaler, the floor, and Python."""
    python = options.python / "function.py"
    return [
        Subject("DynoScaler", (str(options.bootstrap),), options.bootstrap),
        Subject("does nothing", (str(options.floor),), options.floor),
        Subject("Python", (sys.executable, str(python)), options.python),
    ]


def step(what: str) -> None:
    """Shows progress."""
    print(f"    {what}", file=sys.stderr, flush=True)


def counted(some: list[Subject]) -> dict[str, dict[str, int]]:
    """The instructions of each."""
    step("instructions, under callgrind")
    counts = {subject.name: measure.instructions(subject) for subject in some}
    counts[some[0].name]["warm cycle, `rate`"] = measure.rate_instructions(some[0])
    return counts


def compared(counts: dict[str, int]) -> list[str]:
    """The instructions that have grown or shrunk since the baseline was stored."""
    kept = measure.baseline(BASELINE)
    changes = {phase: count / kept[phase] - 1 for phase, count in counts.items()}
    for phase, change in changes.items():
        print(f"    {phase}: {counts[phase]:,} instructions, {change:+.2%} against the baseline")
    return [f"{phase}: {change:+.2%}" for phase, change in changes.items() if abs(change) > DRIFT_MAX]


def side_by_side(starts: dict[str, measure.Start], counts: dict[str, dict[str, int]], some: list[Subject]) -> list[str]:
    """One column a function."""
    names = [subject.name for subject in some]
    floor = starts[names[1]]
    rows: dict[str, list[str]] = {
        "exec to the first request for an event": [f"{starts[n].init / floor.init:.2f}" for n in names],
        "first answer": [f"{starts[n].first / floor.first:.1f}" for n in names],
        "later answer": [f"{starts[n].warm / floor.warm:.1f}" for n in names],
        "peak memory after the first, MiB": [f"{starts[n].memory_kib / MEBIBYTE_KIB:.1f}" for n in names],
    }
    for phase in counts[names[0]]:
        found = [counts[n].get(phase) for n in names]
        rows[f"instructions, {phase}"] = ["" if count is None else f"{count / 1e6:,.2f} M" for count in found]
    rows["zipped, MB"] = [f"{measure.zipped(subject.shipped) / 1e6:.2f}" for subject in some]
    head = ["| the fastest start; times as multiples of the function that does nothing | " + " | ".join(names) + " |", "|---|--:|--:|--:|"]
    return head + [f"| {row} | " + " | ".join(cells) + " |" for row, cells in rows.items()]


def judged(ours: Subject, starts: dict[str, measure.Start], counts: dict[str, dict[str, int]]) -> Verdicts:
    """Every goal."""
    verdicts = Verdicts()
    mine, floor = starts[ours.name], starts["does nothing"]
    verdicts.at_most("start, against the floor", 1.5, mine.init / floor.init, "×")
    verdicts.at_most("memory, above the floor", 5, (mine.memory_kib - floor.memory_kib) / MEBIBYTE_KIB, " MiB")
    ratio = counts[ours.name]["first cycle"] / counts["does nothing"]["first cycle"]
    verdicts.at_most("instructions of the first cycle, against the floor's first answer", 25, ratio, "×")
    step(f"round trips of {DELAY_SECONDS * 1000:.0f} ms")
    for trip, bound in zip(measure.trips(ours, DELAY_SECONDS), (1, 2, 3), strict=True):
        text = ", ".join(f"{count} {name}" for name, count in sorted(trip.calls.items()))
        verdicts.judge(
            f"a cycle that {trip.kind}",
            f"{bound} D",
            f"{trip.round_trips:.2f} D: {text}",
            trip.round_trips < bound + 0.5 and all(n <= CALLS_MAX.get(name, 0) for name, n in trip.calls.items()),
        )
    step("connections")
    again = measure.reused(ours, RECONNECT_CYCLES)
    verdicts.judge(f"connections that {RECONNECT_CYCLES} later cycles make", "0", str(again), again == 0)
    survived, made = measure.reconnects(ours, RECONNECT_CYCLES)
    verdicts.judge("cycles that survive when all idle connections were closed", f"{survived}",
                   f"{survived}, {made} connections", made <= 3 * survived)
    verdicts.at_most("zip", 3, measure.zipped(ours.shipped) / 1e6, " MB")
    step(f"{MEMORY_CYCLES:,} cycles")
    verdicts.at_most(f"peak memory in {MEMORY_CYCLES:,} cycles", 64, measure.peak_after(ours, MEMORY_CYCLES) / MEBIBYTE_KIB, " MiB")
    return verdicts


def fleets(ours: Subject, page: Path | None) -> list[str]:
    """Measures and writes rounds of many targets; returns the goals that are not met."""
    measured = []
    for targets in fleet.SIZES:
        step(f"rounds of {targets:,} targets")
        measured.append(fleet.rounds(ours, targets))
    verdicts, most = Verdicts(), measured[-1]
    size = most.smallest(ROUND_SECONDS_MAX)
    verdicts.judge(f"memory size with which a round of {most.targets:,} targets takes at most {ROUND_SECONDS_MAX} s", "128 MB",
                   f"{size} MB, {most.seconds_at(size):.1f} s" if size else "none", size == fleet.MEMORY_SIZES_MB[0])
    verdicts.at_most("calls of Heroku, DynamoDB and SQS for each target of a round that writes", 3.2,
                     sum(most.calls.values()) / most.targets)
    text = "\n".join([*verdicts.rows, "", *fleet.table(measured), "", *money.fleets(ours, measured)])
    print(text)
    if page:
        insert(page, "fleet", text)
    return verdicts.broken


def main() -> int:
    """Measures, prints, and checks the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("bootstrap", "floor", "python"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--rounds", type=int, default=40, help="starts of each function")
    parser.add_argument("--write", type=Path, help="the page to write the tables into")
    parser.add_argument("--instructions-only", action="store_true", help="count instructions and compare")
    parser.add_argument("--fleet-only", action="store_true", help="measure rounds of many targets")
    parser.add_argument("--new-baseline", action="store_true", help="keep the counts instead of comparing")
    options = parser.parse_args()
    some = subjects(options)
    if options.fleet_only:
        return 1 if fleets(some[0], options.write) else 0
    counts = counted(some[:1] if options.instructions_only else some)
    mine = counts[some[0].name]
    if options.new_baseline:
        BASELINE.write_text(json.dumps(mine, indent=2) + "\n")
    drifted = compared(mine)
    if options.instructions_only:
        return 1 if drifted else 0

    step(f"{options.rounds} starts of each")
    starts = measure.starts(some, options.rounds)
    verdicts = judged(some[0], starts, counts)
    bill = money.bill(some[0])
    verdicts.at_most("a month of one target", 10, bill.cents, " cents")
    number, doubled = measure.crates(ROOT / "Cargo.toml")
    floor_number, _ = measure.crates(ROOT / "benches/floor/Cargo.toml")
    crates = (f"{number} crates are compiled for it, {floor_number} for the floor;"
              f" in two versions: {', '.join(doubled) or 'none'}.")
    parts = ["`make bench` wrote this.", *verdicts.rows, "", *side_by_side(starts, counts, some), "", crates, "",
             *bill.rows]
    text = "\n".join(parts).replace("this.\n|", "this.\n\n|")
    print(text)
    if options.write:
        insert(options.write, "measured", text)
    broken = verdicts.broken + fleets(some[0], options.write)
    print("\n".join(f"NOT MET: {goal}" for goal in broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
