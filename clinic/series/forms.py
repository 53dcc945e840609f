"""Shapes of what staff say of a standing session: what, how, from when on, how often, and each occurrence."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    Field,
    Form,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    TimeField,
)
from wtforms.validators import InputRequired, NumberRange, ValidationError

from clinic.booking.forms import FARTHEST, read_start
from clinic.core import zones
from clinic.core.recurrence import MOST
from clinic.practice.models import Service
from clinic.practice.wording import MODALITIES
from clinic.series.rules import FAR, GRID_MINUTES, Occurrence
from clinic.series.wording import BOOK, SKIP, field_name

FEWEST = 2


class _Readable(Field):
    """What cannot be read is said in our words."""

    unreadable: Any

    def process_formdata(self, valuelist: Any) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(str(self.unreadable)) from error


class _Day(_Readable, DateField):
    unreadable = _("Please choose a day.")


class _Time(_Readable, TimeField):
    unreadable = _("Please choose a time.")


class _Count(_Readable, IntegerField):
    unreadable = _("Please choose a number from 2 to 52.")


class FirstForm(Form):
    """The day and the time of the first one. Sent with GET, since it changes nothing: it holds no tokens."""

    day = _Day(_("From"), [InputRequired(_Day.unreadable)])
    at = _Time(_("At"), [InputRequired(_Time.unreadable)], render_kw={"step": GRID_MINUTES * 60})

    def __init__(self, *arguments: Any, zone: str, now: datetime, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.zone, self.now = zone, now

    def validate_at(self, field: Field) -> None:
        """Refuse odd minutes."""
        if field.data is not None and (field.data.minute % GRID_MINUTES or field.data.second):
            raise ValidationError(gettext("Please choose a time such as 3:00 or 3:05."))

    def validate_day(self, field: Field) -> None:
        """Refuse a first time that is over, or too far away to mean it."""
        if field.data is None:
            return
        if abs(field.data - self.now.date()) >= FARTHEST:
            raise ValidationError(gettext("Please choose a day in the coming years."))
        if zones.moment(field.data, self.at.data or time.max, self.zone) <= self.now:
            raise ValidationError(gettext("Please choose a first time that lies ahead."))

    @property
    def first(self) -> tuple[date, time]:
        """The first day and the time of a form that is valid."""
        day, at = self.day.data, self.at.data
        if day is None or at is None:
            raise ValueError("the form is not valid")
        return day, at


class PlanForm(FirstForm):
    """All that a standing session is."""

    service = SelectField(_("What"))
    modality = SelectField(_("How"), choices=[SelectChoice(*each) for each in MODALITIES.items()])
    weeks = RadioField(
        _("How often"),
        [InputRequired(_("Please choose one."))],
        choices=[SelectChoice("1", _("Every week")), SelectChoice("2", _("Every two weeks"))],
        default="1",
    )
    count = _Count(
        _("How many times"),
        [NumberRange(FEWEST, MOST, _Count.unreadable)],
        default=12,
        render_kw={"min": FEWEST, "max": MOST, "inputmode": "numeric"},
    )

    def __init__(self, *arguments: Any, services: Collection[tuple[Service, str]], **values: Any) -> None:
        """`services` are what may be chosen, each with its words."""
        super().__init__(*arguments, **values)
        self.services = {each.slug: each for each, _words in services}
        self.service.choices = [SelectChoice(each.slug, words) for each, words in services]

    def validate_modality(self, field: Field) -> None:
        """Refuse a way in which that service is not held."""
        chosen = self.services.get(self.service.data or "")
        if chosen is not None and field.data not in chosen.modalities:
            raise ValidationError(gettext("This service is not held that way. Please choose another one."))


def read_choices(
    occurrences: Sequence[Occurrence], sent: Mapping[str, str], now: datetime
) -> dict[int, datetime | None] | None:
    """When each is to be, None for one that is left out; None as a whole where one has no choice that makes sense."""
    chosen: dict[int, datetime | None] = {}
    for each in occurrences:
        said = sent.get(field_name(each.number), "")
        start = each.starts_at if said == BOOK else read_start(said)
        if said != SKIP and (start is None or abs(start - each.starts_at) > FAR or start <= now):
            return None
        chosen[each.number] = None if said == SKIP else start
    return chosen
