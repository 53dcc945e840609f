"""What is typed at the desk: whom the front desk looks for, and who is whose partner."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import HiddenField, SearchField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from clinic.desk.office import LONGEST_SEARCH
from clinic.web.forms import ActionForm, one_line
from clinic.wordings.rules import LONGEST_BODY, LONGEST_SUBJECT, Words, tidy


class SearchForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A part of a name or an address. Without a key of its own, since it changes nothing."""

    q = SearchField(
        _("Name or e-mail"),
        filters=[one_line],
        render_kw={"maxlength": LONGEST_SEARCH, "autocomplete": "off", "placeholder": _("Name or e-mail")},
    )


class PartnerForm(ActionForm):
    """Which other client of the therapist is the partner."""

    partner = SelectField(_("Partner"), validators=[InputRequired(_("Please choose the partner."))])


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
