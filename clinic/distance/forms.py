"""What a therapist types of where they meet, and a client of where they are."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, StringField, TelField
from wtforms.validators import DataRequired, InputRequired, Length

from clinic.booking.forms import dialled
from clinic.distance.rules import LONGEST_ADDRESS, PLACE_LENGTH
from clinic.web.forms import ActionForm, one_line


class VideoForm(ActionForm):
    """The address of a room; it is sealed, since it lets anyone in."""

    address = StringField(
        _("Address of the video room"),
        [
            InputRequired(_("Please paste the address.")),
            Length(max=LONGEST_ADDRESS, message=_("That is longer than an address can be.")),
        ],
        [one_line],
        description=_("The link that your video service gives you for a meeting. It begins with https://."),
    )


class WhereForm(ActionForm):
    """Where a client is now, and a number that reaches them there."""

    place = StringField(
        _("Where are you now?"),
        [
            DataRequired(_("Please say where you are.")),
            Length(max=PLACE_LENGTH, message=_("Please use 200 letters at most.")),
        ],
        [one_line],
        description=_("A street address, or a place that an ambulance would find. We ask each time."),
        render_kw={"autocomplete": "off"},
    )
    phone = TelField(
        _("A number to call you back on if the line drops"),
        [InputRequired(_("Please give a phone number."))],
        [one_line],
        render_kw={"autocomplete": "tel"},
    )

    def __init__(self, *arguments: Any, country: str = "US", **values: Any) -> None:
        super().__init__(*arguments, **values)
        self.country = country

    def validate_phone(self, field: Field) -> None:
        """Accept any number that can be dialled, and keep it in its international form."""
        field.data = dialled(field.data or "", self.country)
