"""The values that each parameter accepts and refuses. CloudFormation matches the full value."""

import json
import re
from pathlib import Path

import pytest

UUID = "01234567-89ab-cdef-0123-456789abcdef"
ACCOUNT = "123456789012"
PARAMETER_NAME = (
    ["/dynoscaler/prod/heroku.token_1-a", "/aws/reference/secretsmanager/dynoscaler", "/aws/reference/secretsmanager/prod/dynoscaler+a=b@c"],
    [
        "token",
        "ssm:/token",
        "/token*",
        "/token:3",
        "/aws/service/x",
        "/aws/reference/secretsmanager/",
        "/aws/reference/secretsmanager/a*",
        f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/token",
        "/a" * 16,
    ],
)

SETTINGS = json.loads((Path(__file__).parent / "settings.json").read_text())
"""Every variable, and what the function's parser accepts and refuses: written by `make pages`."""

EXAMPLES = {  # parameter: (accepted, refused), where it has no variable, or is for the template alone to say
    "MyHerokuAuthTokenParameter": (PARAMETER_NAME[0], ["", "HRKU-AAj0z_k.x", *PARAMETER_NAME[1]]),
    "ElkElasticPassParameter": (["", *PARAMETER_NAME[0]], PARAMETER_NAME[1]),
    "AwsSecretParameter": (["", *PARAMETER_NAME[0]], PARAMETER_NAME[1]),
    "MyHerokuAuthDes": (["Dyno Scaler (prod)"], ["", " dynoscaler", "dynoscaler ", "a\r\nb"]),
    "MyHerokuAsApp": ([UUID.upper()], ["", "my_app", "my/app", UUID + "0"]),
    "MyHerokuAsProcess": (["high_priority-2"], ["", "a b", "a/b", "wörker"]),
    "AwsSqsName": (
        [f"http://127.0.0.1:4566/{ACCOUNT}/jobs.fifo", f"arn:aws-us-gov:sqs:us-gov-west-1:{ACCOUNT}:jobs.fifo"],
        ["", "my jobs", "jobs,mailers", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs,mailers", f"arn:aws:sns:eu-west-1:{ACCOUNT}:jobs", f"arn:aws:sqs:*:{ACCOUNT}:jobs", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:*"],
    ),
    "AwsSqsRegion": (["", "us-gov-west-1", "ap-southeast-2"], ["eu", "eu-west", "*"]),
    "AwsKey": ([""], ["AKIA\n", "a:b"]),
    # One notation of each number, since some become numbers of an alarm and of the dashboard.
    "DynoscalerMinDynos": (["1"], ["", "00", "01", "+1", "1.5", " 1", "1\n"]),
    "DynoscalerMaxDynos": (["5"], ["", "05", "1.0"]),
    "DynoscalerUpCycles": (["5"], ["", "05", "2.0"]),
    "DynoscalerDownCycles": (["5"], ["", "05", "2.0"]),
    "DynoscalerBacklogThreshold": (
        ["100", "2.5", "0.001"],
        ["", "0.0", "05", "00.5", "1.", ".5", "1e3", "NaN", "inf", "1,5", "999999999.5"],
    ),
    "DynoscalerSchedule": (
        ["", "UTC 1..2;0..0", "America/Argentina/Buenos_Aires 1..2"],
        ["1..2 mon", "1..2; sat", "1..2,3..4", "a b c d 1..2"],
    ),
    "DynoscalerSettings": (
        ["", "DYNOSCALER_BACKLOG_INCLUDES=visible,in_flight  HEROKU_API_URL=http://127.0.0.1:8080", "LOG_LEVEL=debug "],
        ["LOG_LEVEL=", "LOG_LEVEL = debug", " LOG_LEVEL=debug", "A=1\nB=2", "A=é", "DYNOSCALER_TARGETS=targets.toml", "LOG_LEVEL=debug DYNOSCALER_TARGETS=ssm:/targets"],
    ),
    "DynoscalerTargets": (["", "x86_64/our targets.toml"], ["ssm:", "ssm:/targets:3", "ssm:/aws/x"]),
    "FleetPolicyArns": (
        ["", f"arn:aws:iam::{ACCOUNT}:policy/team/fleet", ",".join([f"arn:aws-cn:iam::{ACCOUNT}:policy/fleet"] * 10)],
        ["fleet", "arn:aws:iam::aws:policy/AmazonSQSFullAccess", f"arn:aws:iam::{ACCOUNT}:policy/a,", ",".join([f"arn:aws:iam::{ACCOUNT}:policy/a"] * 11)],
    ),
    "PermissionsBoundary": (
        ["", f"arn:aws:iam::{ACCOUNT}:policy/boundary", "arn:aws-cn:iam::aws:policy/job-function/A+b=c,d.e@f_g"],
        ["boundary", f"arn:aws:iam::{ACCOUNT}:role/boundary", f"arn:aws:iam::{ACCOUNT}:policy/", "arn:aws:iam::*:policy/x"],
    ),
    "ReservedConcurrency": (["", "0", "1", "9999"], ["00", "-1", "1.5", "10000", " 1", "one"]),
    "ElkElasticUrl": (["", "http://127.0.0.1:9200/"], ["http://10.0.0.7:9200/", "https://es#a", "https://a b"]),
    "ElkElasticUser": (["", "Jö rg@example.com"], ["a\n", "a\x00"]),
    "ElkIndexAs": (["", "logs-dynoscaler.v1_x"], ["a/b", "a*"]),
    "ElkIndexTypeAs": ([""], ["a/b", "é"]),
    "AlarmTopicArn": (
        ["", f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call", f"arn:aws-cn:sns:cn-north-1:{ACCOUNT}:On_Call"],
        ["on-call", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:on-call", f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call.fifo"],
    ),
    "AlarmEmail": (["", "on-call@example.com"], ["example.com", "a@b", "a b@example.com", "a@example.com b"]),
}


def accepts(template, parameter, value):
    defined = template["Parameters"][parameter]
    if "AllowedValues" in defined:
        return value in defined["AllowedValues"]
    return re.fullmatch(defined["AllowedPattern"], value) is not None


def parameter_of(template, variable):
    """The parameter that feeds a variable, or the name of a secret's one; none if it goes into DynoscalerSettings."""
    name = "".join(word.capitalize() for word in variable.split("_"))
    return next((known for known in (name, f"{name}Parameter") if known in template["Parameters"]), None)


def accepts_variable(template, variable, value):
    """A secret's parameter has the name alone, which the template prefixes."""
    parameter = parameter_of(template, variable)
    if parameter.endswith("Parameter"):
        return value.startswith("ssm:") and accepts(template, parameter, value.removeprefix("ssm:"))
    return accepts(template, parameter, value)


def fed(template):
    """The variables that have a parameter of their own."""
    text = (Path(__file__).resolve().parents[2] / "template.yaml").read_text()
    variables = re.findall(r"^ {10}([A-Z_]+): ", text.split("        Variables:\n")[1].split("      LoggingConfig:")[0], re.M)
    return {variable for variable in variables if parameter_of(template, variable)}


# case A6
@pytest.mark.parametrize("variable", SETTINGS)
def test_a_parameter_judges_each_bound_as_the_function_does(template, variable):
    if parameter_of(template, variable):
        for value in SETTINGS[variable]["accepted"]:
            assert accepts_variable(template, variable, value), value
        for value in SETTINGS[variable]["refused"]:
            assert not accepts_variable(template, variable, value), value


# case A6
def test_every_variable_with_a_parameter_has_bounds(template):
    variables = fed(template)
    assert len(variables) > 20, "the variables are where they are looked for"
    for variable in variables:
        assert SETTINGS[variable]["accepted"] and SETTINGS[variable]["refused"], variable


def test_who_names_a_targets_file_in_the_settings_reads_where_to_name_it(template):
    """There it would get neither the time-out nor the alarms of a fleet."""
    assert "DynoscalerTargets" in template["Parameters"]["DynoscalerSettings"]["ConstraintDescription"]


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p, (good, _) in EXAMPLES.items() for v in good])
def test_a_parameter_accepts_what_is_right(template, parameter, value):
    assert accepts(template, parameter, value)


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p, (_, bad) in EXAMPLES.items() for v in bad])
def test_a_parameter_refuses_what_is_wrong(template, parameter, value):
    assert not accepts(template, parameter, value)


def test_every_parameter_is_checked_and_describes_its_constraint(template):
    patterned = {name for name, p in template["Parameters"].items() if "AllowedPattern" in p}
    judged = {parameter_of(template, variable) for variable in fed(template)}
    assert patterned <= set(EXAMPLES) | judged
    for name, parameter in template["Parameters"].items():
        if name in patterned:
            assert re.fullmatch(r"\^.*\$", parameter["AllowedPattern"], re.DOTALL)
            assert parameter["ConstraintDescription"].startswith("must ")
        else:
            assert parameter["AllowedValues"]


def test_every_default_is_accepted(template):
    for name, parameter in template["Parameters"].items():
        if "Default" in parameter:
            assert accepts(template, name, parameter["Default"])
