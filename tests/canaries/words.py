"""Which fields are clinical, read from definitions and forms, and the word that is typed into each of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask_wtf import FlaskForm
from wtforms import StringField

from clinic.questionnaires.definition import (
    ChoiceField,
    DateField,
    Definition,
    EntriesGroup,
    Field,
    MomentField,
    MultiField,
    NumberField,
    TextField,
)
from clinic.questionnaires.files import load_folder

CLINIC = Path(__file__).parents[2] / "clinic"
EXERCISES, MEASURES, INTAKE, PRIVATE = (
    CLINIC / part for part in ("homework/exercises", "measures/definitions", "intake/forms", "safety/questions")
)
BUG, STATEMENT = "break the program with", "break the statement with"
# Names and addresses stay plain by design, so that they can be searched; passwords are hashed.
NOT_CLINICAL = {
    "clinic.accounts.forms",  # sign-in, passwords, one's own name, phone and zone
    "clinic.booking.forms.DetailsForm",  # who books a first call
    "clinic.booking.staff_forms.BookForForm",  # who is on the phone: a name, an address, a number
    "clinic.desk.forms.SearchForm",  # names again, and kept nowhere
    "clinic.desk.forms.PracticeForm",  # what the practice says of itself in public
    "clinic.desk.forms.StaffForm",  # names and addresses of staff
    "clinic.desk.lost_factor_forms",  # why somebody who works here lost a phone
    "clinic.desk.forms.WordsForm",  # the words of messages, the same for everybody
    "clinic.distance.forms.WhereForm.phone",  # sealed like the place beside it, but no word is a number to call
    *(f"clinic.notes.forms.{form}.name" for form in ("NoteForm", "AmendForm", "CosignForm")),  # the signer's own
    "clinic.risk.forms.OfficeForm",  # when the office is open
    "clinic.measures.forms",  # which measure how often, and its words, the same for everybody
    "clinic.practice.forms",  # services, rooms, hours and holidays, which anyone may read
    "clinic.practice.profile_forms",  # what the public pages say of a therapist
}


def canary(place: str) -> str:
    """The word for a place: eight letters, since initials take no more; the same at every run."""
    digits = hashlib.sha256(f"canary {place}".encode()).digest()
    return "zq" + "".join("bcdfghjkmnpqrstvwxz"[digit % 19] for digit in digits[:6])


@dataclass(frozen=True, slots=True)
class Sought:
    """One word, the field it was typed into, and how it may be spelled at rest."""

    place: str
    word: str

    @property
    def spellings(self) -> tuple[bytes, ...]:
        """As text, and as PostgreSQL writes bytes into its logs."""
        return self.word.encode(), self.word.encode().hex().encode()


def definitions(folder: Path) -> list[Definition]:
    """Every shipped definition of a folder."""
    return [definition for definition, _body in load_folder(folder)]


def form_places() -> list[str]:
    """`module.Form.field` of every field of a form of ours that takes free text."""
    return sorted(
        f"{form.__module__}.{form.__name__}.{name}"
        for form in set(_subclasses(FlaskForm))
        if form.__module__.startswith("clinic.") and form.__name__ != "Built"
        for name in dir(form)
        if _takes_text(getattr(form, name))
    )


def clinical_form_places() -> list[str]:
    """The same without what is plain by design."""
    return [place for place in form_places() if not any(f"{place}.".startswith(f"{known}.") for known in NOT_CLINICAL)]


def definition_places() -> list[Sought]:
    """Every field of every form and exercise whose answer can be told apart from other bytes."""
    return [
        Sought(place, word)
        for folder in (EXERCISES, MEASURES, INTAKE, PRIVATE)
        for definition in definitions(folder)
        for place, field in _fields(definition)
        if (word := _at_rest(place, field)) is not None
    ]


def filled_in(definition: Definition, group: EntriesGroup | None = None) -> dict[str, str | list[str]]:
    """What a person sends to fill in the whole page of `definition`, or of one entry of `group`."""
    asked: Iterator[Field] | tuple[Field, ...] = group.fields if group else definition.fields()
    fields = [each for each in asked if not isinstance(each, EntriesGroup)]
    wanted = {each.show_if.field: sorted(each.show_if.codes) for each in fields if each.show_if and each.type == "text"}
    prefix = f"{definition.key}.{group.key}" if group else definition.key
    sent: dict[str, str | list[str]] = {"asked": " ".join(each.key for each in fields)}
    for each in fields:
        sent[f"a_{each.key}"] = _typed(f"{prefix}.{each.key}", each, wanted.get(each.key, []))
    return sent


def _subclasses(form: type) -> Iterator[type]:
    each: type
    for each in form.__subclasses__():
        yield each
        yield from _subclasses(each)


def _takes_text(attribute: object) -> bool:
    kind = getattr(attribute, "field_class", None)
    hidden = {"HiddenField", "CSRFTokenField"}
    return isinstance(kind, type) and issubclass(kind, StringField) and kind.__name__ not in hidden


def _fields(definition: Definition) -> Iterator[tuple[str, Field]]:
    for each in definition.fields():
        if isinstance(each, EntriesGroup):
            yield from ((f"{definition.key}.{each.key}.{inner.key}", inner) for inner in each.fields)
        else:
            yield f"{definition.key}.{each.key}", each


def _at_rest(place: str, field: Field) -> str | None:
    """How the answer would lie in the database if it were not sealed; None for codes and small numbers."""
    match field:
        case TextField():
            return canary(place)
        case MomentField():
            return f"{_day(place)}T"
        case DateField():
            return _day(place)
        case NumberField():
            raise AssertionError(f"{place} is a number: say here what to type, and how it lies at rest")
    return None


def _day(place: str) -> str:
    """A day between 1951 and 1980 that no row of the practice has otherwise."""
    digits = hashlib.sha256(f"day {place}".encode()).digest()
    return f"{1951 + digits[0] % 30}-{1 + digits[1] % 12:02}-{2 + digits[2] % 26:02}"


def _typed(place: str, field: Field, wanted: list[str]) -> str | list[str]:
    match field:
        case TextField():
            return canary(place)
        case MomentField():
            return f"{_day(place)}T12:00"
        case DateField():
            return _day(place)
        case MultiField():
            return [each.code for each in field.options if not each.exclusive][: max(field.at_least, 1)]
        case ChoiceField():
            return wanted[0] if wanted else field.options[0].code
    if field.type == "yes_no":
        return "no" if field.safety else "yes"
    return "5"
