"""What the front desk and therapists say of money."""

from datetime import date
from uuid import UUID

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
)
from wtforms.validators import InputRequired

from clinic.fees.wording import MEANS
from clinic.web.forms import ActionForm


class SeenForm(ActionForm):
    """A button that counts only while all stands as the page has shown it."""

    seen = HiddenField()

    @property
    def seen_number(self) -> int:
        """The number of the last row that was shown; -1, which none has, where it makes no sense."""
        text = self.seen.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


class PaymentForm(SeenForm):
    """Who paid, by what and when."""

    payer = RadioField(_("Who paid?"), [InputRequired(_("Please choose who paid."))])
    means = RadioField(
        _("By what?"),
        [InputRequired(_("Please choose by what."))],
        choices=[SelectChoice(*each) for each in MEANS.items()],
    )
    paid_on = DateField(_("On which day?"), [InputRequired(_("Please give the day."))])

    @classmethod
    def of(cls, payers: dict[UUID, str], seen: int, today: date) -> "PaymentForm":
        """The form for a session that these may have paid, the name of each by id."""
        form = cls(data={"seen": str(seen), "paid_on": today, "payer": str(next(iter(payers), ""))})
        form.payer.choices = [SelectChoice(str(client_id), name) for client_id, name in payers.items()]
        return form
