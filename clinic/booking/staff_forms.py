"""What staff send: whom they book for, what and when; a room; and that somebody has arrived."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
    TelField,
    TimeField,
)
from wtforms.validators import AnyOf, InputRequired, Length, Optional, ValidationError

from clinic.accounts.forms import good_address
from clinic.accounts.rules import LONGEST_ADDRESS
from clinic.booking.desk_queries import LONGEST_SEARCH
from clinic.booking.forms import FARTHEST, NAME_LENGTH, TimeForm, dialled, no_link
from clinic.core import clock
from clinic.web.forms import ActionForm, one_line

NEW = "new"
NAMES = ("given_name", "family_name", "phone", "email", "mailbox")


def is_near(day: date) -> bool:
    """True for a day that an address or a form may name; near the ends of the calendar even a zone overflows."""
    return abs(day - clock.now().date()) < FARTHEST


def near(_form: Any, field: Field) -> None:
    """A validator: a day of the next or the last ten years."""
    if field.data and not is_near(field.data):
        raise ValidationError(_("Please choose a day that is nearer."))


class BookForForm(TimeForm):
    """Who comes, what, with whom and when; a new caller's fields count only where `who` says so.

    `looked_for` is what was searched last, and `anyway` names the warnings that were read.
    """

    q = SearchField(
        _("Look for somebody"),
        filters=[one_line],
        render_kw={"maxlength": LONGEST_SEARCH, "autocomplete": "off", "placeholder": _("Name or e-mail")},
    )
    looked_for = HiddenField(filters=[one_line])
    who = RadioField(_("Who comes?"), [InputRequired(_("Please choose who comes."))], validate_choice=False)
    given_name = StringField(
        _("First name"), [Optional(), Length(max=NAME_LENGTH), no_link], [one_line], render_kw={"autocomplete": "off"}
    )
    family_name = StringField(
        _("Last name"), [Optional(), Length(max=NAME_LENGTH), no_link], [one_line], render_kw={"autocomplete": "off"}
    )
    phone = TelField(_("Phone number"), [Optional()], [one_line], render_kw={"autocomplete": "off"})
    email = EmailField(
        _("E-mail address"),
        [Optional(), good_address],
        [one_line],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_ADDRESS},
    )
    mailbox = BooleanField(_("Nobody else reads that mailbox"))
    service = SelectField(_("What"))
    modality = SelectField(_("How"))
    therapist = SelectField(_("With whom"))
    day = DateField(_("From"), [Optional(), near])
    on = DateField(_("Day"), [Optional(), near])
    at = TimeField(_("Time"), [Optional()])
    anyway = HiddenField()

    def __init__(self, *arguments: Any, country: str = "US", **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.country = country

    def validate_phone(self, field: Field) -> None:
        """Keep a number in its international form."""
        field.data = dialled(field.data or "", self.country)

    @property
    def is_new(self) -> bool:
        """True when a caller is to be added."""
        return bool(self.who.data == NEW)

    @property
    def accepted(self) -> set[str]:
        """The warnings that were on the page from which this was sent."""
        return set((self.anyway.data or "").split())

    def require_caller(self) -> bool:
        """True when the new caller has a name and a number; what is missing is said next to its field."""
        missing = {
            self.given_name: _("Please type their first name."),
            self.family_name: _("Please type their last name."),
            self.phone: _("Please type a number at which we reach them."),
        }
        for each, words in missing.items():
            if not each.data and not each.errors:
                each.errors = [words]
        return not any(each.errors for each in missing)


class RoomForm(ActionForm):
    """Another room for a session; `seen` is the one that it had when the page was opened."""

    seen = HiddenField()
    room = RadioField(_("Which room?"), [InputRequired(_("Please choose a room."))])


class ArrivalForm(ActionForm):
    """That somebody has arrived, or that this was pressed by mistake."""

    mark = HiddenField(validators=[AnyOf(("arrived", "undo"))])
