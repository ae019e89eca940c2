"""The properties of a deployment: read from template.yaml after SAM's translation, with the intrinsic functions resolved."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BIN = Path(sys.executable).parent

VARIABLES = set(json.loads((ROOT / "tests/template/settings.json").read_text()))
SECRETS = {"MY_HEROKU_AUTH_TOKEN", "AWS_SECRET", "ELK_ELASTIC_PASS"}  # each by the name under which it is kept
# What the project's brief names, and has a parameter of its own. DYNOSCALER_SETTINGS takes the other settings.
BRIEF = SECRETS | {
    "MY_HEROKU_AUTH_DES",
    "MY_HEROKU_AS_APP",
    "MY_HEROKU_AS_PROCESS",
    "AWS_KEY",
    "AWS_SQS_NAME",
    "AWS_SQS_REGION",
    "DYNOSCALER_MIN_DYNOS",
    "DYNOSCALER_MAX_DYNOS",
    "DYNOSCALER_UP_CYCLES",
    "DYNOSCALER_DOWN_CYCLES",
    "DYNOSCALER_BACKLOG_THRESHOLD",
    "ELK_ELASTIC_URL",
    "ELK_ELASTIC_USER",
    "ELK_INDEX_AS",
    "ELK_INDEX_TYPE_AS",
}


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


def environment(stack):
    return stack.resource("ScalerFunction")["Environment"]["Variables"]


def test_the_function_gets_variables_that_it_knows_and_every_one_of_the_brief(stack):
    assert BRIEF <= set(environment(stack())) <= VARIABLES


def test_a_variable_comes_from_the_parameter_of_its_name(stack):
    for variable in environment(stack()).keys() - SECRETS - {"DYNOSCALER_TABLE", "DYNOSCALER_CYCLE_SECONDS"}:
        assert environment(stack(**{camel(variable): "given"}))[variable] == "given"


def test_settings_without_a_parameter_of_their_own_reach_the_function_as_they_were_typed(stack):  # case A1
    typed = "DYNOSCALER_MAX_STEP_UP=2 LOG_LEVEL=debug HEROKU_API_URL=https://heroku.example.com"
    assert environment(stack(DynoscalerSettings=typed))["DYNOSCALER_SETTINGS"] == typed


def test_the_function_knows_how_often_it_runs(stack):
    assert environment(stack(CycleSeconds=15))["DYNOSCALER_CYCLE_SECONDS"] == 15


def test_the_table_variable_names_the_stack_s_own_table(stack):
    assert environment(stack())["DYNOSCALER_TABLE"] == "<StateTable>"


def test_the_guide_prompts_for_32_parameters_at_most_and_for_none_again(template):  # case A1
    assert len(template["Parameters"]) <= 32
    assert not [name for name, p in template["Parameters"].items() if "NoEcho" in p]


def test_only_what_cannot_be_guessed_has_no_default(template):  # case A1
    required = {name for name, p in template["Parameters"].items() if "Default" not in p}
    assert required == {"MyHerokuAsApp", "AwsSqsName"}


def test_every_parameter_is_described_and_is_in_one_group(template):
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert [name for group in groups for name in group["Parameters"]] == list(template["Parameters"]), "in the order of the guide"
    assert all(p["Description"] for p in template["Parameters"].values())


def test_the_environment_example_names_every_variable_of_the_template_as_a_string(stack):
    example = json.loads((ROOT / "env.example.json").read_text())
    assert set(example) == {"ScalerFunction"}
    assert set(example["ScalerFunction"]) == set(environment(stack()))
    assert all(isinstance(value, str) for value in example["ScalerFunction"].values())


def test_the_generated_event_is_what_sam_generates():
    generated = run("sam", "local", "generate-event", "cloudwatch", "scheduled-event").stdout
    assert (ROOT / "events/sam-generate-event.json").read_text() == generated


# The function and its trigger


def test_the_function_runs_the_bootstrap_on_the_chosen_processor(stack):
    function = stack(Architecture="arm64").resource("ScalerFunction")
    assert (function["Runtime"], function["Handler"]) == ("provided.al2023", "bootstrap")
    assert (function["Timeout"], function["MemorySize"], function["Architectures"]) == (30, 128, ["arm64"])


@pytest.mark.parametrize("source", ["targets.toml", "ssm:/dynoscaler/targets"])
def test_a_fleet_has_time_for_many_cycles_and_ends_before_its_next_tick(stack, source):
    assert stack(DynoscalerTargets=source).resource("ScalerFunction")["Timeout"] == 55


@pytest.mark.parametrize("mode", ["Active", "PassThrough"])
def test_lambda_traces_if_tracing_is_active(stack, mode):
    assert stack(Tracing=mode).resource("ScalerFunction")["TracingConfig"] == {"Mode": mode}


@pytest.mark.parametrize("concurrency", ["0", "1"])
def test_concurrency_is_reserved_only_if_it_is_given(stack, concurrency):  # case G7
    reserving = stack(ReservedConcurrency=concurrency).resource("ScalerFunction")
    assert reserving["ReservedConcurrentExecutions"] == concurrency
    assert "ReservedConcurrentExecutions" not in stack().resource("ScalerFunction")


def test_a_rule_ticks_at_the_chosen_rate_and_gives_up_after_a_minute(stack):
    stack = stack(CycleSeconds=300)
    [rule] = stack.of_type("AWS::Events::Rule")
    assert stack.resource(rule)["ScheduleExpression"] == "rate(5 minutes)"
    assert stack.resource(rule)["Targets"] == [  # complete: without an input, the event's own time is the tick
        {
            "Id": "ScalerFunctionTickLambdaTarget",  # that of earlier versions, which SAM made
            "Arn": "<ScalerFunction.Arn>",
            "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60},
        }
    ]


# Cycles of less than a minute

DELAYS = {15: [15, 30, 45], 20: [20, 40], 30: [30], 60: [], 3600: []}  # CycleSeconds: of the ticks between two of the rule
QUEUES = ["FirstDelay", "SecondDelay", "ThirdDelay"]


@pytest.fixture(params=DELAYS.items(), ids=lambda param: str(param[0]))
def delayed(request, stack):
    """A stack, and the delays of its ticks by queue."""
    seconds, delays = request.param
    return stack(CycleSeconds=seconds), dict(zip(QUEUES, delays, strict=False))


def test_a_cycle_of_less_than_a_minute_has_a_queue_for_each_delay_and_others_have_none(delayed):
    stack, delays = delayed
    assert stack.of_type("AWS::SQS::Queue") == {"FailedInvocations", *delays}
    for queue, seconds in delays.items():
        assert stack.resource(queue)["DelaySeconds"] == seconds


def test_the_rule_writes_the_delay_of_its_queue_into_each_message(delayed):
    stack, delays = delayed
    [rule] = stack.of_type("AWS::Events::Rule")
    _, *others = stack.resource(rule)["Targets"]
    assert [(target["Id"], target["Arn"]) for target in others] == [(queue, f"<{queue}.Arn>") for queue in delays]
    for target in others:
        assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
        assert target["InputTransformer"]["InputPathsMap"] == {"time": "$.time"}
        written = target["InputTransformer"]["InputTemplate"].replace("<time>", '"2026-11-24T12:00:00Z"')
        assert json.loads(written) == {"time": "2026-11-24T12:00:00Z", "delay_seconds": delays[target["Id"]]}


def test_a_delayed_tick_that_was_not_taken_or_failed_never_comes_after_the_next_of_the_rule(delayed):
    stack, delays = delayed
    timeout = stack.resource("ScalerFunction")["Timeout"]
    for queue, delay in delays.items():
        made = stack.resource(queue)
        assert set(made) == {"DelaySeconds", "MessageRetentionPeriod", "VisibilityTimeout", "SqsManagedSseEnabled"}
        assert made["SqsManagedSseEnabled"] is True
        kept, hidden = made["MessageRetentionPeriod"], made["VisibilityTimeout"]
        assert delay < kept == 60, "the shortest that SQS has, from the sending"
        assert kept < delay + hidden, "gone before it is visible again"
        assert timeout <= hidden, "Lambda requires it"


def test_each_delayed_tick_invokes_the_function_by_itself(delayed):
    stack, delays = delayed
    mappings = [stack.resource(mapping) for mapping in sorted(stack.of_type("AWS::Lambda::EventSourceMapping"))]
    # Complete: with a maximum concurrency Lambda would never poll with fewer than five requests at once.
    expected = [{"FunctionName": "<ScalerFunction>", "EventSourceArn": f"<{queue}.Arn>", "BatchSize": 1} for queue in delays]
    assert mappings == expected


def test_a_failed_invocation_is_kept_and_never_retried(stack):
    stack = stack()
    [config] = stack.of_type("AWS::Lambda::EventInvokeConfig")
    config = stack.resource(config)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 60)
    assert config["DestinationConfig"] == {"OnFailure": {"Destination": "<FailedInvocations.Arn>"}}
    queue = stack.resource("FailedInvocations")
    assert queue == {"SqsManagedSseEnabled": True, "MessageRetentionPeriod": 14 * 24 * 3600}


def test_lambda_drops_no_line_that_log_level_lets_through(stack):
    stack = stack()
    assert stack.resource("ScalerFunction")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "<LogGroup>",
        "ApplicationLogLevel": "TRACE",
    }
    assert stack.resource("LogGroup") == {"RetentionInDays": 30}


# State


def test_the_table_outlives_the_stack_and_can_be_restored(stack):
    stack = stack()
    table = stack.raw["Resources"]["StateTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert stack.resource("StateTable") == {  # complete, so that neither a name nor an expiry is added
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "target", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "target", "KeyType": "HASH"}],
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }


def test_no_resource_has_a_fixed_name(stack):
    names = {"AlarmName", "DashboardName", "FilterName", "FunctionName", "LogGroupName", "Name", "QueueName", "RoleName", "TableName", "TopicName"}
    naming_another = {"AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission", "AWS::Logs::MetricFilter"}
    for resource in stack().raw["Resources"].values():
        assert resource["Type"] in naming_another or not names & set(resource["Properties"])


# Outputs


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-eusc", "eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/"),
    ],
)
def test_the_dashboard_is_in_the_console_of_its_partition(stack, partition, region, console):  # case E5
    there = stack(**{"AWS::Partition": partition, "AWS::Region": region})
    url = there.value(there.raw["Outputs"]["DashboardUrl"]["Value"])
    assert url == f"{console}cloudwatch/home?region={region}#dashboards/dashboard/<CycleDashboard>"


def test_the_outputs_name_what_an_operator_needs(stack):
    outputs = {name: stack().value(output["Value"]) for name, output in stack().raw["Outputs"].items()}
    assert outputs.pop("DashboardUrl") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/<CycleDashboard>"
    )
    assert outputs.pop("LogsQuery").startswith("fields timestamp")
    assert outputs == {
        "FunctionName": "<ScalerFunction>",
        "FunctionArn": "<ScalerFunction.Arn>",
        "RoleArn": "<Role.Arn>",
        "Rule": "<ScalerFunctionTick>",
        "Table": "<StateTable>",
        "LogGroupName": "<LogGroup>",
        "LogsCommand": "aws logs tail <LogGroup> --follow --region eu-west-1",
        "FailedInvocationsQueue": "<FailedInvocations>",
    }
