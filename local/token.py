"""Somebody revokes the token of the show that runs; somebody makes a new one.

    python -m local.token revoke    # as `heroku authorizations:revoke`
    python -m local.token renew     # as `heroku authorizations:create`, and `aws ssm put-parameter --overwrite`

Must not know what the function makes of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from pathlib import Path

from local.aws import keep_secret

SCENE = Path(__file__).parents[1] / ".local/run/scene.json"
REVOKED, RENEWED = "HRKU-nobodys-token", "HRKU-renewed-token"


def main() -> None:
    """Does the one or the other to the show that runs."""
    parser = argparse.ArgumentParser(prog="python -m local.token", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["revoke", "renew"])
    what = parser.parse_args().what
    try:
        scene = json.loads(SCENE.read_text())
    except FileNotFoundError:
        sys.exit(f"{SCENE} is missing: `make run` first, and let it run")
    if what == "revoke":
        accept(scene["heroku_url"], REVOKED)
        print("Heroku does not know the function's token any more.")
        return
    accept(scene["heroku_url"], RENEWED)
    keep_secret(scene["aws_url"], scene["token_name"], RENEWED)
    print(f"Heroku knows a new token, and {scene['token_name']} holds it. Nothing was deployed.")


def accept(heroku_url: str, token: str) -> None:
    """From now on Heroku accepts this token and no other."""
    body = json.dumps({"token": token}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{heroku_url}/_control/token", body, method="POST")):
        pass


if __name__ == "__main__":
    main()
