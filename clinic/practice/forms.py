"""What owners and therapists type: services, rooms, holidays, hours and time off."""

from datetime import time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import TextInput

from clinic.practice.models import MODALITIES
from clinic.practice.offering import Description, OwnTerms
from clinic.practice.rules import LONGEST_LINE, Stretch
from clinic.practice.wording import MODALITIES as MODALITY_WORDS
from clinic.web.forms import ActionForm, one_line, stripped

HOUR, CENTS = 60, 100
NAME_LENGTH = 80
MOST_CENTS = 10_000_00
TWO_WEEKS = 14 * 24 * HOUR
BUFFER = [InputRequired(_("Please write 0 where there is none.")), NumberRange(0, 120, _("From 0 to 120 minutes."))]
LENGTH = NumberRange(5, 480, _("From 5 minutes to 8 hours, in minutes."))
PRICE = NumberRange(0, MOST_CENTS, _("Please write an amount up to 10,000."))


class NumberField(Field):
    """A number as people write it, kept as a whole number of its `parts`: money in cents, hours in minutes."""

    widget = TextInput()

    def __init__(self, *arguments: Any, parts: int = 1, **values: Any) -> None:
        values["render_kw"] = {"inputmode": "numeric" if parts == 1 else "decimal", "autocomplete": "off"}
        super().__init__(*arguments, **values)
        self.parts = parts

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        number = Decimal(self.data) / self.parts
        return f"{number:.2f}" if self.parts == CENTS and number % 1 else f"{number:.2f}".rstrip("0").rstrip(".")

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read "1,200.50" and "$140"; nothing is None. Raises ValueError with words."""
        typed = str(valuelist[0]).strip(" \t$€£").replace(",", "") if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            number = Decimal(typed) * self.parts
        except InvalidOperation as error:
            raise ValueError(gettext("Please write a number.")) from error
        if not number.is_finite() or abs(number) > 10**9 or number % 1:
            raise ValueError(gettext("Please write a number that is not split further than that."))
        self.data = int(number)


def any_chosen(_form: Any, field: Any) -> None:
    """A validator: at least one of the boxes."""
    if not field.data:
        raise StopValidation(gettext("Please choose at least one."))


def name_field() -> StringField:
    """What a service or a room is called."""
    return StringField(
        _("Name"),
        [InputRequired(_("Please give it a name.")), Length(max=NAME_LENGTH)],
        [one_line],
        render_kw={"autocomplete": "off"},
    )


class ServiceForm(ActionForm):
    """A service with its rules. `seen` is how it stood when the page was made."""

    seen = HiddenField()
    name = name_field()
    description = TextAreaField(
        _("Description"),
        [InputRequired(_("Please say in a sentence what it is.")), Length(max=500)],
        [stripped],
        description=_("Clients read it on the page of services."),
        render_kw={"rows": 3},
    )
    minutes = NumberField(_("Length in minutes"), [InputRequired(_("Please say how long it takes.")), LENGTH])
    buffer_before_minutes = NumberField(_("Free minutes before"), BUFFER)
    buffer_after_minutes = NumberField(_("Free minutes after"), BUFFER)
    price = NumberField(_("Price"), [InputRequired(_("Please write 0 where it costs nothing.")), PRICE], parts=CENTS)
    modalities = SelectMultipleField(
        _("How"), [any_chosen], choices=[SelectChoice(each, MODALITY_WORDS[each].capitalize()) for each in MODALITIES]
    )
    attends = RadioField(
        _("Who attends"),
        [InputRequired(_("Please choose one."))],
        choices=[SelectChoice("one", _("One person")), SelectChoice("couple", _("A couple"))],
    )
    booked_by = RadioField(
        _("Who may book it"),
        [InputRequired(_("Please choose one."))],
        choices=[
            SelectChoice("visitor", _("Anyone, as a first contact")),
            SelectChoice("client", _("Clients, with their own therapist")),
            SelectChoice("staff", _("The practice alone")),
        ],
    )
    approval = RadioField(
        _("When a client books it"),
        [InputRequired(_("Please choose one."))],
        choices=[
            SelectChoice("instant", _("It is booked at once")),
            SelectChoice("on_request", _("It is a request that the therapist accepts")),
        ],
    )
    notice = NumberField(
        _("Notice in hours"),
        [InputRequired(_("Please write 0 for none.")), NumberRange(0, TWO_WEEKS, _("Two weeks at most, in hours."))],
        description=_("How long before its start it can still be booked."),
        parts=HOUR,
    )
    horizon_days = NumberField(
        _("Days ahead"),
        [InputRequired(_("Please say how far ahead.")), NumberRange(1, 730, _("From 1 to 730 days."))],
        description=_("How far ahead it can be booked."),
    )
    daily_cap = NumberField(
        _("Most in a day"),
        [Optional(), NumberRange(1, 50, _("From 1 to 50, or empty for no limit."))],
        description=_("For each therapist. Empty means no limit."),
    )
    late_change = NumberField(
        _("Late from, in hours before"),
        [InputRequired(_("Please write 0 for never.")), NumberRange(0, TWO_WEEKS, _("Two weeks at most, in hours."))],
        description=_("Moving or cancelling nearer to the start is noted as late. 0 means never."),
        parts=HOUR,
    )
    late_fee = NumberField(
        _("Late fee"),
        [Optional(), PRICE],
        description=_("Only said and noted. Nothing is ever charged by itself."),
        parts=CENTS,
    )
    position = NumberField(
        _("Place in the list"),
        [InputRequired(_("Please give it a place.")), NumberRange(0, 999, _("From 0, which is first, to 999."))],
    )
    given_by = SelectMultipleField(_("Who gives it"), coerce=UUID)

    @property
    def givers(self) -> list[UUID]:
        """Who was ticked."""
        return list(self.given_by.data or ())

    def describe(self) -> Description:
        """What was typed, once it is valid."""
        return Description(
            name=self.name.data or "",
            description=self.description.data or "",
            minutes=self.minutes.data or 0,
            buffer_before_minutes=self.buffer_before_minutes.data or 0,
            buffer_after_minutes=self.buffer_after_minutes.data or 0,
            price_cents=self.price.data or 0,
            attends=self.attends.data,
            approval=self.approval.data,
            booked_by=self.booked_by.data,
            modalities=[each for each in MODALITIES if each in (self.modalities.data or ())],
            notice_minutes=self.notice.data or 0,
            horizon_days=self.horizon_days.data or 0,
            daily_cap=self.daily_cap.data,
            late_change_minutes=self.late_change.data or 0,
            late_fee_cents=self.late_fee.data or 0,
            position=self.position.data or 0,
        )


class OwnTermsForm(ActionForm):
    """How one therapist gives a service; what is left empty is as the service says."""

    seen = HiddenField()
    minutes = NumberField(_("Length in minutes"), [Optional(), LENGTH])
    price = NumberField(_("Price"), [Optional(), PRICE], parts=CENTS)
    buffer_before_minutes = NumberField(_("Free minutes before"), [Optional(), BUFFER[1]])
    buffer_after_minutes = NumberField(_("Free minutes after"), [Optional(), BUFFER[1]])

    def terms(self) -> OwnTerms:
        """What was typed, once it is valid."""
        return OwnTerms(
            self.minutes.data, self.price.data, self.buffer_before_minutes.data, self.buffer_after_minutes.data
        )


class RoomForm(ActionForm):
    """What a room is called. `seen` is what it was called when the page was made."""

    seen = HiddenField()
    name = name_field()


class HolidayForm(ActionForm):
    """A day on which nobody works."""

    on = DateField(_("Day"), [InputRequired(_("Please choose a day."))])
    name = StringField(
        _("What it is"),
        [InputRequired(_("Please say what it is.")), Length(max=NAME_LENGTH)],
        [one_line],
        render_kw={"autocomplete": "off"},
    )


class WeekForm(ActionForm):
    """Seven days as lines, and from when until when they hold."""

    seen = HiddenField()
    first = DateField(_("From"), [InputRequired(_("Please choose the day from which this holds."))])
    last = DateField(_("Until, included"), [Optional()])

    @property
    def days(self) -> list[StringField]:
        """The lines from Monday to Sunday."""
        return [self[f"day{weekday}"] for weekday in range(7)]


for _weekday, _label in enumerate(
    (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
):
    setattr(
        WeekForm,
        f"day{_weekday}",
        StringField(
            _label, [Length(max=LONGEST_LINE)], [one_line], render_kw={"autocomplete": "off", "maxlength": LONGEST_LINE}
        ),
    )


class ExtraForm(ActionForm):
    """One stretch on one day."""

    on = DateField(_("Day"), [InputRequired(_("Please choose a day."))])
    starts = TimeField(_("From"), [InputRequired(_("Please say from when."))])
    ends = TimeField(_("Until"), [InputRequired(_("Please say until when."))])

    @property
    def stretch(self) -> Stretch:
        """From when until when, once it is valid."""
        return self.starts.data or time(0), self.ends.data or time(0)


class LeaveForm(ActionForm):
    """From when until when somebody is away, and who stands in. Without times it is whole days."""

    first = DateField(_("First day away"), [InputRequired(_("Please choose the first day."))])
    starts = TimeField(_("From, on that day"), [Optional()], description=_("Empty means the whole day."))
    last = DateField(_("Last day away"), [InputRequired(_("Please choose the last day."))])
    ends = TimeField(_("Until, on that day"), [Optional()], description=_("Empty means the whole day."))
    cover = SelectField(
        _("Who stands in"),
        [InputRequired(_("Please choose somebody who stands in. Nobody is away without a cover."))],
        coerce=lambda value: UUID(value) if value else None,
    )

    @property
    def from_time(self) -> time:
        """When it begins on the first day."""
        return self.starts.data or time(0)
