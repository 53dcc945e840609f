"""Somebody has lost their second step: who may take it away for them, after which check, and that they are told.

Nobody does it for themselves, and no mailed link does it (R11). The person is told by mail in neutral words, so that it
cannot be done behind their back; where others open the mailbox, no mail says anything.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from clinic.accounts import factors, links, people
from clinic.accounts.errors import NoFactorError, OwnFactorError, StaffFactorError
from clinic.accounts.models import AccountLink, FactorReset
from clinic.accounts.rules import is_staff
from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.outbox.registry import registry

OWNER_SAYS, COMMAND = "owner", "command"
DESK_CHECKS: Final = ("document", "known", "callback")
"""How the front desk may have made sure who somebody is."""
LONGEST_REASON: Final = 300
# How long the page with the link to hand over can be opened.
SHOWN_FOR: Final = timedelta(minutes=10)


def take_away(person_id: UUID, *, by: UUID | None, checked: str, reason: str, now: datetime) -> None:
    """Take every factor of the person away and sign them out; raises OwnFactorError and NoFactorError.

    `by` is None for a command at the machine. `checked` is a code: OWNER_SAYS, COMMAND or one of DESK_CHECKS.
    """
    if by == person_id:
        raise OwnFactorError
    if not factors.take_all(person_id, now):
        raise NoFactorError
    _note(person_id, by, checked, reason, now)
    audit.record("factor.reset", "person", person_id, detail=checked)


def recognise(
    person_id: UUID, *, by: UUID, checked: str, wants_factor_gone: bool, wants_link: bool, now: datetime
) -> AccountLink | None:
    """What the front desk does for a client whom it has recognised; gives the link to hand over, where one is wanted.

    Raises StaffFactorError for somebody who works here, OwnFactorError, NoFactorError, and what `links.let_in` raises.
    """
    if is_staff(people.person(person_id).roles):
        raise StaffFactorError
    if wants_factor_gone:
        take_away(person_id, by=by, checked=checked, reason="lost", now=now)
    elif wants_link:
        _note(person_id, by, checked, "password", now)
    audit.record("account.recognise", "person", person_id, detail=checked)
    return links.let_in(person_id, now) if wants_link else None


def just_made(link_id: UUID, person_id: UUID, now: datetime) -> AccountLink:
    """A link that `recognise` has made for the person a few minutes ago. Raises NotVisibleError for any other one."""
    found = db.session.scalar(
        select(AccountLink).where(
            AccountLink.id == link_id,
            AccountLink.person_id == person_id,
            AccountLink.purpose.in_((links.JOIN, links.RESET)),
            AccountLink.used_at.is_(None),
            AccountLink.created_at > now - SHOWN_FOR,
            select(FactorReset.id)
            .where(FactorReset.person_id == person_id, FactorReset.created_at == AccountLink.created_at)
            .exists(),
        )
    )
    if found is None:
        raise NotVisibleError
    return found


def _note(person_id: UUID, by: UUID | None, checked: str, reason: str, now: datetime) -> None:
    row = FactorReset(
        id=new_id(), person_id=person_id, reset_by=by, checked=checked, reason=reason.strip(), created_at=now
    )
    db.session.add(row)
    db.session.flush()
    if people.person(person_id).email and not registry.is_mailbox_shared(person_id):
        outbox.queue("account.helped", row.id, now, person_id, now=now)
