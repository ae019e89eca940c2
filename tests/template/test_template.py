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
VARIABLES -= {"ELK_ELASTIC_CA"}  # which is left to DYNOSCALER_SETTINGS
SECRETS = {"MyHerokuAuthToken", "AwsKey", "AwsSecret", "ElkElasticPass"}


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
    assert required == {"MyHerokuAsApp", "MyHerokuAsProcess", "AwsSqsName"}  # and the token, of which a rule takes care


def test_every_parameter_is_described_and_stands_in_one_group(template):
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(template["Parameters"])
    assert all(p["Description"] for p in template["Parameters"].values())


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


@pytest.mark.parametrize("mode", ["Active", "PassThrough"])
def test_lambda_traces_if_asked_to(stack, mode):
    assert stack(Tracing=mode).resource("ScalerFunction")["TracingConfig"] == {"Mode": mode}


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
    names = {"AlarmName", "DashboardName", "FilterName", "FunctionName", "LogGroupName", "Name", "QueueName", "RoleName", "TableName", "TopicName"}
    naming_another = {"AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::Logs::MetricFilter"}
    for resource in stack().raw["Resources"].values():
        assert resource["Type"] in naming_another or not names & set(resource["Properties"])


# Outputs


def test_the_outputs_name_what_an_operator_looks_for(stack):
    outputs = {name: stack().value(output["Value"]) for name, output in stack().raw["Outputs"].items()}
    assert outputs.pop("DashboardUrl") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/<CycleDashboard>"
    )
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
