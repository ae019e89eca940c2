"""Every case that others met has a test or a reason, and the page of cases names no test that is not there."""

from __future__ import annotations

import re

from scripts.cases import PAGE, Case, Check, Results, beside, cases, covered, faults, marks, outcome, read_rust


def test_every_case_has_a_test_or_a_reason_and_every_mark_a_case() -> None:
    assert not faults(cases(), covered())


def test_the_page_lists_every_case_and_only_tests_that_bear_its_mark() -> None:
    rows = re.findall(r"^\| (\w+) \| [^|]* \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE)
    tests = covered()
    assert [name for name, _ in rows if name != "case"] == [case.name for chapter in cases().values() for case in chapter]
    for name, named in rows:
        for path, test in re.findall(r"`([^`]+)` `([^`]+)`", named):
            assert Check(path, test) in tests[name], f"{test} is no test of case {name}: `make cases` writes the page again"


RUST = """
    // CASE B1
    #[test]
    fn above() {}

    #[tokio::test(start_paused = true)]
    async fn within() {
        if true {
            // CASE B2, B3
        }
    }

    const TABLE: [u8; 1] = [
        1, // CASE B4
    ];
    #[test]
    fn of_the_table() {}

    fn rows() -> Vec<u8> {
        vec![
            // CASE B5
            1,
        ]
    }

    #[test]
    fn of_the_rows() {
        for row in rows() {}
    }
""".replace("CASE", "case")


def test_a_mark_belongs_to_the_test_that_it_begins_is_in_stands_above_or_gives_rows_to() -> None:
    named = [(name, test.name) for name, test in marks("tests/core/a.rs", RUST)]
    assert named == [("B1", "above"), ("B2", "within"), ("B3", "within"), ("B4", "of_the_table"), ("B5", "of_the_rows")]
    assert beside(["def test_here():  # a mark"], 0) == "test_here"
    assert not list(marks("a.rs", "// in this" + " case A1 is"))


def test_what_is_missing_or_unknown_is_a_fault() -> None:
    table = {"": [Case("A1", "", ""), Case("A2", "", "reason"), Case("A3", "", "reason")]}
    test = Check("tests/core/a.rs", "a")
    assert faults(table, {"A3": [test], "A9": [test]}) == [
        "case A1 has neither a test nor a reason",
        "case A3 has a test and a reason to have none",
        "case A9 of tests/core/a.rs is not in the table",
    ]


def test_a_test_of_the_same_name_elsewhere_counts_for_nothing() -> None:
    mine, unit = Check("tests/core/cycle.rs", "a_law"), Check("src/policy/step.rs", "a_law")
    said = """
     Running unittests src/lib.rs (target/debug/deps/dynoscaler-1)
test policy::step::tests::a_law ... ok
test cli::tests::a_law ... FAILED
     Running tests/core/main.rs (target/debug/deps/core-1)
test cycle::a_law ... FAILED
test rules::a_law ... ok
"""
    results = Results()
    read_rust(said, {mine, unit}, results)
    assert (results.of(mine), results.of(unit)) == ("failed", "passed")
    case = Case("A1", "", "")
    assert outcome(case, [mine, unit], results) == "failed"
    assert outcome(case, [Check("tests/core/gone.rs", "gone")], results) == "not found"
    assert outcome(Case("A1", "", "it is too early"), [], results) == "not covered: it is too early"
