"""checkov's scan of the template: it follows the usual rules of AWS, except where the template justifies an exception in place.

The scan reads the template as it is, and as it remains with every switch on and off: checkov does not evaluate Fn::If, so
that of the role's statements it would judge none.
"""

import json
import os
import shutil
import subprocess

import pytest
from conftest import ROOT, Stack
from test_combinations import SWITCHES, parameters

CHECKOV = ROOT / ".local/checkov-venv/bin/checkov"
EXCEPTIONS = {  # the comments are in template.yaml
    ("CKV_AWS_115", "ScalerFunction"),  # reserved concurrency
    ("CKV_AWS_116", "ScalerFunction"),  # dead-letter queue
    ("CKV_AWS_117", "ScalerFunction"),  # VPC
    ("CKV_AWS_173", "ScalerFunction"),  # own key for the environment
    ("CKV_AWS_119", "StateTable"),  # own key for the table
    ("CKV_AWS_158", "LogGroup"),  # own key for the log
    ("CKV_AWS_27", "FailedInvocations"),  # own key for the queue
    *(("CKV_AWS_27", queue) for queue in ("FirstDelay", "SecondDelay", "ThirdDelay")),
    ("CKV_AWS_26", "AlarmTopic"),  # own key for the topic
}
# Data out, permissions, privileges, unbounded writes; who may take the role, and what it may do to everything.
OF_THE_ROLE = {f"CKV_AWS_{number}" for number in (60, 61, 62, 63, 107, 108, 109, 110, 111)}


def without_exceptions(settled):
    """The same without justifications."""
    resources = {name: {key: item[key] for key in item if key != "Metadata"} for name, item in settled["Resources"].items()}
    return settled | {"Resources": resources}


@pytest.fixture(scope="module")
def scan(template, tmp_path_factory):
    """scan(kind, file): the checks of this kind, failed, skipped or passed, for this file."""
    assert os.access(CHECKOV, os.X_OK), f"{CHECKOV} is missing: run `make .local/checkov-venv/.test`"
    folder = tmp_path_factory.mktemp("scanned")
    shutil.copy(ROOT / "template.yaml", folder)
    on = Stack(template, parameters([1] * len(SWITCHES))).settled()
    off = Stack(template, parameters([0] * len(SWITCHES))).settled()
    for name, settled in {"on": on, "off": off, "bare": without_exceptions(on)}.items():
        (folder / f"{name}.json").write_text(json.dumps(settled))
    # The scan needs no network; a request would get no answer.
    offline = os.environ | {"https_proxy": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    command = [CHECKOV, "--directory", folder, "--framework", "cloudformation", "--skip-download", "--output", "json"]
    scanned = subprocess.run(command, env=offline, capture_output=True, text=True)
    assert scanned.stdout, scanned.stderr
    results = json.loads(scanned.stdout)["results"]
    return lambda kind, file: [check for check in results[f"{kind}_checks"] if check["file_path"] == f"/{file}"]


def named(checks):
    return {(check["check_id"], check["resource"].split(".")[-1]) for check in checks}


@pytest.mark.parametrize("file", ["template.yaml", "on.json", "off.json"])
def test_checkov_finds_nothing_that_is_not_justified(scan, file):
    assert named(scan("failed", file)) == set()
    assert named(scan("skipped", file)) <= EXCEPTIONS


def test_every_exception_is_justified_in_place(scan):
    # checkov leaves out of the template what the defaults switch off.
    skipped = scan("skipped", "template.yaml") + scan("skipped", "on.json")
    assert named(skipped) == EXCEPTIONS
    for check in skipped:
        assert check["check_result"]["suppress_comment"].endswith("."), check["check_id"]


def test_every_exception_is_still_needed(scan):
    assert named(scan("failed", "bare.json")) == EXCEPTIONS


def test_the_role_s_statements_are_judged(scan):
    for file in ("on.json", "off.json"):
        assert {check for check, resource in named(scan("passed", file)) if resource == "Role"} >= OF_THE_ROLE
