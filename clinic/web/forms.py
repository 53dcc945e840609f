"""What every form of the practice is: safe from forgery, and of one effect however often it is sent."""

from typing import Any

from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from wtforms import HiddenField
from wtforms.widgets import HiddenInput

from clinic.web.idempotency import fresh_key
from clinic.web.language import form_translations, spoken


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
            return form_translations(spoken())

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Any:
            """What WTForms writes, but hidden fields, of which each form has two, in one go."""
            if type(field.widget) is not HiddenInput or render_kw or field.render_kw or field.flags.disabled:
                return super().render_field(field, render_kw)
            identity, name, value = escape(field.id), escape(field.name), escape(field._value())
            return Markup(f'<input id="{identity}" name="{name}" type="hidden" value="{value}">')  # noqa: S704


class ActionForm(SafeForm):
    """A button: nothing but the tokens."""

    idempotency_key = HiddenField(default=fresh_key)
