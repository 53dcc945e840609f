"""The one form of a therapist over a report: a note, what is held back, and whether to release it now."""

from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import Length

from clinic.progress.rules import LONGEST_NOTE
from clinic.progress.translation import _
from clinic.web.forms import ActionForm, stripped


class ReleaseForm(ActionForm):
    """`held_back` offers the parts that the report has."""

    note = TextAreaField(filters=[stripped], validators=[Length(max=LONGEST_NOTE)])
    held_back = SelectMultipleField(choices=())

    def offer(self, parts: list[tuple[str, str]]) -> None:
        """Name the parts in the reader's language."""
        self.held_back.choices = parts
        self.held_back.label.text = _("Hold back")
        self.note.label.text = _("A word from you")
