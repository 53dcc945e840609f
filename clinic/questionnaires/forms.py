"""Any definition as a WTForms form. The form takes what was sent as it came; the rules decide what it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from wtforms import Field as Control
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import DateInput, DateTimeLocalInput

from clinic.questionnaires.definition import (
    HELD_ON,
    ChoiceField,
    EntriesGroup,
    Field,
    MultiField,
    NumberField,
    SignatureField,
    TextField,
)
from clinic.questionnaires.errors import Message
from clinic.questionnaires.rules import Answers
from clinic.questionnaires.values import as_sent
from clinic.questionnaires.wording import say
from clinic.web.forms import ActionForm

PREFIX = "a_"
"""Before each key, so that no field can take the name of something else in the form."""


class TypedName(StringField):
    """A name typed under a document, sent together with a tick for its statement."""

    has_agreed = False

    def process_data(self, value: Any) -> None:
        """Show a stored signature: the name, and that the statement was ticked."""
        self.process_formdata(list(value or ()))

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Tell the name from the tick."""
        self.has_agreed = "agreed" in valuelist
        self.data = next((text for text in valuelist if text != "agreed"), "")


class QuestionnaireForm(ActionForm):
    """A form made for one list of fields by `build_form`."""

    asked = HiddenField()
    keys: tuple[str, ...] = ()

    def control(self, key: str) -> Control:
        """The WTForms field that asks for `key`."""
        control: Control = self[PREFIX + key]
        return control

    def raws(self) -> dict[str, list[str]]:
        """What was sent for every field that the page asked for; nothing sent clears an answer.

        A radio button that is not pressed sends nothing, so the page says itself what it asked for: a request that
        was cut short clears nothing.
        """
        asked = set(" ".join(self.asked.raw_data or ()).split())
        sent = {key: list(self.control(key).raw_data or ()) for key in self.keys}
        return {key: texts for key, texts in sent.items() if texts or key in asked}

    def refuse(self, errors: Mapping[str, Message]) -> None:
        """Put each message at its field, where the page and its summary find it."""
        for key, message in errors.items():
            if key in self.keys:
                self.control(key).errors = [say(message)]


def build_form(
    fields: Sequence[Field], answers: Answers, zone: str, *, held_on: date | None = None, is_dated: bool = False
) -> QuestionnaireForm:
    """The form for these fields, showing `answers` or what was just sent. `is_dated` asks for the entry's day first."""
    plain = [each for each in fields if not isinstance(each, EntriesGroup)]
    controls: dict[str, Any] = {PREFIX + each.key: _control(each) for each in plain}
    keys = [each.key for each in plain]
    if is_dated:
        controls = {PREFIX + HELD_ON: StringField(_("Which day?"), widget=DateInput())} | controls
        keys.insert(0, HELD_ON)
    form_class = type("Built", (QuestionnaireForm,), controls | {"keys": tuple(keys)})
    shown: dict[str, Any] = {"asked": " ".join(keys)}
    shown |= {PREFIX + each.key: as_sent(each, answers[each.key], zone) for each in plain if each.key in answers}
    if is_dated:
        shown[PREFIX + HELD_ON] = held_on.isoformat() if held_on else ""
    form: QuestionnaireForm = form_class(data=shown)
    return form


def _control(field: Field) -> Any:
    label = field.label
    match field:
        case TextField(long=True):
            return TextAreaField(label, render_kw={"rows": 4, "maxlength": field.max_length})
        case TextField():
            return StringField(label, render_kw={"maxlength": field.max_length, "autocomplete": "off"})
        case ChoiceField():
            return _radio(label, [(choice.code, choice.label) for choice in field.options])
        case MultiField():
            choices = [(choice.code, choice.label) for choice in field.options]
            return SelectMultipleField(label, choices=dict(choices), validate_choice=False)
        case NumberField():
            mode = "numeric" if field.whole else "decimal"
            return StringField(label, render_kw={"inputmode": mode, "autocomplete": "off"})
        case SignatureField():
            return TypedName(label, render_kw={"autocomplete": "name", "maxlength": 200})
    return _plain_control(field)


def _plain_control(field: Field) -> Any:
    match field.type:
        case "scale":
            return _radio(field.label, [(str(number), str(number)) for number in range(11)])
        case "yes_no":
            return _radio(field.label, [("yes", _("Yes")), ("no", _("No"))])
        case "date":
            return StringField(field.label, widget=DateInput())
        case "moment":
            return StringField(field.label, widget=DateTimeLocalInput())
    raise ValueError(f"no control asks for {field.type}")


def _radio(label: str, choices: list[tuple[str, str]]) -> Any:
    return RadioField(label, choices=dict(choices), validate_choice=False)
