"""The form under a text."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, StringField

from clinic.web.forms import ActionForm, stripped


class SignForm(ActionForm):
    """A tick for the sentence of intent, and a typed name. `mark` says which bytes were on the page."""

    mark = HiddenField()
    agreed = BooleanField()
    name = StringField(
        _("Your full name, typed as your signature"),
        filters=[stripped],
        render_kw={"autocomplete": "name", "maxlength": 200, "autocapitalize": "words", "spellcheck": "false"},
    )
