"""What the front desk types: whom it looks for."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SearchField

from clinic.desk.office import LONGEST_SEARCH
from clinic.web.forms import one_line


class SearchForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A part of a name or an address. Without a key of its own, since it changes nothing."""

    q = SearchField(
        _("Name or e-mail"),
        filters=[one_line],
        render_kw={"maxlength": LONGEST_SEARCH, "autocomplete": "off", "placeholder": _("Name or e-mail")},
    )
