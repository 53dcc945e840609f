"""The form that brings a file."""

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired

from clinic.imports.reading import EXTENSIONS
from clinic.web.forms import ActionForm


class FileForm(ActionForm):
    """One file; what is in it decides whether it is taken."""

    file = FileField(
        _("CSV file"), [FileRequired(_("Please choose a file."))], render_kw={"accept": ",".join(EXTENSIONS)}
    )
