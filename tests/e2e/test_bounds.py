"""The template's patterns and the function accept the same values: each bound of the parser, through both.

The function reports the faults of all variables at once, so that one invocation tries one value of each.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from samtranslator.yaml_helper import yaml_parse

from local.aws import parameter
from local.runtime_api import Function
from tests.e2e.world import ROOT, World

DYNOS = ["0", "1", "9999", "10000", "-1", "1.5", "", "ten"]
CYCLES = ["0", "1", "9999999", "10000000", "-1", "2.0", "many"]
VALUES = {  # variable: values on both sides of each of its bounds
    "MY_HEROKU_AUTH_DES": ["d", "d" * 200, "d" * 201, "ligne é"],
    "MY_HEROKU_AS_APP": ["ab", "abc", "a" * 30, "a" * 31, "1ab", "ab-", "My-App", "01234567-89AB-cdef-0123-456789abcdef"],
    "MY_HEROKU_AS_PROCESS": ["w", "w" * 128, "w" * 129, "a.b"],
    "AWS_SQS_NAME": ["j", "j" * 80, "j" * 81, "j" * 75 + ".fifo", "j" * 76 + ".fifo", "a.b"],
    "DYNOSCALER_MIN_DYNOS": DYNOS,
    "DYNOSCALER_MAX_DYNOS": DYNOS,
    "DYNOSCALER_UP_CYCLES": CYCLES,
    "DYNOSCALER_DOWN_CYCLES": CYCLES,
    "DYNOSCALER_BACKLOG_THRESHOLD": ["0", "0.000000001", "0.0", "2.5", "999999999", "999999999.5", "1000000000", "NaN", "-1"],
    "DYNOSCALER_POLICY": ["step", "target", "rate", "Step", "stepwise"],
    "DYNOSCALER_DRY_RUN": ["true", "false", "yes", "True"],
    "DYNOSCALER_SCHEDULE": ["0..0", "0..9999", "mon-fri 08:00-18:00 Europe/Paris 2..10; sat,sun 0..3", "2-10", "mon", "..3"],
    "ELK_INDEX_AS": ["i", "i" * 255, "i" * 256, "_i", "-i", "I"],
    "ELK_ELASTIC_USER": ["elastic", "a:b"],
}
PARAMETERS = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
ELASTICSEARCH = {
    "ELK_ELASTIC_URL": "http://127.0.0.1:9",
    "ELK_ELASTIC_USER": "elastic",
    "ELK_ELASTIC_PASS": "5ecre7-pa55word",
    "ELK_INDEX_AS": "dynoscaler",
}


def accepted_by_the_template(variable: str, value: str) -> bool:
    """Whether CloudFormation accepts it as the parameter of this variable."""
    defined = PARAMETERS[parameter(variable)]
    if "AllowedValues" in defined:
        return value in defined["AllowedValues"]
    return re.fullmatch(defined["AllowedPattern"], value) is not None


# case A6
def test_each_bound_of_the_parser_is_the_template_s(world: World) -> None:
    world.variables |= ELASTICSEARCH
    for values in zip_longest(*([(name, value) for value in values] for name, values in VALUES.items())):
        tried = dict(filter(None, values))
        with Function(world.bootstrap, world.variables | tried) as function:
            error = function.invoke({}).error
        faults = error["errorMessage"] if error else ""
        for variable, value in tried.items():
            is_refused = f"; {variable} " in faults
            assert is_refused != accepted_by_the_template(variable, value), (variable, value, faults)
