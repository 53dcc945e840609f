"""The closing of an alert, and the owner's settings of the office."""

from typing import Any, Final
from uuid import UUID

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from clinic.practice.rules import LONGEST_LINE
from clinic.risk.rules import Closing
from clinic.risk.wording import CLOSING, DISPOSITIONS
from clinic.web.forms import ActionForm, one_line, stripped

ON_CALL: Final = 6
"""How many places the on-call list has."""


def _words(name: str, hint: str = "", rows: int = 2) -> Any:
    return TextAreaField(
        CLOSING[name], [Length(max=4000)], [stripped], description=hint, render_kw={"rows": rows, "required": True}
    )


class ClosingForm(ActionForm):
    """What was asked and done. Each part says something; the rules tell what is missing."""

    who = StringField(
        CLOSING["who"], [Length(max=200)], [one_line], render_kw={"required": True, "autocomplete": "off"}
    )
    contacted_at = DateTimeLocalField(CLOSING["contacted_at"], [Optional()], render_kw={"required": True})
    attempts = _words("attempts", _("Each try: when, how, what came of it."))
    ideation = _words("ideation", _("What you asked and what they said; or why you could not ask."))
    plan = _words("plan")
    intent = _words("intent")
    means = _words("means")
    history = _words("history")
    protective = _words("protective", _("People, plans, reasons to live."))
    action = _words("action", rows=3)
    safety_plan = _words("safety_plan", _("What you agreed on, or where it is."), rows=3)
    disposition = RadioField(
        CLOSING["disposition"],
        [Optional()],
        choices=[SelectChoice(code, words) for code, words in DISPOSITIONS.items()],
        validate_choice=False,
        render_kw={"required": True},
    )

    def closing(self) -> Closing:
        """What was typed; a part that is empty stays empty."""
        typed = {name: self[name].data or "" for name in CLOSING if name not in {"contacted_at", "disposition"}}
        at, disposition = self.contacted_at.data, self.disposition.data
        return Closing(
            **typed,
            contacted_at=f"{at:%Y-%m-%d %H:%M}" if at is not None else "",
            disposition=disposition if disposition in DISPOSITIONS else "",
        )


def _nobody_or_id(value: Any) -> UUID | None:
    return UUID(str(value)) if value and str(value) != "None" else None


class OfficeForm(ActionForm):
    """Where the practice is, when somebody is there, and who is named. `seen` is how it stood."""

    seen = HiddenField()
    country = SelectField(_("Country"), description=_("Crisis lines and the foot of every page follow it."))
    lead = SelectField(
        _("Clinical lead"),
        coerce=_nobody_or_id,
        description=_("Told after the therapist and their cover, when neither has answered for an hour."),
    )

    @property
    def days(self) -> list[StringField]:
        """The lines from Monday to Sunday."""
        return [self[f"day{weekday}"] for weekday in range(7)]

    @property
    def places(self) -> list[SelectField]:
        """The on-call list, first to last."""
        return [self[f"on_call{place}"] for place in range(1, ON_CALL + 1)]


for _weekday, _label in enumerate(
    (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
):
    setattr(
        OfficeForm,
        f"day{_weekday}",
        StringField(
            _label, [Length(max=LONGEST_LINE)], [one_line], render_kw={"autocomplete": "off", "maxlength": LONGEST_LINE}
        ),
    )
for _place in range(1, ON_CALL + 1):
    setattr(OfficeForm, f"on_call{_place}", SelectField(_("On call, place %(num)s", num=_place), coerce=_nobody_or_id))
