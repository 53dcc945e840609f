"""How a client may be reached by whoever has to call them. The intake, which knows, registers itself."""

from collections.abc import Callable, Sequence

from flask_babel import gettext

from clinic.clients.models import Client

Ways = Sequence[tuple[str, object]]
"""What and how, in words; a value may be markup."""


def _phone_only(client: Client) -> Ways:
    return [(gettext("Phone"), client.person.phone or gettext("not given"))]


_ask: Callable[[Client], Ways] = _phone_only


def reach_with(ask: Callable[[Client], Ways]) -> None:
    """From now on `ask` is asked; set once, when the application is assembled."""
    global _ask  # noqa: PLW0603 -- one installation has one intake
    _ask = ask


def ways_to_reach(client: Client) -> Ways:
    """The number, and what the client said about calls to it."""
    return _ask(client)
