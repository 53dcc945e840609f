"""The forms of notes: what is written, how it is signed, given back and amended."""

from datetime import date
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from clinic.notes.rules import ALL_SECTIONS, LONGEST, LONGEST_REASON, SECTIONS, Texts, Written
from clinic.notes.wording import FORMATS, SECTION_WORDS
from clinic.web.forms import ActionForm, stripped

_PREFIX: Final = "s_"


def _section(key: str) -> TextAreaField:
    label, help_line = SECTION_WORDS[key]
    rows = 16 if key == "text" else 6
    return TextAreaField(label, [Length(max=LONGEST)], [stripped], description=help_line, render_kw={"rows": rows})


def _format_field() -> SelectField:
    return SelectField(_("Format"), choices=[SelectChoice(*each) for each in FORMATS.items()])


def _name_field() -> StringField:
    return StringField(
        _("Your full name, typed as your signature"),
        [Length(max=200)],
        [stripped],
        render_kw={"autocomplete": "off", "autocapitalize": "words", "spellcheck": "false"},
    )


class NoteForm(ActionForm):
    """The headings of one format, a signature for when it is done, and another format; `shape` is that of the page."""

    s_text = _section("text")
    s_data = _section("data")
    s_subjective = _section("subjective")
    s_objective = _section("objective")
    s_behavior = _section("behavior")
    s_intervention = _section("intervention")
    s_response = _section("response")
    s_assessment = _section("assessment")
    s_plan = _section("plan")
    format = _format_field()
    name = _name_field()

    shape = HiddenField()

    def __init__(self, chosen: str, texts: Texts | None = None, **values: Any) -> None:
        said = {_PREFIX + key: words for key, words in (texts or {}).items()}
        super().__init__(data={"format": chosen, "shape": chosen, **said}, **values)
        shape = self.shape.data or ""
        self._chosen = shape if shape in SECTIONS else chosen
        for key in set(ALL_SECTIONS) - set(SECTIONS[self._chosen]):
            del self[_PREFIX + key]

    @property
    def sections(self) -> list[Field]:
        """The fields of the headings, in order."""
        return [self[_PREFIX + key] for key in SECTIONS[self._chosen]]

    @property
    def written(self) -> Written:
        """What was typed, in the format that the page was in."""
        return Written(self._chosen, {key: self[_PREFIX + key].data or "" for key in SECTIONS[self._chosen]})


class StartForm(ActionForm):
    """A note of a day without a session: whose record, which day, which format."""

    record = RadioField(_("Whose record it enters"), [InputRequired()])
    held_on = DateField(
        _("Day"), [InputRequired()], description=_("Of the phone call, or of what else the note is about.")
    )
    format = _format_field()

    def __init__(self, today: date, **values: Any) -> None:
        super().__init__(**values)
        self._today = today

    def validate_held_on(self, field: DateField) -> None:
        """Refuse a day that is still to come."""
        if field.data and field.data > self._today:
            raise ValidationError(gettext("This day is still to come. A note tells of what was."))


class CosignForm(ActionForm):
    """A supervisor's signature."""

    name = _name_field()


class GiveBackForm(ActionForm):
    """What to look at before it is signed again."""

    word = TextAreaField(
        _("What should change?"), [DataRequired(), Length(max=LONGEST_REASON)], [stripped], render_kw={"rows": 3}
    )


class AmendForm(ActionForm):
    """What is added to a final note, why, and by whom."""

    text = TextAreaField(_("What you add"), [DataRequired(), Length(max=LONGEST)], [stripped], render_kw={"rows": 5})
    reason = StringField(_("Why"), [DataRequired(), Length(max=LONGEST_REASON)], [stripped])
    name = _name_field()


class PsychotherapyForm(ActionForm):
    """One psychotherapy note."""

    text = TextAreaField(_("Your note"), [DataRequired(), Length(max=LONGEST)], [stripped], render_kw={"rows": 10})
