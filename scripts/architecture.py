"""The processors that the stack runs on, and whether the build is for one of them.

    python3 scripts/architecture.py           # x86_64
    python3 scripts/architecture.py arm64     # refuses, and names the parameter to set

SAM gives a Makefile neither the template's parameters nor its own configuration, so the parameter Architecture is read where
`sam deploy` finds it: in samconfig.toml, which the guide writes, or else as the template's default. All environments of
samconfig.toml count alike, because `sam build` does not say for which one it builds. Read with regular expressions:
Python has a reader of TOML since 3.11 only, and none of YAML.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = re.compile(r"^  Architecture:\n(?:    .*\n)*?    Default: (\w+)$", re.MULTILINE)
SECTION = re.compile(r"^\[([\w-]+)\.(?:deploy|global)\.parameters\]\n(.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
GIVEN = re.compile(r"^[^#\n]*\bArchitecture=[\\\"']*(\w+)", re.MULTILINE)

REFUSAL = """\
The function would be built for {built}, but the stack runs it on {deployed}, where it could not start.
Set the stack's parameter Architecture to {built}: under [default.deploy.parameters] of samconfig.toml, `parameter_overrides`
must have Architecture={built}. Or build without the variable ARCHITECTURE, for {deployed}."""


def of_the_stack(template, samconfig):
    """The values that the parameter Architecture has in some environment, each once."""
    default = DEFAULT.search(template)[1]
    environments = {"default": default}
    for environment, section in SECTION.findall(samconfig):
        given = GIVEN.search(section)
        environments[environment] = given[1] if given else environments.get(environment, default)
    return list(dict.fromkeys(environments.values()))


def main(built=None):
    samconfig = ROOT / "samconfig.toml"
    deployed = of_the_stack((ROOT / "template.yaml").read_text(), samconfig.read_text() if samconfig.exists() else "")
    if built is None:
        print(*deployed)
    elif built not in deployed:
        sys.exit(REFUSAL.format(built=built, deployed=" or ".join(deployed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
