"""Who reads an answer, in words that keep what they promise, and the one place that decides it."""

from collections.abc import Mapping
from dataclasses import dataclass

from clinic.questionnaires.definition import EntriesGroup, Field, Visibility
from clinic.questionnaires.errors import Message

READERS_CODES: Mapping[str, Visibility] = {
    "only_me": Visibility.CLIENT,
    "therapist": Visibility.THERAPIST,
    "partner": Visibility.PARTNER,
}
"""The codes of a group's `readers` choice. Nobody reads an entry without an answer to it."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who stands around the person who writes: the therapist's name, and a couple or not."""

    therapist: str
    in_couple: bool = False


@dataclass(frozen=True, slots=True)
class VisibilityLine:
    """What stands next to a field: the letter, a short name, and the sentences that say who reads it."""

    visibility: Visibility
    name: Message
    sentences: tuple[Message, ...]


_ONLY_YOU = Message(
    "Only you. No one at the practice reads this, so no one is watching it. "
    "A court could ask for it. You can delete it."
)


def visibility_line(field: Field, readers: Readers, visibility: Visibility | None = None) -> VisibilityLine:
    """The words for `field`; `visibility` overrides the field's own, as a choice inside an entry does."""
    letter = visibility or field.visibility
    name = {"therapist": readers.therapist}
    match letter:
        case Visibility.CLIENT:
            return VisibilityLine(letter, Message("Only you"), (_ONLY_YOU,))
        case Visibility.SEALED:
            return VisibilityLine(letter, Message("Opens with %(therapist)s", name), (_sealed(readers, name),))
        case Visibility.PARTNER if readers.in_couple:
            shared = Message("Your partner reads it only if you share it. You see first what they will see.")
            lines = (Message("%(therapist)s reads this.", name), shared, *_safety(field, name))
            return VisibilityLine(letter, Message("Yours to share"), lines)
        case _:
            lines = (Message("%(therapist)s reads this.", name), *_partner(field, readers, name))
            return VisibilityLine(letter, Message("%(therapist)s reads this", name), lines)


def undecided_line(field: Field, readers: Readers) -> VisibilityLine:
    """The words inside an entry that its writer keeps until they choose at its end who may read it.

    What could go to the partner says so, since it is only asked for once that has been chosen.
    """
    if field.visibility in (Visibility.CLIENT, Visibility.PARTNER):
        return visibility_line(field, readers)
    name = {"therapist": readers.therapist}
    choice = Message("At the end you choose whether %(therapist)s may read it too.", name)
    return VisibilityLine(Visibility.CLIENT, Message("Only you, until you choose otherwise"), (_ONLY_YOU, choice))


def _sealed(readers: Readers, name: Mapping[str, object]) -> Message:
    if not readers.in_couple:
        return Message("%(therapist)s reads this when you open it together. Until then you can take it back.", name)
    return Message(
        "Your answer and your partner's open together, when %(therapist)s opens them. "
        "Until then you can take yours back.",
        name,
    )


def _partner(field: Field, readers: Readers, name: Mapping[str, object]) -> tuple[Message, ...]:
    if not readers.in_couple:
        return ()
    return (Message("Clinic never shows it to your partner."), *_safety(field, name))


def _safety(field: Field, name: Mapping[str, object]) -> tuple[Message, ...]:
    if not field.safety:
        return ()
    return (Message("%(therapist)s does not pass this to your partner unless someone is in immediate danger.", name),)


def entry_visibility(group: EntriesGroup, field: Field, readers_code: str | None) -> Visibility:
    """Who may read `field` in one entry of `group`, given the entry's answer to the group's `readers` choice.

    A kept entry is kept whole. A shared one goes to the therapist; to the partner goes only a field that is itself
    for the partner, and a field for the writer alone stays that whatever is chosen.
    """
    if not group.readers:
        return field.visibility
    chosen = READERS_CODES.get(readers_code or "", Visibility.CLIENT)
    if Visibility.CLIENT in (chosen, field.visibility):
        return Visibility.CLIENT
    if chosen is Visibility.PARTNER and field.visibility is Visibility.PARTNER:
        return Visibility.PARTNER
    return Visibility.THERAPIST
