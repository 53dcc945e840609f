"""Notes in words: the formats with a line of help for each heading, whose record a note enters, and where it stands."""

from collections.abc import Mapping
from typing import Final

import flask_babel
from flask_babel import lazy_gettext as _

from clinic.accounts.people import joined_initials
from clinic.clients.models import Client, Couple
from clinic.notes.models import SessionNote
from clinic.notes.queries import Record
from clinic.notes.rules import SECTIONS, State, Texts

FORMATS: Final = {
    "free": _("Free"),
    "dap": _("DAP: data, assessment, plan"),
    "soap": _("SOAP: subjective, objective, assessment, plan"),
    "birp": _("BIRP: behavior, intervention, response, plan"),
}
SECTION_WORDS: Final = {
    "text": (_("Note"), _("What matters for the care, in your own words.")),
    "data": (_("Data"), _("What was said, seen and done in this session.")),
    "subjective": (_("Subjective"), _("What they report: how it is for them, in their words.")),
    "objective": (_("Objective"), _("What you saw and measured, without reading anything into it.")),
    "behavior": (_("Behavior"), _("How they came, what they said and did.")),
    "intervention": (_("Intervention"), _("What you did, and to what end.")),
    "response": (_("Response"), _("How they took it, and what changed.")),
    "assessment": (_("Assessment"), _("How you understand it, and where it stands against the plan.")),
    "plan": (_("Plan"), _("What comes next: tasks, who does what, the next session.")),
}
STATES: Final[Mapping[str, tuple[object, str]]] = {
    State.DRAFT: (_("draft"), "waiting"),
    State.RETURNED: (_("given back"), "needs"),
    State.SIGNED: (_("waits for co-signature"), "waiting"),
    State.FINAL: (_("signed"), "good"),
}


def gettext(message: str, **values: object) -> str:
    """The sentence in the current locale; flask-babel ships no types."""
    return str(flask_babel.gettext(message, **values))


def sections(texts: Texts, chosen: str) -> list[tuple[object, str]]:
    """What a note says, heading by heading; one that says nothing is left out."""
    return [(SECTION_WORDS[key][0], texts[key]) for key in SECTIONS[chosen] if key in texts]


def who(couple: Couple) -> str:
    """Such as "Alice and Bob Hart"."""
    first, second = (member.client.person for member in couple.members)
    if first.family_name == second.family_name:
        return gettext("%(one)s and %(other)s", one=first.given_name, other=second.name)
    return gettext("%(one)s and %(other)s", one=first.name, other=second.name)


def title_of(client: Client | None, couple: Couple | None) -> str:
    """Whose record it is, as a title names it."""
    return who(couple) if couple else client.person.name if client else ""


def initials_of(note: SessionNote) -> str:
    """Whose record it is, as it may stand on a page that lies open."""
    clients = [member.client for member in note.couple.members] if note.couple else [note.client] if note.client else []
    return joined_initials([client.person for client in clients])


def record_words(record: Record) -> str:
    """Whose record it is, as a choice."""
    if record.couple:
        return gettext("The joint record of %(who)s", who=who(record.couple))
    return gettext("%(name)s's own record", name=title_of(record.client, None))


def entering(record: Record) -> str:
    """Whose record this enters, said while one writes."""
    if record.couple:
        return gettext(
            "This enters the joint record of %(who)s. It belongs to both: nothing of it is given out to one of them"
            " alone.",
            who=who(record.couple),
        )
    return gettext(
        "This enters %(name)s's own record. It is no part of any joint record, and no partner ever sees it.",
        name=title_of(record.client, None),
    )
