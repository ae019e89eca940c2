"""Revokes the token of the running show, or creates a new one.

    python -m local.token revoke    # as `heroku authorizations:revoke`
    python -m local.token renew     # as `heroku authorizations:create`, and `aws ssm put-parameter --overwrite`

Must not know how the function reacts.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":  # an interrupt ends this without a traceback
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local.folder import FOLDER, NoShow, Reach

REVOKED, RENEWED = "HRKU-nobodys-token", "HRKU-renewed-token"
ANSWER_SECONDS_MAX = 10


def main(folder: Path = FOLDER) -> None:
    """Does one of the two in the running show, and reports a failure in one line."""
    parser = argparse.ArgumentParser(prog="python -m local.token", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["revoke", "renew"])
    what = parser.parse_args().what
    try:
        print({"revoke": revoke, "renew": renew}[what](Reach.read(folder)))
    except NoShow as error:
        sys.exit(f"make {what}-token: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"make {what}-token: the local AWS failed a call: {error}")
    except urllib.error.URLError as error:
        sys.exit(f"make {what}-token: the stand-in for Heroku does not answer: {error}")
    except OSError as error:  # such as a folder that another user's show made
        sys.exit(f"make {what}-token: {error}")


def revoke(show: Reach) -> str:
    """Heroku revokes the function's token."""
    accept(show.heroku_url, REVOKED)
    return "Heroku has revoked the function's token."


def renew(show: Reach) -> str:
    """Heroku accepts a new token, and SSM holds it."""
    accept(show.heroku_url, RENEWED)
    show.aws.keep_secret(show.token_name, RENEWED)
    return f"Heroku accepts a new token, and {show.token_name} holds it. Nothing was deployed."


def accept(heroku_url: str, token: str) -> None:
    """From now on Heroku accepts this token and no other."""
    body = json.dumps({"token": token}).encode()
    request = urllib.request.Request(f"{heroku_url}/_control/token", body, method="POST")
    with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAX):
        pass


if __name__ == "__main__":
    main()
