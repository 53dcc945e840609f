"""The words with which a therapist closes a review."""

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField

from clinic.safety.service import LONGEST
from clinic.web.forms import ActionForm, stripped

_ROOM = {"rows": 4, "maxlength": LONGEST}


class CloseForm(ActionForm):
    """What was asked, and what was decided."""

    asked = TextAreaField(_("What did you ask, and what did you hear?"), filters=[stripped], render_kw=_ROOM)
    decided = TextAreaField(_("What did you decide?"), filters=[stripped], render_kw=_ROOM)
