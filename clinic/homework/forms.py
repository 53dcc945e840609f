"""The forms around an assignment: giving it, asking for help, reviewing it, giving it back."""

from uuid import UUID

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from clinic.core import zones
from clinic.homework.service import Task
from clinic.web.forms import ActionForm, stripped

QUALITY = (
    ("0", _("Not tried")),
    ("1", _("A start")),
    ("2", _("Partly there")),
    ("3", _("Good")),
    ("4", _("Very good")),
)
OWN_QUALITY = (
    ("0", _("It did not work out")),
    ("1", _("Hardly")),
    ("2", _("Partly")),
    ("3", _("Well")),
    ("4", _("Very well")),
)


class AssignForm(ActionForm):
    """Which exercise, for what, when, and how likely it is to happen."""

    definition_id = SelectField(_("Exercise"), coerce=UUID)
    reason = TextAreaField(
        _("Why this, and why now?"),
        description=_("In words that your client will read above the exercise."),
        filters=[stripped],
        validators=[Length(max=1000)],
        render_kw={"rows": 3},
    )
    when_and_where = StringField(_("When and where will it happen?"), filters=[stripped], validators=[Length(max=200)])
    obstacle = StringField(
        _("What could get in the way, and what then?"), filters=[stripped], validators=[Length(max=300)]
    )
    confidence = IntegerField(
        _("How sure is your client that they will do it?"), validators=[Optional(), NumberRange(0, 10)]
    )
    target = IntegerField(
        _("How many times?"),
        description=_("Empty means: as the exercise suggests."),
        validators=[Optional(), NumberRange(1, 50)],
    )
    due = DateTimeLocalField(_("Due"), validators=[InputRequired()])
    is_agreed = BooleanField(_("We agreed on this in the session"))

    def task(self, zone: str) -> Task:
        """What was decided; the due moment is on the wall of `zone`."""
        due = self.due.data
        if due is None:
            raise ValueError("a form is turned into a task once it is valid")
        return Task(
            definition_id=self.definition_id.data,
            due_at=zones.moment(due.date(), due.time(), zone),
            is_agreed=self.is_agreed.data,
            confidence=self.confidence.data,
            target=self.target.data,
            reason=self.reason.data or "",
            when_and_where=self.when_and_where.data or "",
            obstacle=self.obstacle.data or "",
        )


class HelpForm(ActionForm):
    """A few words to go with it, or none."""

    words = TextAreaField(
        _("Anything you would like to add?"),
        filters=[stripped],
        validators=[Length(max=1000)],
        render_kw={"rows": 3},
    )


class ReviewForm(ActionForm):
    """Words for the client, and the therapist's own view of the quality."""

    feedback = TextAreaField(
        _("Your words to them"), filters=[stripped], validators=[Length(max=4000)], render_kw={"rows": 4}
    )
    quality = RadioField(
        _("Quality, as you see it"),
        choices=[SelectChoice(*each) for each in QUALITY],
        validators=[Optional()],
        validate_choice=False,
    )

    @property
    def chosen_quality(self) -> int | None:
        """From 0 to 4, None where nothing was chosen."""
        return int(self.quality.data) if self.quality.data in {code for code, _words in QUALITY} else None


class ReturnForm(ActionForm):
    """Why it goes back."""

    reason = TextAreaField(
        _("What is the next round for?"), filters=[stripped], validators=[Length(max=2000)], render_kw={"rows": 3}
    )
