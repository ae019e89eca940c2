"""Heroku with several accounts at one address: each account is a stand-in of its own, with its app, its token and its calls.

Must not know: what is requested of Heroku.
"""

from __future__ import annotations

from collections.abc import Sequence

from local.heroku import Heroku
from local.serving import Handler, Server


class Accounts(Server):
    """The address. The stand-ins run beside it."""

    def __init__(self, accounts: Sequence[Heroku]) -> None:
        super().__init__(AccountsHandler)
        self.accounts = accounts

    def of(self, segments: list[str], token: str) -> Heroku:
        """The account of the app that a path names or, if it names none, of the token; the first knows neither."""
        first, *_ = self.accounts
        name = segments[1] if segments[0] == "apps" and len(segments) > 1 else None
        found = (account for account in self.accounts if (account.app.name == name if name else account.token == token))
        return next(found, first)


class AccountsHandler(Handler):
    """One connection to the address."""

    server: Accounts

    def handle_request(self) -> None:
        """Answers as the account does."""
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.answer(*self.answer_of(self.server.of(self.segments, token).url))
