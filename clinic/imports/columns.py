"""Which columns a file may have, and under which names others write them."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What the rows of a file are."""

    CLIENTS = "clients"
    APPOINTMENTS = "appointments"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one kind of file with their other names, and of which groups one has to be there."""

    names: dict[str, tuple[str, ...]]
    needed: tuple[tuple[str, ...], ...]
    sample: tuple[tuple[str, ...], ...]


_CLINICIAN = ("clinician", "primary clinician", "provider", "practitioner", "staff member", "staff member name")
_ZONE = ("timezone", "tz")
_MAIL = ("email", "e mail address", "mail", "email 1")
# Under these names the exports of SimplePractice and Jane, and common address books, write the same.
CLIENTS: Final = Columns(
    names={
        "given_name": ("first name", "firstname", "first", "legal first name", "forename"),
        "family_name": ("last name", "lastname", "last", "surname", "legal last name"),
        "name": ("full name", "client", "client name", "patient", "patient name"),
        "email": ("email address", *_MAIL),
        "phone": ("phone number", "mobile", "mobile phone", "cell phone", "mobile number", "phone 1", "telephone"),
        "birth_date": ("date of birth", "dob", "born", "birthday", "birthdate"),
        "zone": _ZONE,
        "therapist": _CLINICIAN,
    },
    needed=(("given_name", "name"), ("family_name", "name")),
    sample=(
        ("Given name", "Family name", "E-mail", "Phone", "Birth date", "Time zone", "Therapist"),
        ("Rosa", "Delgado", "rosa.delgado@example.org", "(212) 555-0171", "1986-04-09", "America/New_York", ""),
        ("Théo", "Marchand", "theo.marchand@example.org", "", "1979-11-30", "", ""),
    ),
)
APPOINTMENTS: Final = Columns(
    names={
        "email": ("email address", "client email", "client e mail", "patient email", *_MAIL),
        "name": ("full name", "client", "client name", "patient", "patient name"),
        "therapist": _CLINICIAN,
        "service": ("appointment type", "treatment", "treatment name", "type", "session type"),
        "date": ("day", "appointment date", "date of service", "start date"),
        "time": ("start time", "appointment time", "starts"),
        "start": ("start at", "starts at", "date and time", "date time", "scheduled at"),
        "zone": _ZONE,
        "place": ("modality", "how", "location type"),
    },
    needed=(("email", "name"), ("service",), ("date", "start"), ("time", "start")),
    sample=(
        ("E-mail", "Name", "Therapist", "Service", "Date", "Time", "Time zone", "Place"),
        ("rosa.delgado@example.org", "Rosa Delgado", "", "Individual session", "2030-01-15", "15:00", "", "office"),
        ("theo.marchand@example.org", "Théo Marchand", "", "Individual session", "2030-01-16", "10:00", "", "video"),
    ),
)
_TITLES: Final = {
    "given_name": "Given name",
    "family_name": "Family name",
    "name": "Name",
    "email": "E-mail",
    "phone": "Phone",
    "birth_date": "Birth date",
    "zone": "Time zone",
    "therapist": "Therapist",
    "service": "Service",
    "date": "Date",
    "time": "Time",
    "start": "Start",
    "place": "Place",
}


def columns_of(kind: Kind) -> Columns:
    """What a file of this kind may have."""
    return CLIENTS if kind is Kind.CLIENTS else APPOINTMENTS


def title(column: str) -> str:
    """A column as the template writes it."""
    return _TITLES[column]


def column_of(heading: str, kind: Kind) -> str | None:
    """Which column a heading means; None for one that is left aside."""
    plain = _plain(heading)
    for column, others in columns_of(kind).names.items():
        if plain == _plain(_TITLES[column]) or plain in others:
            return column
    return None


def fields(header: tuple[str, ...], cells: list[str], kind: Kind) -> dict[str, str]:
    """The cells by column, tidied: one line each, nothing that cannot be seen. What is missing is empty."""
    found = dict.fromkeys(columns_of(kind).names, "")
    for heading, cell in zip(header, cells, strict=False):
        if column := column_of(heading, kind):
            found[column] = " ".join("".join(mark if mark.isprintable() else " " for mark in cell).split())
    return found


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", " ", heading.casefold()).strip()
