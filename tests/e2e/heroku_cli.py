"""The commands of the Heroku CLI that the documents have, for the stand-in for Heroku that HEROKU_API_URL names.

Must not know: who types them.
"""

import json
import os
import secrets
import sys
import urllib.request


def control(what, **change):
    """Changes the stand-in."""
    url = f"{os.environ['HEROKU_API_URL']}/_control/{what}"
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(change).encode(), method="POST")):
        pass


match sys.argv[1:]:
    case ["authorizations:create", *options] if "--short" in options:
        token = f"HRKU-{secrets.token_hex(16)}"
        control("token", token=token)
        print(token)
    case ["authorizations"]:
        print("dynoscaler  ID  write")
    case ["authorizations:revoke", "ID"]:
        control("token", token=secrets.token_hex(16))  # which nobody has
    case ["ps:scale", change]:
        process, _, quantity = change.partition("=")
        control("quantity", type=process, quantity=int(quantity))
    case ["maintenance:on"]:
        control("maintenance", on=True)
    case others:
        sys.exit(f"heroku: not a command of the documents: {' '.join(others)}")
