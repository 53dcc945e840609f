"""What a therapist types of a calendar outside."""

from typing import Final

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from clinic.outside.addresses import LONGEST
from clinic.web.forms import ActionForm, one_line

NAME_LENGTH: Final = 40


class OutsideForm(ActionForm):
    """A name for it, and its address. Both are sealed, since the address opens the calendar to anyone."""

    name = StringField(
        _("What you call it"),
        [
            InputRequired(_("Please give it a name.")),
            Length(max=NAME_LENGTH, message=_("Please use 40 letters at most.")),
        ],
        [one_line],
        description=_("Such as “Private” or “University”. Only you see it."),
    )
    address = StringField(
        _("Its secret address"),
        [
            InputRequired(_("Please paste the address.")),
            Length(max=LONGEST, message=_("That is longer than an address can be.")),
        ],
        [one_line],
        description=_("In the settings of that calendar, look for “secret address” or “ICS”. It begins with https://."),
    )
