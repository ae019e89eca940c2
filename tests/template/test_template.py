"""What a deployment promises: read from template.yaml after SAM's translation, with the intrinsic functions resolved."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BIN = Path(sys.executable).parent

# DESIGN's table of variables, without the AWS SDK's own. Kept by hand until the code lists them itself.
CODE = (ROOT / "src/config/variable.rs").read_text()
NAMES = dict(re.findall(r'pub const (\w+): &str = "(\w+)";', CODE))
VARIABLES = {NAMES[name] for name in re.findall(r"\w+", CODE.split("pub const ALL: &[&str] = &[")[1].split("];")[0])}
SECRETS = {"MyHerokuAuthToken", "AwsKey", "AwsSecret", "ElkElasticPass"}
ALARMS = {"ErrorsAlarm", "ThrottlesAlarm", "SilenceAlarm"}


def run(*command):
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True)


def camel(variable):
    return "".join(word.capitalize() for word in variable.split("_"))


# Linters


def test_cfn_lint_finds_nothing():
    lint = run("cfn-lint", "template.yaml")
    assert lint.returncode == 0, lint.stdout


def test_sam_validate_finds_nothing():
    validate = run("sam", "validate", "--lint")
    assert validate.returncode == 0, validate.stdout + validate.stderr


# Configuration


def test_the_function_gets_every_variable_and_no_other(stack):
    assert set(stack().resource("ScalerFunction")["Environment"]["Variables"]) == VARIABLES


@pytest.mark.parametrize("variable", sorted(VARIABLES - {"DYNOSCALER_TABLE"}))
def test_a_variable_comes_from_the_parameter_of_its_name(stack, variable):
    given = stack(**{camel(variable): "given"}).resource("ScalerFunction")["Environment"]["Variables"]
    assert given[variable] == "given"


def test_the_table_variable_names_the_stack_s_own_table(stack):
    assert stack().resource("ScalerFunction")["Environment"]["Variables"]["DYNOSCALER_TABLE"] == "<StateTable>"


def test_exactly_the_secret_parameters_are_hidden(template):
    assert {name for name, p in template["Parameters"].items() if p.get("NoEcho")} == SECRETS


def test_only_what_cannot_be_guessed_has_no_default(template):
    required = {name for name, p in template["Parameters"].items() if "Default" not in p}
    assert required == {"MyHerokuAuthToken", "MyHerokuAsApp", "MyHerokuAsProcess", "AwsSqsName"}


def test_every_parameter_is_described_and_stands_in_one_group(template):
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template["Parameters"])
    assert all(p["Description"] for p in template["Parameters"].values())


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        ({"AwsKey": "AKIA0", "AwsSecret": "s"}, True),
        ({"AwsKey": "AKIA0"}, False),
        ({"AwsSecret": "s"}, False),
    ],
)
def test_a_key_without_its_secret_is_refused(stack, parameters, holds):
    assert stack(**parameters).rule_holds("AwsKeyPair") is holds


WHOLE = {"ElkElasticUrl": "https://e", "ElkElasticUser": "u", "ElkElasticPass": "p", "ElkIndexAs": "i"}


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({}, True),
        (WHOLE, True),
        (WHOLE | {"ElkIndexTypeAs": "_doc"}, True),
        ({"ElkIndexTypeAs": "_doc"}, False),
        *((WHOLE | {missing: ""}, False) for missing in WHOLE),
    ],
)
def test_elasticsearch_is_given_whole_or_not_at_all(stack, parameters, holds):
    assert stack(**parameters).rule_holds("ElasticsearchWhole") is holds


def test_the_environment_example_names_every_variable_as_a_string():
    example = json.loads((ROOT / "env.example.json").read_text())
    assert set(example) == {"ScalerFunction"}
    assert set(example["ScalerFunction"]) == VARIABLES
    assert all(isinstance(value, str) for value in example["ScalerFunction"].values())


def test_the_generated_event_is_what_sam_generates():
    generated = run("sam", "local", "generate-event", "cloudwatch", "scheduled-event").stdout
    assert (ROOT / "events/sam-generate-event.json").read_text() == generated


# The function and its trigger


def test_the_function_runs_the_bootstrap_on_the_chosen_processor(stack):
    function = stack(Architecture="arm64").resource("ScalerFunction")
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")
    assert (function["Timeout"], function["MemorySize"], function["Architectures"]) == (30, 128, ["arm64"])


def test_no_concurrency_is_reserved(stack):
    assert "ReservedConcurrentExecutions" not in stack().resource("ScalerFunction")


def test_a_rule_ticks_at_the_chosen_rate_and_gives_up_after_a_minute(stack):
    stack = stack(ScheduleExpression="rate(5 minutes)")
    [rule] = stack.of_type("AWS::Events::Rule")
    assert stack.resource(rule)["ScheduleExpression"] == "rate(5 minutes)"
    [target] = stack.resource(rule)["Targets"]
    assert target["Arn"] == "<ScalerFunction.Arn>"
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    assert "Input" not in target  # the event's own time is the tick


def test_a_failed_invocation_is_kept_and_never_retried(stack):
    stack = stack()
    [config] = stack.of_type("AWS::Lambda::EventInvokeConfig")
    config = stack.resource(config)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 60)
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": "<FailedInvocations.Arn>"}}
    queue = stack.resource("FailedInvocations")
    assert queue == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}


def test_lambda_drops_no_line_that_log_level_lets_through(stack):
    stack = stack(LogRetentionDays=7)
    assert stack.resource("ScalerFunction")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "<LogGroup>",
        "ApplicationLogLevel": "TRACE",
    }
    assert stack.resource("LogGroup") == {"RetentionInDays": 7}


# State


def test_the_table_outlives_the_stack_and_can_be_restored(stack):
    stack = stack()
    table = stack.raw["Resources"]["StateTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert stack.resource("StateTable") == {  # whole, so that neither a name nor an expiry creeps in
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "target", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "target", "KeyType": "HASH"}],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }


def test_no_resource_has_a_fixed_name(stack):
    for resource in stack().raw["Resources"].values():
        names = {"TableName", "QueueName", "FunctionName", "RoleName", "LogGroupName", "AlarmName", "TopicName", "Name"}
        if resource["Type"] != "AWS::Lambda::EventInvokeConfig" and resource["Type"] != "AWS::Lambda::Permission":
            assert not names & set(resource["Properties"])


# Permissions

OWN = {
    ("dynamodb:GetItem", "<StateTable.Arn>"),
    ("dynamodb:UpdateItem", "<StateTable.Arn>"),
    ("logs:CreateLogStream", "<LogGroup.Arn>"),
    ("logs:PutLogEvents", "<LogGroup.Arn>"),
    ("sqs:SendMessage", "<FailedInvocations.Arn>"),
}


def backlog_of(arn):
    return {("sqs:GetQueueAttributes", arn), ("sqs:GetQueueUrl", arn)}


def allowed(stack):
    """All that the function's role allows, as (action, resource)."""
    [role] = stack.of_type("AWS::IAM::Role")
    assert not stack.of_type("AWS::IAM::Policy") | stack.of_type("AWS::IAM::ManagedPolicy")
    role = stack.resource(role)
    assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}
    [policy] = role["Policies"]
    pairs = set()
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        pairs |= {(action, statement["Resource"]) for action in actions}
    return pairs


@pytest.mark.parametrize(
    ("name", "region", "arn"),
    [
        ("jobs", "", "arn:aws:sqs:eu-west-1:111122223333:jobs"),
        ("jobs", "us-east-2", "arn:aws:sqs:us-east-2:111122223333:jobs"),
        ("jobs.fifo", "", "arn:aws:sqs:eu-west-1:111122223333:jobs.fifo"),
        ("arn", "", "arn:aws:sqs:eu-west-1:111122223333:arn"),
        ("arn:aws:sqs:us-east-1:444455556666:jobs", "", "arn:aws:sqs:us-east-1:444455556666:jobs"),
        ("https://sqs.ap-south-1.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:ap-south-1:444455556666:jobs"),
        ("https://sqs.eu-west-3.api.aws/444455556666/jobs.fifo", "", "arn:aws:sqs:eu-west-3:444455556666:jobs.fifo"),
        ("https://us-west-2.queue.amazonaws.com/444455556666/jobs", "", "arn:aws:sqs:us-west-2:444455556666:jobs"),
        ("https://queue.amazonaws.com/444455556666/jobs", "us-east-1", "arn:aws:sqs:us-east-1:444455556666:jobs"),
    ],
)
def test_the_role_may_read_the_queue_in_whichever_form_it_is_given_and_nothing_else(stack, name, region, arn):
    assert allowed(stack(AwsSqsName=name, AwsSqsRegion=region)) == OWN | backlog_of(arn)


def test_with_a_key_of_its_own_for_the_queue_the_role_may_not_read_it(stack):
    assert allowed(stack(AwsKey="AKIA0", AwsSecret="s")) == OWN


def test_only_the_rule_may_invoke_the_function(stack):
    stack = stack()
    [permission] = stack.of_type("AWS::Lambda::Permission")
    permission = stack.resource(permission)
    [rule] = stack.of_type("AWS::Events::Rule")
    assert (permission["Principal"], permission["SourceArn"]) == ("events.amazonaws.com", f"<{rule}.Arn>")


# Alarms


def test_there_are_these_alarms_and_each_says_what_is_wrong_and_what_to_do(stack):
    stack = stack()
    assert stack.of_type("AWS::CloudWatch::Alarm") == ALARMS
    for alarm in ALARMS:
        assert stack.resource(alarm)["AlarmDescription"].count(".") >= 2
        assert stack.resource(alarm)["Dimensions"] == [{"Name": "FunctionName", "Value": "<ScalerFunction>"}]


@pytest.mark.parametrize(
    ("alarm", "metric", "of", "at_least", "comparison", "missing"),
    [
        ("ErrorsAlarm", "Errors", 3, 2, "GreaterThanOrEqualToThreshold", "notBreaching"),
        ("ThrottlesAlarm", "Throttles", 3, 2, "GreaterThanOrEqualToThreshold", "notBreaching"),
        ("SilenceAlarm", "Invocations", 5, 5, "LessThanThreshold", "breaching"),
    ],
)
def test_an_alarm_fires_when_enough_periods_are_bad(stack, alarm, metric, of, at_least, comparison, missing):
    alarm = stack(AlarmPeriod=300).resource(alarm)
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", metric, "Sum")
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["Period"]) == (of, at_least, 300)
    assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["TreatMissingData"]) == (1, comparison, missing)


def test_no_alarm_looks_back_further_than_cloudwatch_allows(stack, template):
    for period in template["Parameters"]["AlarmPeriod"]["AllowedValues"]:
        for alarm in ALARMS:
            assert period * stack(AlarmPeriod=period).resource(alarm)["EvaluationPeriods"] <= 24 * 3600


def test_alarms_are_mailed_only_if_an_address_is_given(stack):
    assert not stack().of_type("AWS::SNS::Topic")
    mailed = stack(AlarmEmail="on-call@example.com")
    assert mailed.resource("AlarmTopic")["Subscription"] == [{"Protocol": "email", "Endpoint": "on-call@example.com"}]
    for alarm in ALARMS:
        assert "AlarmActions" not in stack().resource(alarm)
        assert mailed.resource(alarm)["AlarmActions"] == ["<AlarmTopic>"]


# Outputs


def test_the_outputs_name_what_an_operator_looks_for(stack):
    outputs = {name: stack().value(output["Value"]) for name, output in stack().raw["Outputs"].items()}
    assert outputs.pop("LogsQuery").startswith("fields timestamp")
    assert outputs == {
        "FunctionName": "<ScalerFunction>",
        "FunctionArn": "<ScalerFunction.Arn>",
        "Rule": "<ScalerFunctionTick>",
        "Table": "<StateTable>",
        "LogGroupName": "<LogGroup>",
        "LogsCommand": "aws logs tail <LogGroup> --follow --region eu-west-1",
        "FailedInvocationsQueue": "<FailedInvocations>",
    }
