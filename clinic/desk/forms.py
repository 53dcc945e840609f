"""What is typed at the desk: whom the front desk looks for, and who is whose partner."""

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    EmailField,
    HiddenField,
    SearchField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from clinic.accounts.forms import good_address
from clinic.accounts.rules import LONGEST_ADDRESS, normal_address
from clinic.desk.office import LONGEST_SEARCH
from clinic.desk.staff import ROLES
from clinic.web.forms import ActionForm, SafeForm, one_line, stripped
from clinic.wordings.rules import LONGEST_BODY, LONGEST_SUBJECT, Words, tidy


class SearchForm(SafeForm):
    """A part of a name or an address. Without a key of its own, since it changes nothing."""

    q = SearchField(
        _("Name or e-mail"),
        filters=[one_line],
        render_kw={"maxlength": LONGEST_SEARCH, "autocomplete": "off", "placeholder": _("Name or e-mail")},
    )


class PartnerForm(ActionForm):
    """Which other client of the therapist is the partner."""

    partner = SelectField(_("Partner"), validators=[InputRequired(_("Please choose the partner."))])


def _address() -> EmailField:
    """Somebody's mail address, not the reader's."""
    return EmailField(
        _("E-mail address"),
        [DataRequired(_("Please type an e-mail address.")), good_address],
        [one_line, lambda text: normal_address(text) if text else text],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_ADDRESS, "spellcheck": "false"},
    )


class PracticeForm(ActionForm):
    """What the practice says of itself. Zone and currency are there only while nothing is booked."""

    seen = HiddenField()
    name = StringField(_("Name"), [DataRequired(_("Please give it a name.")), Length(max=80)], [one_line])
    address = TextAreaField(_("Address"), [Length(max=300)], [stripped], render_kw={"rows": 3})
    phone = TelField(_("Telephone"), [Length(max=40)], [one_line], description=_("It stands in most messages."))
    email = _address()
    licensed_in = StringField(
        _("Licensed in"), [Length(max=200)], [one_line], description=_("Where your therapists may practice.")
    )
    zone = SelectField(_("Time zone"), description=_("It cannot be changed once something is booked."))
    currency = SelectField(_("Currency"), description=_("It cannot be changed once something is booked."))


class StaffForm(ActionForm):
    """Who is to work here, and as what."""

    given_name = StringField(_("First name"), [DataRequired(_("Please write a name.")), Length(max=80)], [one_line])
    family_name = StringField(_("Last name"), [DataRequired(_("Please write a name.")), Length(max=80)], [one_line])
    email = _address()
    role = SelectField(_("Works as"), choices=[SelectChoice(role, words) for role, words in ROLES.items()])


class WordsForm(ActionForm):
    """The words of a message. `seen` is the version that stood when the page was made; the rules say what is wrong."""

    seen = HiddenField()
    subject = StringField(
        _("Subject"),
        description=_("Others see it on a screen that lies open: no name, and nothing of what it is about."),
        render_kw={"autocomplete": "off", "maxlength": LONGEST_SUBJECT, "required": ""},
    )
    body = TextAreaField(_("Text"), render_kw={"rows": 14, "maxlength": LONGEST_BODY, "required": ""})

    @property
    def words(self) -> Words:
        """What was typed, with plain line ends."""
        return tidy(Words(self.subject.data or "", self.body.data or ""))

    @property
    def version(self) -> int:
        """The version that was seen; none that there can be where the field was tampered with."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1
