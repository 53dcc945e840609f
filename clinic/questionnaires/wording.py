"""Messages, answers and readers in the words of the person who looks at them."""

from datetime import date, datetime
from decimal import Decimal

from babel.numbers import format_decimal
from flask_babel import get_locale, gettext

from clinic.questionnaires.definition import ChoiceField, EntriesGroup, Field, MultiField, NumberField
from clinic.questionnaires.errors import Message
from clinic.questionnaires.rules import FilledEntry
from clinic.questionnaires.values import Signature, Value
from clinic.questionnaires.visibility import VisibilityLine
from clinic.web.filters import clock_time, short_day


def say(message: Message) -> str:
    """The sentence in the reader's language."""
    return str(gettext(message.text, **message.values))


def sentences(line: VisibilityLine) -> str:
    """Everything that a field promises about its readers."""
    return " ".join(say(sentence) for sentence in line.sentences)


def answer_words(field: Field, value: Value, zone: str) -> str:
    """An answer as one reads it aloud; moments on the wall of `zone`."""
    match value:
        case bool():
            return str(gettext("Yes") if value else gettext("No"))
        case int():
            return str(gettext("%(number)s of 10", number=value))
        case Decimal():
            number = format_decimal(value, locale=get_locale())
            return f"{number} {field.unit}".strip() if isinstance(field, NumberField) else number
        case datetime():
            return f"{short_day(value, zone)}, {clock_time(value, zone)}"
        case date():
            return short_day(value)
        case tuple():
            return ", ".join(_label(field, code) for code in value)
        case Signature():
            return value.name
        case str():
            return _label(field, value)


def _label(field: Field, code: str) -> str:
    if not isinstance(field, ChoiceField | MultiField):
        return code
    return next((choice.label for choice in field.options if choice.code == code), code)


def entry_title(group: EntriesGroup, entry: FilledEntry, zone: str) -> str:
    """What tells one entry from the next: its first answered words, at most sixty characters."""
    for field in group.fields:
        value = entry.answers.get(field.key)
        if field.type in ("text", "choice") and value is not None:
            words = answer_words(field, value, zone).replace("\n", " ")
            return words if len(words) <= 60 else words[:59].rstrip() + "…"
    return group.one
