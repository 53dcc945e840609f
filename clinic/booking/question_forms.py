"""The shape of a partner's answer."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField
from wtforms.validators import AnyOf

from clinic.web.forms import ActionForm


class AnswerForm(ActionForm):
    """Whether one comes: one of two buttons."""

    answer = HiddenField(validators=[AnyOf(("yes", "no"), _("Please choose one."))])
