"""What every form of the practice is: safe from forgery, and of one effect however often it is sent."""

from typing import Any

from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import HiddenField

from clinic.web.idempotency import fresh_key
from clinic.web.language import form_translations


def stripped(text: Any) -> Any:
    """A filter for text fields: no blanks at the ends, and no control characters that a mail header could trip over."""
    return "".join(mark for mark in text if mark.isprintable() or mark in "\n\t").strip() if text else text


def one_line(text: Any) -> Any:
    """A filter for names, addresses and the like: what breaks a line or cannot be seen becomes one blank."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split()) if text else text


class SafeForm(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """Fields and the token against forgery, in the reader's language."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What flask-wtf does, with translations that are read once."""

        def get_translations(self, _form: Any) -> Any:
            """The words of WTForms' own validators."""
            return form_translations(get_locale())


class ActionForm(SafeForm):
    """A button: nothing but the tokens."""

    idempotency_key = HiddenField(default=fresh_key)
