"""A fleet of any size, for measurements: its formations, and its targets file.

Must not know: what is measured.
"""

from __future__ import annotations

TARGETS_AN_APP = 5
ACCOUNTS = 4


def formations(targets: int, quantity: int) -> dict[str, dict[str, int]]:
    """The quantity of each process type of each app."""
    apps: dict[str, dict[str, int]] = {}
    for number in range(targets):
        apps.setdefault(f"app-{number // TARGETS_AN_APP}", {})[f"worker{number % TARGETS_AN_APP}"] = quantity
    return apps


def targets_file(apps: dict[str, dict[str, int]], queue_url: str) -> str:
    """The file of these apps; each target has a queue, each app one of the accounts."""
    accounts = min(ACCOUNTS, len(apps))
    parts = [f'[account.a{number}]\ntoken = "ssm:/token/{number}"\ndescription = "account {number}"\n' for number in range(accounts)]
    for place, (app, formation) in enumerate(apps.items()):
        parts += [
            f'[[target]]\napp = "{app}"\nprocess = "{process}"\nqueue = "{queue_url}/{app}-{process}"\n'
            f'account = "a{place % accounts}"\n'
            for process in formation
        ]
    return "\n".join(parts)
