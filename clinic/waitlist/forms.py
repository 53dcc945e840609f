"""Shapes of what suits who waits."""

from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    Field,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired, Optional, ValidationError

from clinic.booking.staff_forms import near
from clinic.core import clock, zones
from clinic.core.ids import parse_id
from clinic.practice.wording import MODALITIES
from clinic.waitlist.queries import Possible
from clinic.waitlist.rules import DAYPARTS, WEEKDAYS
from clinic.waitlist.service import Preferences
from clinic.waitlist.wording import DAYPART_WORDS, weekday_names
from clinic.web.forms import ActionForm


class PreferencesForm(ActionForm):
    """Which days, which part of the day, with whom, how, and until when; all of it where nothing is changed."""

    service = SelectField(_("What"))
    weekdays = SelectMultipleField(
        _("Which days suit?"), [InputRequired(_("Please choose one day at least."))], coerce=int, default=WEEKDAYS
    )
    dayparts = SelectMultipleField(
        _("Which part of the day?"),
        [InputRequired(_("Please choose one part of the day at least."))],
        choices=[SelectChoice(*each) for each in DAYPART_WORDS.items()],
        default=DAYPARTS,
    )
    therapist = SelectField(_("With whom"), default="")
    modality = SelectField(_("How"), default="")
    until = DateField(_("Until which day?"), [Optional(), near])

    def __init__(self, *arguments: Any, possible: list[Possible], zone: str, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.possible = {each.service.slug: each for each in possible}
        self.zone = zone
        self.service.choices = [SelectChoice(slug, each.service.name) for slug, each in self.possible.items()]
        self.weekdays.choices = [SelectChoice(number, name) for number, name in weekday_names().items()]
        therapists = {each.person_id: each.person.name for one in possible for each in one.therapists}
        self.therapist.choices = [
            SelectChoice("", _("Anyone")),
            *(SelectChoice(str(person_id), name) for person_id, name in therapists.items()),
        ]
        ways = [way for way in MODALITIES if any(way in one.service.modalities for one in possible)]
        self.modality.choices = [SelectChoice("", _("Any way")), *(SelectChoice(way, MODALITIES[way]) for way in ways)]

    @property
    def chosen(self) -> Possible | None:
        """The service that was chosen."""
        return self.possible.get(self.service.data or "")

    def validate_therapist(self, field: Field) -> None:
        """Refuse somebody who does not give it to this client."""
        if (
            field.data
            and self.chosen
            and parse_id(field.data) not in {each.person_id for each in self.chosen.therapists}
        ):
            raise ValidationError(gettext("They do not give this. Please choose somebody else."))

    def validate_modality(self, field: Field) -> None:
        """Refuse a way in which that service is not held."""
        if field.data and self.chosen and field.data not in self.chosen.service.modalities:
            raise ValidationError(gettext("This service is not held that way. Please choose another one."))

    def validate_until(self, field: Field) -> None:
        """Refuse a day that is over."""
        if field.data and field.data < zones.wall(clock.now(), self.zone).date():
            raise ValidationError(gettext("Please choose a day that lies ahead."))

    def preferences(self) -> tuple[UUID, Preferences]:
        """The service and what suits, of a form that is valid."""
        if self.chosen is None:
            raise ValueError("the form is not valid")
        return self.chosen.service.id, Preferences(
            weekdays=tuple(sorted({*(self.weekdays.data or ())})),
            dayparts=tuple(each for each in DAYPARTS if each in (self.dayparts.data or ())),
            therapist_id=parse_id(self.therapist.data) if self.therapist.data else None,
            modality=self.modality.data or None,
            until=self.until.data,
        )
