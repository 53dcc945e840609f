"""What is asked about measures: which one how often, and the words of one that the practice supplies."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange

from clinic.measures.instrument import Instrument, item_key
from clinic.measures.loading import LONGEST, Wording
from clinic.measures.rules import LEAST_DAYS
from clinic.questionnaires.errors import Message
from clinic.questionnaires.wording import say
from clinic.web.forms import ActionForm, one_line, stripped


class ScheduleForm(ActionForm):
    """Which measure a client is asked for, from which day on, and how often."""

    measure = SelectField(_("Measure"), [InputRequired(_("Please choose a measure."))])
    every_days = IntegerField(
        _("Every how many days"),
        [
            InputRequired(_("Please say how often, in days.")),
            NumberRange(LEAST_DAYS, 366, _("From 14 days, which is as often as it comes, to 366.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    starts_on = DateField(_("From"), [InputRequired(_("Please choose a day."))])

    @classmethod
    def offering(cls, measures: Mapping[str, str], today: date, *, is_sent: bool, chosen: str = "") -> "ScheduleForm":
        """The form for a choice among these, titles by key."""
        shown = {"every_days": 28, "starts_on": today, "measure": chosen}
        form = cls() if is_sent else cls(formdata=None, data=shown)
        form.measure.choices = [SelectChoice(key, title) for key, title in measures.items()]
        return form


class WordingForm(ActionForm):
    """The words of a measure; `seen` is the version that the page was made from. `wording_form` adds the items."""

    seen = HiddenField()
    has_read = BooleanField(_("I have read this. Our practice may use the wording that is typed in here."))
    title = StringField(_("Title, as clients read it"), filters=[one_line])
    stem = TextAreaField(_("What stands above the questions"), filters=[one_line], render_kw={"rows": 2})
    count = 0

    @property
    def seen_version(self) -> int:
        """The version that was seen; none that there can be where the field was tampered with."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1

    @property
    def wording(self) -> Wording:
        """What was typed. Answers that are left out are those of the question before."""
        answers: list[tuple[str, ...]] = []
        for number in range(1, self.count + 1):
            typed = tuple(line.strip() for line in (self[f"answers_{number}"].data or "").splitlines() if line.strip())
            answers.append(typed or (answers[-1] if answers else ()))
        items = tuple(self[item_key(number)].data or "" for number in range(1, self.count + 1))
        return Wording(self.title.data or "", self.stem.data or "", items, tuple(answers))

    def rows(self) -> list[tuple[Any, Any]]:
        """Each question's field with that of its answers."""
        return [(self[item_key(number)], self[f"answers_{number}"]) for number in range(1, self.count + 1)]

    def refuse(self, errors: Mapping[str, Message]) -> None:
        """Put each message at its field."""
        for field, message in errors.items():
            self[field].errors = [say(message)]


def wording_form(instrument: Instrument, wording: Wording | None, seen: int, *, is_sent: bool) -> WordingForm:
    """The form for one measure, showing a wording or what was just sent."""
    fields: dict[str, Any] = {}
    shown: dict[str, str] = {"seen": str(seen)}
    for number, (low, high) in enumerate(instrument.ranges, 1):
        many = {"rows": 4, "maxlength": LONGEST * 10}
        fields[item_key(number)] = TextAreaField(
            gettext("Question %(number)s", number=number), filters=[one_line], render_kw={"rows": 2}
        )
        fields[f"answers_{number}"] = TextAreaField(
            gettext("Answers to question %(number)s, from %(low)s to %(high)s", number=number, low=low, high=high),
            filters=[stripped],
            render_kw=many,
        )
    if wording is not None:
        shown |= {"title": wording.title, "stem": wording.stem}
        shown |= {item_key(number): words for number, words in enumerate(wording.items, 1)}
        shown |= _answers_shown(wording.answers)
    form_class = type("Built", (WordingForm,), fields | {"count": len(instrument.ranges)})
    form: WordingForm = form_class() if is_sent else form_class(formdata=None, data=shown)
    return form


def _answers_shown(answers: Sequence[Sequence[str]]) -> dict[str, str]:
    """The answers on lines; those that are the same as of the question before are left out."""
    return {
        f"answers_{number}": "\n".join(lines)
        for number, lines in enumerate(answers, 1)
        if number == 1 or lines != answers[number - 2]
    }
