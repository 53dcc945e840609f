"""Shapes of what people send: a time, who they are, and the plain press of a button."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from clinic.accounts.forms import good_address
from clinic.accounts.rules import LONGEST_ADDRESS, holds_link
from clinic.core import clock
from clinic.core.ids import parse_id
from clinic.core.interval import require_aware
from clinic.web.forms import ActionForm, one_line

FARTHEST = timedelta(days=3650)
"""How far from now an address may name a day or a time."""
NAME_LENGTH = 80


def read_start(text: str) -> datetime | None:
    """The moment that `text` spells in ISO 8601, in UTC; None where it spells none of the next or last ten years."""
    try:
        start = require_aware(datetime.fromisoformat(text))
    except ValueError:
        return None
    # Near the ends of the calendar even another zone's day overflows.
    return start.astimezone(UTC) if abs(start - clock.now()) < FARTHEST else None


def write_start(start: datetime) -> str:
    """A moment as it stands in addresses: 20261126T150000Z."""
    return f"{start.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def phone_words(number: str) -> str:
    """A stored number as one writes it, with its country."""
    import phonenumbers  # noqa: PLC0415 -- two megabytes, where somebody leaves a number

    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def no_link(_form: Any, field: Field) -> None:
    """A validator: our mails greet by this name whoever was said to have booked, so nobody sends a link with it."""
    if holds_link(field.data or ""):
        raise ValidationError(_("Please type a name alone, without a link."))


def dialled(text: str, country: str) -> str:
    """A number that can be dialled, in its international form; a validator's error for anything else."""
    import phonenumbers  # noqa: PLC0415 -- as above

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValidationError(str(_("That does not look like a phone number. Please check it.")))
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class TimeForm(ActionForm):
    """One of the offered times: `slot` is a start and a therapist's id, joined by a tilde."""

    slot = HiddenField()

    def chosen(self) -> tuple[datetime, UUID] | None:
        """Start and therapist, or None where nothing readable was chosen."""
        start, _tilde, therapist = (self.slot.data or "").partition("~")
        moment, identity = read_start(start), parse_id(therapist)
        return (moment, identity) if moment and identity else None


class ChangeForm(ActionForm):
    """Cancel; where staff do it, whether the client asked for it. What a client sends of that counts for nothing."""

    is_asked_for = BooleanField(_("The client asked for it"))


class MoveForm(ChangeForm, TimeForm):
    """The same with another time."""


class AttendanceForm(ActionForm):
    """Whether one client came; `number` tells the forms of one page apart."""

    attendance = RadioField(
        validators=[InputRequired(_("Please choose one."))],
        choices=[
            SelectChoice("arrived", _("Came")),
            SelectChoice("late", _("Came late")),
            SelectChoice("absent", _("Did not come")),
        ],
    )

    def __init__(self, *arguments: Any, given_name: str, number: int, **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.attendance.id = f"attendance-{number}"
        self.attendance.label.text = gettext("Did %(name)s come?", name=given_name)


class DetailsForm(ActionForm):
    """Who books a first call. Each address is checked for its shape only: whether it is known shows nowhere."""

    given_name = StringField(
        _("First name"),
        [InputRequired(_("Please tell us your first name.")), Length(max=NAME_LENGTH), no_link],
        [one_line],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        _("Last name"),
        [InputRequired(_("Please tell us your last name.")), Length(max=NAME_LENGTH), no_link],
        [one_line],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        _("E-mail address"),
        [InputRequired(_("Please give an e-mail address.")), good_address],
        [one_line],
        render_kw={"autocomplete": "email", "maxlength": LONGEST_ADDRESS},
    )
    phone = TelField(
        _("Phone number"),
        [InputRequired(_("Please give a phone number."))],
        [one_line],
        render_kw={"autocomplete": "tel"},
    )
    mailbox = RadioField(
        _("Can anyone else open this mailbox?"),
        [InputRequired(_("Please choose one."))],
        choices=[
            SelectChoice("no", _("No, only I read it")),
            SelectChoice("yes", _("Yes, or I am not sure. Then our messages say nothing but “Please sign in”")),
        ],
    )

    def __init__(self, *arguments: Any, country: str = "US", **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.country = country

    def validate_phone(self, field: Field) -> None:
        """Accept any number that can be dialled, and keep it in its international form."""
        field.data = dialled(field.data or "", self.country)
