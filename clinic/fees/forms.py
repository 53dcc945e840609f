"""What the front desk and therapists say of money."""

from datetime import date
from typing import Self
from uuid import UUID

from flask_babel import lazy_gettext as _
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from clinic.fees.wording import MEANS
from clinic.practice.forms import CENTS, PRICE, NumberField
from clinic.web.forms import ActionForm, stripped


class SeenForm(ActionForm):
    """A button that counts only while all stands as the page has shown it."""

    seen = HiddenField()

    @classmethod
    def showing(cls, number: int) -> Self:
        """The form on a page that shows the rows up to that number."""
        return cls(formdata=None, data={"seen": str(number)})

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
        form = cls(
            data={"seen": str(seen), "paid_on": today, "payer": str(next(iter(payers))) if len(payers) == 1 else None}
        )
        form.payer.choices = [SelectChoice(str(client_id), name) for client_id, name in payers.items()]
        return form


class FeeForm(ActionForm):
    """The fee for a session of one's own; empty is what the service says. `seen` is what the page has shown."""

    seen = HiddenField()
    fee = NumberField(_("Agreed fee"), [Optional(), PRICE], parts=CENTS)

    @classmethod
    def of(cls, fee_cents: int | None) -> "FeeForm":
        """The form as it stands."""
        return cls(formdata=None, data={"seen": "" if fee_cents is None else str(fee_cents), "fee": fee_cents})

    def show(self, fee_cents: int | None) -> None:
        """Let the next press count against what stands now."""
        self.seen.data = "" if fee_cents is None else str(fee_cents)

    @property
    def seen_cents(self) -> int | None:
        """What the page has shown; -1, which nobody pays, where it makes no sense."""
        text = self.seen.data or ""
        return None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


class WaiverForm(SeenForm):
    """Why the fee of a late cancellation is waived."""

    reason = TextAreaField(
        _("Why do you waive it?"),
        [DataRequired(_("Please give the reason; only you read it.")), Length(max=1000)],
        [stripped],
        render_kw={"rows": 3},
    )
