"""The page of `dynoscaler report` in a browser: what it shows, what it answers to, and that it calls nothing."""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import Browser, found
from tests.e2e.test_command_line import COMMAND_LINE

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
EVERY = timedelta(seconds=30)
CYCLES = 3_000
"""More than a chart shows, in a little over a day."""

HOSTILE = "</script><script>window.owned = 1</script>"
HOSTILE_ERROR = '"><img src=x onerror="window.owned = 2"> <!-- & \' </data>'
DESKTOP, PHONE = (1200, 900), (390, 844)
CHARTS = 'document.querySelectorAll("[role=slider]")'


def records(app: str, most: int) -> Iterator[dict[str, Any]]:
    """A day with a busy noon, an outage of Heroku, and a change by hand."""
    dynos = 2
    for index in range(CYCLES):
        at = BEGIN + index * EVERY
        load = 1 + most * max(0.0, math.sin(math.pi * ((at.hour * 60 + at.minute) / 720 - 0.5)))
        needed = max(1, min(most, round(load)))
        required = dynos + (needed > dynos) - (needed < dynos) if index % 10 == 0 else dynos
        record: dict[str, Any] = {"tick": at.isoformat(), "timestamp": at.isoformat(), "request_id": f"{app}-{index}"}
        record |= {"app": app, "process": "worker", "queue": "jobs", "policy": "rate", "dry_run": False}
        messages = int(load * 40)
        record |= {"sqs_messages": messages, "in_flight": dynos, "delayed": 0, "active_dynos": dynos, "required_dynos": required}
        record |= {"backlog_per_instance": messages / dynos, "backlog_threshold": 50.0, "min_dynos": 1, "max_dynos": most}
        action = "scale-up" if required > dynos else "scale-down" if required < dynos else "none"
        reason = {"scale-up": "ScaleUp", "scale-down": "ScaleDown", "none": "AtTarget"}[action]
        record |= {"action": action, "reason": reason, "duration_ms": 90, "error": None}
        if 700 <= index < 720:
            record |= {"active_dynos": None, "required_dynos": None, "backlog_per_instance": None, "action": "none"}
            record |= {"reason": "FormationUnavailable", "error": HOSTILE_ERROR}
            required = dynos
        yield record
        dynos = min(most, required + 3) if index == 2_500 else required


@dataclass
class Page:
    """The page in a browser, and its numbers as the command prints them."""

    browser: Browser
    file: Path
    numbers: dict[str, Any]

    def open(self, size: tuple[int, int], scheme: str = "light") -> Browser:
        """The page from the beginning, in a window of this size."""
        self.browser.show(*size, scheme)
        self.browser.open(self.file)
        self.browser.show(*size, scheme)
        return self.browser

    def number(self, name: str) -> Any:
        """The number of this name; a list is entered by the number of its element."""
        at: Any = self.numbers
        for part in name.split("/"):
            at = at[int(part)] if isinstance(at, list) else at[part]
        return at


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of two targets."""
    program = found()
    if program is None:
        missing = "no Chromium on this machine: apt-get install chromium, or name one in CHROMIUM"
        (pytest.fail if os.environ.get("GITHUB_ACTIONS") else pytest.skip)(missing)
    folder = tmp_path_factory.mktemp("report")
    log, file = folder / "log.jsonl", folder / "report.html"
    lines = [json.dumps(record) for app, most in [("shop", 8), (HOSTILE, 5)] for record in records(app, most)]
    log.write_text("\n".join(lines))
    called = [COMMAND_LINE, "report", "--file", log, "--json", "-o", file]
    numbers = json.loads(subprocess.run(called, capture_output=True, text=True, check=True).stdout)
    with Browser(program, folder) as browser:
        yield Page(browser, file, numbers)


@pytest.fixture(autouse=True)
def quiet(page: Page) -> Iterator[None]:
    """Whatever a test does, the console stays empty, nothing is loaded, and no text of a record runs."""
    yield
    assert page.browser.faults == []
    assert [url for url in page.browser.requests if not url.startswith("data:")] == [page.file.as_uri()]
    assert page.browser.value("typeof window.owned") == "undefined"


def as_text(name: str, value: float) -> list[str]:
    """How a number may be shown, by its name."""
    field = name.rsplit("/", 1)[-1]
    if field in {"cost", "cost_at_max", "cost_at_peak", "saved"}:
        return [f"{'−' if value < 0 else ''}${abs(value):,.2f}"]
    if field.endswith("_share"):
        return [f"{value * 100:.2f} %"]
    if field.endswith("_secs") or field in {"longest_hours", "hours_unknown"}:
        seconds = value * (3600 if "hours" in field else 1)
        return [f"{seconds:.1f} s", f"{seconds:.0f} s", f"{seconds / 60:.1f} min", f"{seconds / 60:.0f} min", f"{seconds / 3600:,.1f} h"]
    return [f"{value:,.1f}"] if field in {"dyno_hours", "dynos_mean", "messages_per_dyno_minute"} else [f"{value:,.0f}"]


def test_every_number_on_the_page_is_the_number_of_the_json(page: Page) -> None:
    browser = page.open(DESKTOP)
    script = '[...document.querySelectorAll("data")].map((it) => [it.dataset.name, it.value, it.textContent])'
    shown: list[tuple[str, str, str]] = browser.value(script)
    for name, value, text in shown:
        expected = page.number(name)
        assert float(value) == pytest.approx(expected, abs=1e-6), name
        assert text in as_text(name, float(value)), name
    names = {name for name, _, _ in shown}
    fields = {"cost", "dyno_hours", "cost_at_max", "saved", "under_share"}
    assert {f"{at}/{field}" for at in ["total", "targets/0", "targets/1"] for field in fields} <= names
    assert {f"targets/0/{field}" for field in ["waits/median_secs", "waits/p99_secs", "failed", "days/1/cost"]} <= names


def test_the_numbers_are_those_of_the_records(page: Page) -> None:
    """Each cycle lasts 30 seconds; in 20 of them the dynos are unknown."""
    target = next(target for target in page.numbers["targets"] if target["target"] == "shop/worker")
    lines = list(records("shop", 8))
    after = [line["active_dynos"] if line["action"] == "none" else line["required_dynos"] for line in lines]
    known = [dynos for dynos in after if dynos is not None]
    assert target["hours_unknown"] == pytest.approx(20 / 120, abs=1e-6)
    assert target["dyno_hours"] == pytest.approx(sum(known) / 120, abs=1e-6)
    assert target["cost"] == pytest.approx(sum(known) / 120 * 25 / 720, abs=1e-6)
    assert target["saved"] == pytest.approx(sum(8 - dynos for dynos in known) / 120 * 25 / 720, abs=1e-6)
    compared = [line["backlog_per_instance"] for line in lines if line["backlog_per_instance"] is not None]
    assert target["under_share"] == pytest.approx(sum(each <= 50 for each in compared) / len(compared), abs=1e-6)
    assert (target["failed"], target["changes_by_others"]) == (20, 1)
    assert target["changes_up"] + target["changes_down"] == sum(line["action"] != "none" for line in lines)


def test_the_texts_of_others_are_shown_and_nothing_else(page: Page) -> None:
    browser = page.open(DESKTOP)
    assert f"{HOSTILE}/worker" in browser.value('[...document.querySelectorAll("h2")].map((it) => it.textContent)')
    assert HOSTILE_ERROR in browser.value('[...document.querySelectorAll("td")].map((it) => it.textContent)')
    assert browser.value('document.querySelectorAll("img, iframe, object, form").length') == 0


def place(browser: Browser, share: float) -> tuple[float, float]:
    """A place in the first chart, by its share of the width."""
    script = 'document.querySelector(".u-over").getBoundingClientRect().toJSON()'
    browser.value('document.querySelector(".u-over").scrollIntoView({ block: "center" })')
    box = browser.value(script)
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def spans(browser: Browser) -> list[float]:
    """The hours that each chart shows."""
    return browser.value("charts.map((it) => (it.scales.x.max - it.scales.x.min) / 3600)")


def test_the_pointer_shows_values_in_all_charts_and_zooms_all_of_them(page: Page) -> None:
    browser = page.open(DESKTOP)
    x, y = place(browser, 0.5)
    browser.mouse("mouseMoved", x, y)
    times = browser.value('[...document.querySelectorAll(".u-legend tr:first-child .u-value")].map((it) => it.textContent)')
    assert len(times) == 6 and len(set(times)) == 1 and times[0].startswith("2026-11-23"), times
    all_hours = spans(browser)
    to, _ = place(browser, 0.75)
    browser.mouse("mousePressed", x, y)
    browser.mouse("mouseMoved", (x + to) / 2, y)
    browser.mouse("mouseMoved", to, y)
    browser.mouse("mouseReleased", to, y)
    assert spans(browser) == pytest.approx([all_hours[0] / 4] * 6, rel=0.05)
    for clicks in [1, 2]:
        browser.mouse("mousePressed", x, y, clicks)
        browser.mouse("mouseReleased", x, y, clicks)
    assert spans(browser) == pytest.approx(all_hours)


def test_the_keyboard_does_the_same_and_says_the_values(page: Page) -> None:
    browser = page.open(DESKTOP)
    browser.value(f"{CHARTS}[1].focus()")
    spoken = f'{CHARTS}[1].getAttribute("aria-valuetext")'
    browser.press("Home")
    assert browser.value(spoken).startswith("2026-11-23 00:00 UTC, running "), browser.value(spoken)
    browser.press("ArrowRight")
    assert not browser.value(spoken).startswith("2026-11-23 00:00 UTC")
    all_hours = spans(browser)
    browser.press("+")
    assert spans(browser) == pytest.approx([all_hours[0] / 2] * 6, rel=0.01)
    browser.press("End")
    assert browser.value(spoken).startswith("2026-11-24 00:59 UTC"), browser.value(spoken)
    browser.press("Escape")
    assert spans(browser) == pytest.approx(all_hours)


def test_every_control_and_every_chart_has_a_name_and_is_reached_by_the_tab_key(page: Page) -> None:
    browser = page.open(DESKTOP)
    names = browser.value(f'[...{CHARTS}].map((it) => it.getAttribute("aria-label"))')
    assert len(names) == 6 and all(" from " in name for name in names), names
    assert browser.value(f"[...{CHARTS}].every((it) => it.tabIndex === 0)")
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "radio", "link", "table", "heading"}
    unnamed = [node for node in nodes if node["role"]["value"] in roles and not node.get("ignored") and not node["name"]["value"]]
    assert unnamed == []


def test_on_a_phone_no_part_is_wider_than_the_page(page: Page) -> None:
    browser = page.open(PHONE)
    assert browser.value("document.documentElement.scrollWidth") == PHONE[0]
    assert browser.value("charts.every((it) => it.root.getBoundingClientRect().right <= innerWidth)")


# The colours themselves have tests of their contrast where they are declared.
def test_the_page_has_the_theme_of_its_reader(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.open(DESKTOP).value(paper) == "rgb(255, 255, 255)"
    browser = page.open(DESKTOP, "dark")
    assert browser.value(paper) == "rgb(13, 17, 23)"
    assert browser.value("charts[0].axes[0].stroke()") == browser.value("colour('faint')()")


def test_on_paper_everything_is_open_and_light(page: Page, tmp_path: Path) -> None:
    browser = page.open(DESKTOP, "dark")
    browser.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    browser.value('dispatchEvent(new Event("beforeprint"))')
    assert browser.value('[...document.querySelectorAll("details")].every((it) => it.open)')
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value('[...document.querySelectorAll(".map")].every((it) => it.offsetHeight > 0)')
    browser.value('dispatchEvent(new Event("afterprint"))')
    browser.call("Emulation.setEmulatedMedia", media="")
    browser.printed(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
