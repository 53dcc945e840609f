"""The form under a text, and that of a release of information."""

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired

from clinic.intake.releases import SENTENCE, Allowance
from clinic.web.forms import ActionForm, one_line, stripped

_NAME = {"autocomplete": "name", "maxlength": 200, "autocapitalize": "words", "spellcheck": "false"}


class SignForm(ActionForm):
    """A tick for the sentence of intent, and a typed name. `mark` says which bytes were on the page."""

    mark = HiddenField()
    agreed = BooleanField()
    name = StringField(_("Your full name, typed as your signature"), filters=[stripped], render_kw=_NAME)


class ReleaseForm(ActionForm):
    """What is allowed, and under the words that come of it the same as under a text."""

    way = RadioField(
        _("What do you allow?"),
        [InputRequired(_("Please choose one."))],
        choices=[
            SelectChoice("to", _("The practice may tell them something")),
            SelectChoice("from", _("They may tell the practice something")),
            SelectChoice("both", _("Both may tell each other")),
        ],
    )
    party = StringField(
        _("Who are they?"),
        [InputRequired(_("Please say who."))],
        filters=[one_line],
        description=_("A name, and where they work: for example your doctor, or a former therapist."),
        render_kw={"maxlength": 200, "autocomplete": "off"},
    )
    what = TextAreaField(
        _("What may be told?"),
        [InputRequired(_("Please say what."))],
        filters=[one_line],
        description=_("As little as is needed. For example: that I come here, and since when."),
        render_kw={"rows": 3, "maxlength": 1000},
    )
    purpose = StringField(
        _("What is it for?"),
        [InputRequired(_("Please say what for."))],
        filters=[one_line],
        render_kw={"maxlength": 300, "autocomplete": "off"},
    )
    expires_on = DateField(_("Until which day?"), [InputRequired(_("Please give a day."))])
    mark = HiddenField()
    agreed = BooleanField(SENTENCE)
    name = StringField(_("Your full name, typed as your signature"), filters=[stripped], render_kw=_NAME)

    def allowance(self) -> Allowance:
        """What was filled in; the form has been validated."""
        until = self.expires_on.data
        assert until is not None  # noqa: S101 -- it is required
        return Allowance(
            str(self.way.data),
            (self.party.data or "")[:200],
            (self.what.data or "")[:1000],
            (self.purpose.data or "")[:300],
            until,
        )
