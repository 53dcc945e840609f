"""What the owner types of a therapist: the words of the public page, a switch, and the day from which they leave."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, StopValidation, ValidationError
from wtforms.widgets import TextInput

from clinic.core import clock, zones
from clinic.core.ids import parse_id
from clinic.practice.listing import Profile
from clinic.practice.rules import FARTHEST
from clinic.web.forms import ActionForm, one_line, stripped

MOST_WORDS: Final = 12
LONGEST_WORD: Final = 60


class WordsField(Field):
    """A few words or phrases in one line, set apart by commas; kept as a list, each of them once."""

    widget = TextInput()

    def _value(self) -> str:
        return ", ".join(self.data or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read "Couples, Boundaries"."""
        words = [one_line(part) for part in str(valuelist[0]).split(",")] if valuelist else []
        self.data = list(dict.fromkeys(word for word in words if word))


def few_and_short(_form: Any, field: Any) -> None:
    """A validator of such a line."""
    if len(field.data) > MOST_WORDS:
        raise StopValidation(gettext("Please write %(num)s at most.", num=MOST_WORDS))
    if any(len(word) > LONGEST_WORD for word in field.data):
        raise StopValidation(
            gettext("Each of these may have %(num)s letters. Please set them apart by commas.", num=LONGEST_WORD)
        )


class ProfileForm(ActionForm):
    """A therapist on the public pages. `seen` is how it stood when the page was made."""

    seen = HiddenField()
    is_listed = BooleanField(
        _("On the public pages, and clients can book"),
        description=_(
            "Switched off, no page names them and clients book nothing new with them. Staff still can."
            " Whoever has a session with them can still move it to another of their times."
        ),
    )
    title = StringField(_("Title"), [Length(max=80)], [one_line], description=_("Such as: Couple therapist"))
    summary = StringField(
        _("In one sentence"), [Length(max=200)], [one_line], description=_("It stands on the page of all therapists.")
    )
    about = TextAreaField(
        _("About them"),
        [Length(max=3000)],
        [stripped],
        description=_("On their own page. An empty line begins a new paragraph."),
        render_kw={"rows": 8},
    )
    focus = WordsField(_("Works with"), [few_and_short], description=_("Set apart by commas, such as: Couples, Grief"))
    languages = WordsField(_("Languages"), [few_and_short], description=_("Set apart by commas."))
    leaves_on = DateField(
        _("Leaves: no new session from"),
        [Optional()],
        description=_(
            "From the start of that day nobody books anything new with them, staff neither. What is booked stays until"
            " it is handed over, moved or cancelled. Empty means that they stay."
        ),
    )

    supervisor = SelectField(
        _("Supervisor"),
        description=_(
            "Their notes are final once this colleague, who finds them on Today, has co-signed them. What waits goes on"
            " waiting when somebody else, or nobody, is chosen here."
        ),
    )

    def offer(self, colleagues: Iterable[tuple[str, str]]) -> None:
        """Name who may supervise."""
        self.supervisor.choices = [("", gettext("None: they sign their notes alone")), *colleagues]

    def validate_leaves_on(self, field: DateField) -> None:
        """Refuse a day that is not meant."""
        if field.data and abs(field.data - clock.now().date()) > FARTHEST:
            raise ValidationError(gettext("Please choose a day within the next three years."))

    def profile(self, leaves_at: datetime | None, zone: str) -> Profile:
        """What was typed, once it is valid. The moment from which on somebody leaves stays, where its day does."""
        if leaves_on_of(leaves_at, zone) != self.leaves_on.data:
            leaves_at = zones.day_bounds(self.leaves_on.data, zone)[0] if self.leaves_on.data else None
        return Profile(
            title=self.title.data or "",
            summary=self.summary.data or "",
            about=self.about.data or "",
            focus=self.focus.data,
            languages=self.languages.data,
            is_listed=self.is_listed.data,
            leaves_at=leaves_at,
            supervisor_id=parse_id(self.supervisor.data or ""),
        )


def leaves_on_of(leaves_at: datetime | None, zone: str) -> date | None:
    """The day by the practice's clock."""
    return zones.wall(leaves_at, zone).date() if leaves_at else None
