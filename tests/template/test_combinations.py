"""Every switch of the template with every other: the rest translates, is complete, and cfn-lint finds nothing in it."""

import itertools
import json

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from conftest import PSEUDO

SECRET = "/secret"
IN_SECRETS_MANAGER = "/aws/reference/secretsmanager/secret"
ARN = "arn:aws:sqs:us-east-2:444455556666"
SWITCHES = [  # what each is when off, and when on
    ({}, {"MyHerokuAuthTokenParameter": SECRET}),
    ({}, {"ElkElasticPassParameter": SECRET}),
    ({}, {"AwsKey": "AKIA0", "AwsSecretParameter": SECRET}),
    ({}, {"PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary"}),
    ({}, {"ReservedConcurrency": "1"}),
    ({"AwsSqsName": f"{ARN}:jobs,{ARN}:mailers"}, {"AwsSqsName": "https://queue.amazonaws.com/444455556666/jobs"}),
    ({}, {"AwsSqsRegion": "us-east-2"}),
    ({}, {"AlarmEmail": "on-call@example.com"}),
    ({}, {"AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call"}),
    ({"DynoscalerSettings": "DYNOSCALER_METRICS=off"}, {"DynoscalerSettings": "DYNOSCALER_METRICS=on DYNOSCALER_EVENTS=on"}),
    ({}, {"DynoscalerTargets": "ssm:/targets", "FleetPolicyArns": "arn:aws:iam::111122223333:policy/fleet"}),
    ({"Dashboard": "false"}, {"Dashboard": "true"}),
    ({"Tracing": "PassThrough"}, {"Tracing": "Active"}),
    ({"CycleSeconds": "60"}, {"CycleSeconds": "15"}),
    (SECRET, IN_SECRETS_MANAGER),  # where every secret that is named is kept
]

PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"]  # by the first two switches

# 16 settings of four bits. A switch is the parity of some of the bits, no two of the same, so any two take all four positions.
POSITIONS = [[(setting & mask).bit_count() % 2 for mask in range(1, len(SWITCHES) + 1)] for setting in range(16)]


def parameters(positions):
    *switches, place = [switch[on] for switch, on in zip(SWITCHES, positions, strict=True)]
    given = {name: value for switch in switches for name, value in switch.items()}
    given = {name: place if value == SECRET else value for name, value in given.items()}
    return given | {"AWS::Partition": PARTITIONS[positions[0] + 2 * positions[1]]}


def test_any_two_switches_take_all_four_positions():
    for one, other in itertools.combinations(zip(*POSITIONS, strict=True), 2):
        assert len(set(zip(one, other, strict=True))) == 4


def test_every_condition_takes_both_values(stack):
    stacks = [stack(**parameters(positions)) for positions in POSITIONS]
    for condition in stacks[0].raw["Conditions"]:
        assert {made.condition(condition) for made in stacks} == {True, False}, condition


@pytest.mark.parametrize("positions", POSITIONS, ids=lambda positions: "".join(map(str, positions)))
def test_what_remains_of_the_template_is_valid(stack, positions):
    text = json.dumps(stack(**parameters(positions)).settled())
    assert "Fn::If" not in text
    assert "AWS::NoValue" not in text
    # A warning names unused parameters: the resource that uses them may be switched off.
    errors = ManualArgs(ignore_checks=["W"], regions=[PSEUDO["AWS::Region"]])
    assert [str(match) for match in lint(text, config=errors)] == []
