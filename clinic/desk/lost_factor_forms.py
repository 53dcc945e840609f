"""What is said when somebody has lost their way in: how they were recognised, and why it is taken away."""

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    RadioField,
    SelectChoice,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from clinic.accounts.lost_factor import DESK_CHECKS, LONGEST_REASON
from clinic.web.forms import ActionForm, stripped

_CHECKS = {
    "document": _("A photo ID, shown here at the desk"),
    "known": _("I know them, and they stand in front of me"),
    "callback": _("I called back on the number in their record, and they told me what only they know"),
}
_LOST = [
    SelectChoice("password", _("The password: they get a link for a new one")),
    SelectChoice("factor", _("The second step: it is taken away")),
    SelectChoice("both", _("Both")),
]


class RecognitionForm(ActionForm):
    """How the front desk made sure who somebody is. A partner's word, or what a partner knows too, is no check."""

    checked = RadioField(
        _("How did you make sure that it is them?"),
        choices=[SelectChoice(code, _CHECKS[code]) for code in DESK_CHECKS],
        validators=[InputRequired(_("Please say how you made sure."))],
    )
    lost = RadioField(
        _("What have they lost?"), choices=_LOST, validators=[InputRequired(_("Please say what they have lost."))]
    )


class ReasonForm(ActionForm):
    """Why the owner takes somebody's second step away."""

    reason = TextAreaField(
        _("Reason"),
        filters=[stripped],
        validators=[DataRequired(_("Please write why, in a few words.")), Length(max=LONGEST_REASON)],
        render_kw={"rows": 3, "maxlength": LONGEST_REASON},
    )
