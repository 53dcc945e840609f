"""What every page knows: the practice, the person, the way round. The application hands in who can tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask, current_app, g
from flask_babel import get_locale, gettext
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from clinic.web.navigation import entries_for


class PracticeFacts(Protocol):
    """What the shell shows of the practice."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class UnknownPractice:
    """Stands in while the database cannot be asked."""

    name: str = "Clinic"
    phone: str = ""
    zone: str = "UTC"
    currency: str = "USD"
    country: str = ""


def add_shell(app: Flask, practice: Callable[[], PracticeFacts | None], crisis_line: Callable[[str], str]) -> None:
    """Give every template `practice`, `person`, `navigation` and the `crisis_line` of the practice's country.

    While nobody knows the country, its code is empty, and the line is one for anywhere.
    """
    app.extensions["clinic.practice"] = practice

    @app.context_processor
    def shell() -> dict[str, Any]:
        person = current_user if current_user.is_authenticated else None
        return {
            "practice": current_practice(),
            "person": person,
            "navigation": entries_for(person.roles if person else ()),
            "crisis_line": gettext(crisis_line(current_practice().country)),
            "language": str(get_locale() or "en"),
        }


def current_practice() -> PracticeFacts:
    """The practice, asked once a request; a stand-in while the database is away or the practice is not set up."""
    if "practice" not in g:
        g.practice = _ask()
    facts: PracticeFacts = g.practice
    return facts


@contextmanager
def without_database() -> Iterator[None]:
    """Inside, a page renders from what the request has already learned."""
    g.is_database_off_limits = True
    try:
        yield
    finally:
        g.is_database_off_limits = False


def _ask() -> PracticeFacts:
    if g.get("is_database_off_limits"):
        return UnknownPractice()
    try:
        facts: PracticeFacts | None = current_app.extensions["clinic.practice"]()

    except SQLAlchemyError:
        return UnknownPractice()
    return facts or UnknownPractice()
