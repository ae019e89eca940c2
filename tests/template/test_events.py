"""The page's template that leads events to Slack."""

import re

from cfnlint.api import lint
from cfnlint.config import ManualArgs
from conftest import PSEUDO, ROOT
from samtranslator.yaml_helper import yaml_parse

PAGE = (ROOT / "docs/OPERATIONS.md").read_text().split("\n## Events\n")[1].split("\n## ")[0]
[SLACK] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_cfn_lint_finds_nothing_in_the_page_s_template():
    assert [str(match) for match in lint(SLACK, config=ManualArgs(regions=[PSEUDO["AWS::Region"]]))] == []


def test_its_rule_takes_the_events_that_the_function_sends():
    rule = yaml_parse(SLACK)["Resources"]["News"]["Properties"]
    source = re.search(r'SOURCE: &str = "(\w+)"', (ROOT / "src/adapters/event_bus.rs").read_text())[1]
    assert rule["EventPattern"] == {"source": [source]}
    [target] = rule["Targets"]
    assert target["InputTransformer"]["InputPathsMap"] == {"kind": "$.detail-type", "message": "$.detail.message"}


def test_an_address_of_slack_is_taken_and_no_other():
    pattern = yaml_parse(SLACK)["Parameters"]["WebhookUrl"]["AllowedPattern"]
    assert re.fullmatch(pattern, "https://hooks.slack.com/services/T000/B000/XXXX")
    assert not re.fullmatch(pattern, "https://hooksXslack.com/services/T000/B000/XXXX")
