"""What is typed at the desk: whom the front desk looks for, and who is whose partner."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SearchField, SelectField
from wtforms.validators import InputRequired

from clinic.desk.office import LONGEST_SEARCH
from clinic.web.forms import ActionForm, one_line


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
