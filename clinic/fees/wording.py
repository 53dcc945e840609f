"""The words for money: by what somebody paid, and an amount on paper."""

from typing import Final

from babel.numbers import format_currency
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

MEANS: Final = {
    "cash": _("Cash"),
    "card": _("Card"),
    "transfer": _("Bank transfer"),
    "check": _("Check"),
    "other": _("Something else"),
}
ON_PAPER: Final = MEANS | {"other": _("Other")}


def exact(cents: int, currency: str) -> str:
    """Such as "$140.00", with the cents even where they are none, as paper has it."""
    return format_currency(cents / 100, currency, locale=get_locale())
