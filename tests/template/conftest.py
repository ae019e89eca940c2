"""template.yaml as a dictionary, as SAM translates it, and as CloudFormation would resolve it for given parameters."""

import copy
import re
from pathlib import Path

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]

PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "scaler",
}

# What a user must answer; everything else has a default.
REQUIRED = {"MyHerokuAsApp": "my-app", "AwsSqsName": "jobs"}


class NoManagedPolicies:
    """The template attaches none; SAM would otherwise request the list from AWS."""

    def load(self):
        return {}


class Stack:
    """The translated template with its intrinsic functions evaluated, as far as the template uses them."""

    def __init__(self, template, parameters):
        defaults = {name: p["Default"] for name, p in template["Parameters"].items() if "Default" in p}
        self.parameters = {**defaults, **REQUIRED, **parameters}
        template = copy.deepcopy(template)
        # `sam deploy` uploads the code and puts its address here; the translation needs one.
        template["Resources"]["ScalerFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
        self.raw = transform(template, self.parameters, NoManagedPolicies())

    def resource(self, logical_id):
        """A resource's properties, resolved."""
        return self.value(self.raw["Resources"][logical_id]["Properties"])

    def of_type(self, kind):
        return {name for name, r in self.raw["Resources"].items() if r["Type"] == kind and self.exists(r)}

    def exists(self, resource):
        return "Condition" not in resource or self.condition(resource["Condition"])

    def condition(self, name):
        return self.value(self.raw["Conditions"][name])

    def allowed(self):
        """All that the function's role allows, as (action, resource)."""
        [role] = self.of_type("AWS::IAM::Role")
        assert not self.of_type("AWS::IAM::Policy") | self.of_type("AWS::IAM::ManagedPolicy")
        role = self.resource(role)
        assert set(role) <= {"AssumeRolePolicyDocument", "PermissionsBoundary", "ManagedPolicyArns", "Policies"}
        [policy] = role["Policies"]
        pairs = set()
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            actions, resources = listed(statement["Action"]), listed(statement["Resource"])
            pairs |= {(action, resource) for action in actions for resource in resources}
        return pairs

    def settled(self):
        """The translated template as it is for these parameters: without conditions, with its references."""
        settled = {key: value for key, value in self.raw.items() if key not in ("Conditions", "Rules")}
        for section in ("Resources", "Outputs"):
            kept = {name: item for name, item in settled[section].items() if self.exists(item)}
            settled[section] = {
                name: {key: self.settle(value) for key, value in item.items() if key != "Condition"}
                for name, item in kept.items()
            }
        return settled

    def settle(self, node):
        if isinstance(node, list):
            return [value for value in map(self.settle, node) if value != {"Ref": "AWS::NoValue"}]
        if not isinstance(node, dict):
            return node
        if "Fn::If" in node:
            name, yes, no = node["Fn::If"]
            return self.settle(yes if self.condition(name) else no)
        values = {key: self.settle(item) for key, item in node.items()}
        return {key: value for key, value in values.items() if value != {"Ref": "AWS::NoValue"}}

    def rule_holds(self, name):
        return all(self.value(a["Assert"]) for a in self.raw["Rules"][name]["Assertions"])

    def value(self, node):
        if isinstance(node, list):
            values = [self.value(item) for item in node]
            return [value for value in values if value is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function == "Ref" or function.startswith("Fn::"):
                return getattr(self, "fn_" + function.removeprefix("Fn::"))(argument)
            if function == "Condition":
                return self.condition(argument)
        values = {key: self.value(item) for key, item in node.items()}
        return {key: value for key, value in values.items() if value is not NO_VALUE}

    def fn_Ref(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        return {**PSEUDO, **self.parameters}.get(name, f"<{name}>")

    def fn_GetAtt(self, path):
        return f"<{'.'.join(path)}>" if isinstance(path, list) else f"<{path}>"

    def fn_Sub(self, argument):
        text, local = argument if isinstance(argument, list) else (argument, {})
        return re.sub(r"\$\{([^}]+)}", lambda m: str(self.value(local.get(m[1], {"Ref": m[1]}))), text)

    def fn_If(self, argument):
        name, yes, no = argument
        return self.value(yes if self.condition(name) else no)

    def fn_FindInMap(self, argument):
        name, key, attribute = map(self.value, argument)
        return self.raw["Mappings"][name][str(key)][attribute]

    def fn_Join(self, argument):
        separator, items = argument
        return separator.join(self.value(items))

    def fn_Split(self, argument):
        separator, text = argument
        return self.value(text).split(separator)

    def fn_Select(self, argument):
        index, items = argument
        return self.value(items)[int(index)]

    def fn_Equals(self, argument):
        left, right = map(str, self.value(argument))  # as CloudFormation does: a parameter is a text, whatever its type
        return left == right

    def fn_Not(self, argument):
        return not self.value(argument[0])

    def fn_And(self, argument):
        return all(self.value(argument))

    def fn_Or(self, argument):
        return any(self.value(argument))


NO_VALUE = object()


def listed(one_or_many):
    return one_or_many if isinstance(one_or_many, list) else [one_or_many]


@pytest.fixture(scope="session", autouse=True)
def no_account():
    """SAM gets a region from boto3; nothing here needs more of AWS."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", PSEUDO["AWS::Region"])
        environment.setenv("SAM_CLI_TELEMETRY", "0")
        yield


@pytest.fixture(scope="session")
def template():
    return yaml_parse((ROOT / "template.yaml").read_text())


@pytest.fixture
def stack(template):
    """stack() with the defaults, stack(AwsKey="...") with other parameters, stack(**{"AWS::Region": "..."}) elsewhere."""
    return lambda **parameters: Stack(template, parameters)
