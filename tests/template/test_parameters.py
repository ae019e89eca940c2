"""The values that each parameter accepts and refuses. CloudFormation matches the full value."""

import re

import pytest

WHOLE_NUMBER_FROM_0 = (["0", "1", "9999"], ["00", "-1", "1.5", "10000", "", " 1", "one"])
WHOLE_NUMBER_FROM_1 = (["1", "5", "9999"], ["0", "01", "-1", "1.5", "10000", " 1", "", "five", "1\n"])
CYCLES = (["1", "5", "9999999"], ["0", "01", "-1", "1.5", "10000000", " 1", "", "five", "1\n"])
UUID = "01234567-89ab-cdef-0123-456789abcdef"
ACCOUNT = "123456789012"
ABOVE_0 = (["1", "100", "2.5", "0.001", "999999999"], ["0", "0.0", "-1", "1.", ".5", "1e3", "NaN", "inf", "1,5"])
PARAMETER_NAME = (
    [
        "/token",
        "/dynoscaler/prod/heroku.token_1-a",
        "/aws/reference/secretsmanager/dynoscaler",
        "/aws/reference/secretsmanager/prod/dynoscaler+a=b@c",
    ],
    [
        "token",
        "ssm:/token",
        "/",
        "/token/",
        "//token",
        "/my token",
        "/token*",
        "/token:3",
        "/aws/service/x",
        "/aws/reference/secretsmanager/",
        "/aws/reference/secretsmanager/a*",
        f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/token",
        "/a" * 16,
    ],
)


def or_empty(examples):
    return ["", *examples[0]], [value for value in examples[1] if value]


EXAMPLES = {  # parameter: (accepted, refused)
    "MyHerokuAuthTokenParameter": (PARAMETER_NAME[0], ["", "HRKU-AAj0z_k.x", *PARAMETER_NAME[1]]),
    "ElkElasticPassParameter": or_empty(PARAMETER_NAME),
    "AwsSecretParameter": or_empty(PARAMETER_NAME),
    "MyHerokuAuthDes": (["dynoscaler", "Dyno Scaler (prod)"], ["", " dynoscaler", "dynoscaler ", "ligne é", "a\r\nb"]),
    "MyHerokuAsApp": (
        ["my-app", "abc", "a" * 30, UUID, UUID.upper()],
        ["", "My-App", "ab", "a" * 31, "1app", "app-", "my_app", "my/app", "../x", UUID + "0"],
    ),
    "MyHerokuAsProcess": (["worker", "high_priority-2", "w" * 128], ["", "w" * 129, "a b", "a/b", "wörker", "a.b"]),
    "AwsSqsName": (
        [
            "jobs",
            "Jobs_1-a",
            "j" * 80,
            "jobs.fifo",
            "j" * 75 + ".fifo",
            f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/jobs",
            f"http://127.0.0.1:4566/{ACCOUNT}/jobs.fifo",
            f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs",
            f"arn:aws-us-gov:sqs:us-gov-west-1:{ACCOUNT}:jobs.fifo",
        ],
        [
            "",
            "j" * 81,
            "j" * 76 + ".fifo",
            "my jobs",
            "jobs.txt",
            "arn:aws:sns:eu-west-1:123456789012:jobs",
            "arn:aws:sqs:eu-west-1:1234:jobs",
            "arn:aws:sqs:*:123456789012:jobs",
            "arn:aws:sqs:eu-west-1:123456789012:*",
            "https://sqs.eu-west-1.amazonaws.com/jobs",
            f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/",
        ],
    ),
    "AwsSqsRegion": (["", "eu-west-1", "us-gov-west-1", "ap-southeast-2"], ["eu", "eu-west", "EU-WEST-1", "eu_west_1", "*"]),
    "AwsKey": (["", "AKIAIOSFODNN7EXAMPLE"], ["AKIA 1", "AKIA\n", "a:b"]),
    "DynoscalerMinDynos": WHOLE_NUMBER_FROM_0,
    "DynoscalerMaxDynos": WHOLE_NUMBER_FROM_1,
    "DynoscalerUpCycles": CYCLES,
    "DynoscalerDownCycles": CYCLES,
    "DynoscalerBacklogThreshold": (ABOVE_0[0], [*ABOVE_0[1], "05", "00.5", "999999999.5", "1000000000"]),
    "DynoscalerSchedule": (
        ["", "0..3", "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3", "UTC 1..2;0..0", "America/Argentina/Buenos_Aires 1..2"],
        ["mon-fri", "2-10", "..3", "1..2 mon", "1..2; sat", "1..2,3..4", "a b c d 1..2", "1..12345"],
    ),
    "DynoscalerSettings": (
        [
            "",
            "LOG_LEVEL=debug",
            "DYNOSCALER_MAX_STEP_UP=2 DYNOSCALER_TOLERANCE=0.2",
            "DYNOSCALER_BACKLOG_INCLUDES=visible,in_flight  HEROKU_API_URL=http://127.0.0.1:8080",
            "LOG_LEVEL=debug ",
        ],
        ["debug", "LOG_LEVEL", "LOG_LEVEL=", "LOG_LEVEL = debug", "log_level=debug", " LOG_LEVEL=debug", "A=1\nB=2", "A=é"],
    ),
    "PermissionsBoundary": (
        ["", f"arn:aws:iam::{ACCOUNT}:policy/boundary", "arn:aws-cn:iam::aws:policy/job-function/A+b=c,d.e@f_g"],
        ["boundary", f"arn:aws:iam::{ACCOUNT}:role/boundary", f"arn:aws:iam::{ACCOUNT}:policy/", "arn:aws:iam::*:policy/x"],
    ),
    "ReservedConcurrency": or_empty(WHOLE_NUMBER_FROM_0),
    "ElkElasticUrl": (
        ["", "https://es.example.com:9243", "http://127.0.0.1:9200/", "https://es.example.com/logs/elastic"],
        ["es.example.com", "http://es.example.com", "http://10.0.0.7:9200/", "ftp://es", "https://u:p@es.example.com", "https://es?x=1", "https://es#a", "https://a b"],
    ),
    "ElkElasticUser": (["", "elastic", "Jö rg@example.com"], ["a:b", "a\n", "a\x00"]),
    "ElkIndexAs": (["", "dynoscaler", "logs-dynoscaler.v1_x", ".ds"], ["Dynoscaler", "-x", "_x", "a/b", "a*", "a" * 256]),
    "ElkIndexTypeAs": (["", "_doc", "cycle"], ["a/b", "a b", "é"]),
    "AlarmTopicArn": (
        ["", f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call", f"arn:aws-cn:sns:cn-north-1:{ACCOUNT}:On_Call"],
        ["on-call", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:on-call", f"arn:aws:sns:eu-west-1:{ACCOUNT}:on-call.fifo"],
    ),
    "AlarmEmail": (["", "on-call@example.com"], ["example.com", "a@b", "a b@example.com", "a@example.com b"]),
}


def matches(template, parameter, value):
    return re.fullmatch(template["Parameters"][parameter]["AllowedPattern"], value) is not None


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p, (good, _) in EXAMPLES.items() for v in good])
def test_a_parameter_accepts_what_is_right(template, parameter, value):
    assert matches(template, parameter, value)


@pytest.mark.parametrize(("parameter", "value"), [(p, v) for p, (_, bad) in EXAMPLES.items() for v in bad])
def test_a_parameter_refuses_what_is_wrong(template, parameter, value):
    assert not matches(template, parameter, value)


def test_every_parameter_is_checked_and_describes_its_constraint(template):
    patterned = {name for name, p in template["Parameters"].items() if "AllowedPattern" in p}
    assert patterned == set(EXAMPLES)
    for name, parameter in template["Parameters"].items():
        if name in patterned:
            assert re.fullmatch(r"\^.*\$", parameter["AllowedPattern"], re.DOTALL)
            assert parameter["ConstraintDescription"].startswith("must ")
        else:
            assert parameter["AllowedValues"]


def test_every_default_is_accepted(template):
    for name, parameter in template["Parameters"].items():
        if "Default" in parameter:
            if name in EXAMPLES:
                assert matches(template, name, parameter["Default"])
            else:
                assert parameter["Default"] in parameter["AllowedValues"]
