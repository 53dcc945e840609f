"""Links mailed to a person. The token is HMAC(secret, link), made when the mail is sent; a row keeps its digest.

A link for joining or for a new password works once: the row is taken by one conditional update, under a lock on the
person, and with it go all others of the same purpose. A link to an appointment works until its time is over. A GET
never uses a link up, since mail scanners follow links.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from clinic.accounts import factors, people, sign_in, throttle
from clinic.accounts.errors import (
    AddressTakenError,
    LinkSpentError,
    LoginDisabledError,
    NoAddressError,
    TooManyTriesError,
)
from clinic.accounts.identity import digest_of
from clinic.accounts.models import AccountLink, Login, Person
from clinic.accounts.rules import INVITATION_LASTS, LET_IN_LASTS, RESET_LASTS, normal_address
from clinic.accounts.tokens import derive_text
from clinic.audit import service as audit
from clinic.core.ids import new_id
from clinic.database import locks
from clinic.database.adding import add_only
from clinic.database.session import db
from clinic.outbox import service as outbox
from clinic.outbox.registry import registry

JOIN, RESET, APPOINTMENT = "join", "reset", "appointment"


def make(purpose: str, person_id: UUID, subject_id: UUID | None, expires_at: datetime, now: datetime) -> AccountLink:
    """A new link; `subject_id` is what it is about, such as an appointment. Queueing its mail is the caller's."""
    return make_each(purpose, [person_id], subject_id, expires_at, now)[0]


def make_each(
    purpose: str, person_ids: Iterable[UUID], subject_id: UUID | None, expires_at: datetime, now: datetime
) -> list[AccountLink]:
    """A new link for each of these, in one statement."""
    made = [
        AccountLink(
            id=new_id(),
            purpose=purpose,
            person_id=each,
            subject_id=subject_id,
            created_at=now,
            expires_at=expires_at,
        )
        for each in person_ids
    ]
    for link in made:
        link.token_digest = digest_of(token_for(link))
    db.session.flush()
    add_only(*made)
    return made


def token_for(link: AccountLink) -> str:
    """The token, derived again each time; 256 bits as 43 letters."""
    return derive_text("link", link.purpose, str(link.id))


def newest(person_id: UUID, purpose: str, subject_id: UUID | None = None) -> str | None:
    """The token of the person's newest link of that kind that is not used up, for a mail; None where there is none."""
    link = db.session.scalar(
        select(AccountLink)
        .where(
            AccountLink.person_id == person_id,
            AccountLink.purpose == purpose,
            AccountLink.subject_id.is_not_distinct_from(subject_id),
            AccountLink.used_at.is_(None),
        )
        .order_by(AccountLink.id.desc())
        .limit(1)
    )
    return token_for(link) if link else None


def open(token: str, purpose: str, now: datetime) -> AccountLink | None:  # noqa: A001 -- read as links.open
    """The link, while it is unused, in time, and of that purpose."""
    link = _known(token, purpose)
    return link if link is not None and link.used_at is None and link.expires_at > now else None


def expired(token: str, purpose: str, now: datetime) -> AccountLink | None:
    """The link, when nothing but its time is over."""
    link = _known(token, purpose)
    return link if link is not None and link.used_at is None and link.expires_at <= now else None


def use(link: AccountLink, now: datetime) -> None:
    """Take the link's single use, and end the person's other links of this purpose; raises LinkSpentError."""
    locks.take([link.person_id])
    taken = db.session.scalar(
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None), AccountLink.expires_at > now)
        .values(used_at=now)
        .returning(AccountLink.id)
    )
    if taken is None:
        raise LinkSpentError
    db.session.execute(
        update(AccountLink)
        .where(
            AccountLink.person_id == link.person_id,
            AccountLink.purpose == link.purpose,
            AccountLink.used_at.is_(None),
        )
        .values(used_at=now)
    )


def revoke(subject_id: UUID, now: datetime, purpose: str = APPOINTMENT) -> None:
    """End the links about a subject before their time."""
    db.session.execute(
        update(AccountLink)
        .where(AccountLink.subject_id == subject_id, AccountLink.purpose == purpose, AccountLink.used_at.is_(None))
        .values(used_at=now)
    )


def revoke_all(person_id: UUID, now: datetime, purpose: str = APPOINTMENT) -> None:
    """End every link of that purpose that was mailed to the person."""
    db.session.execute(
        update(AccountLink)
        .where(AccountLink.person_id == person_id, AccountLink.purpose == purpose, AccountLink.used_at.is_(None))
        .values(used_at=now)
    )


def invite(person_id: UUID, now: datetime) -> AccountLink | None:
    """Queue a mail with a link for joining, good for 14 days. Raises NoAddressError where there is no address.

    Where the address has a login already, its owner is told so in a mail, and the answer is None.
    """
    who = people.person(person_id)
    if who.email is None:
        raise NoAddressError
    if people.login_of(person_id) is not None or people.email_taken(who.email):
        outbox.queue("account.already", person_id, now, person_id, now=now)
        return None
    link = make(JOIN, person_id, None, now + INVITATION_LASTS, now)
    outbox.queue("account.join", link.id, link.created_at, person_id, now=now)
    audit.record("account.invite", "person", person_id)
    return link


def ask(email: str, address: str | None, now: datetime) -> None:
    """Somebody has lost a password, or the invitation: mail what fits to the address, and to a stranger's nothing.

    It answers the same in every case. Raises TooManyTriesError for a network address that asks too often. A mailbox
    gets one mail after another at growing distances, shorter than a link lives, and the rest is quietly left out.
    """
    email = normal_address(email)
    by_network, by_mailbox = throttle.network(address, "mail"), throttle.mailbox(email)
    throttle.pass_through((by_network,), now)
    throttle.count((by_network,), now)
    try:
        throttle.pass_through((by_mailbox,), now)
    except TooManyTriesError:
        return
    throttle.count((by_mailbox,), now)
    login = db.session.scalar(select(Login).where(Login.email == email))
    if login is None:
        for person_id in _invited(email):
            invite(person_id, now)
    elif login.disabled_at is None and not must_be_recognised(login.person_id):
        _mail_reset(login.person_id, now)


def must_be_recognised(person_id: UUID) -> bool:
    """True for whom no mail leads to a new password: they call, and the front desk checks who they are.

    Who opens a mailbox would take the account. Others may open it, or a partner may: of one of a couple, only a second
    step says that it is them.
    """
    is_alone = factors.of(person_id).any or not registry.has_partner(person_id)
    return registry.is_mailbox_shared(person_id) or not is_alone


def let_in(person_id: UUID, now: datetime, *, email: str | None = None) -> AccountLink:
    """A link for somebody whom the practice has recognised. No mail carries it: staff hand it over.

    It leads to a new password, or to a login where there is none; `email` is the address for that login. Links mailed
    before stop working. Raises NoAddressError, AddressTakenError, HasLoginError, LoginDisabledError, NotVisibleError.
    """
    if email is not None:
        people.change_address(person_id, email)
    who, login = people.person(person_id), people.login_of(person_id)
    if login is not None and login.disabled_at is not None:
        raise LoginDisabledError
    if who.email is None:
        raise NoAddressError
    if people.must_call_to_join(person_id):
        raise AddressTakenError
    for purpose in (JOIN, RESET):
        revoke_all(person_id, now, purpose)
    audit.record("account.let_in", "person", person_id)
    return make(JOIN if login is None else RESET, person_id, None, now + LET_IN_LASTS, now)


def renew(link: AccountLink, now: datetime) -> None:
    """Mail a new invitation to the person of an expired one, at the same distances as `ask`."""
    who = people.person(link.person_id)
    by_mailbox = throttle.mailbox(who.email or "")
    try:
        throttle.pass_through((by_mailbox,), now)
    except TooManyTriesError:
        return
    throttle.count((by_mailbox,), now)
    invite(link.person_id, now)


def join(link: AccountLink, password: str, now: datetime) -> None:
    """Make the person's login. Raises LinkSpentError, or a password error or AddressTakenError; then the link stays."""
    with db.session.begin_nested():
        use(link, now)
        people.make_login(link.person_id, password, now)


def reset(link: AccountLink, password: str, now: datetime) -> None:
    """Set a new password and end every sign-in. Raises LinkSpentError, or a password error; then the link stays."""
    with db.session.begin_nested():
        use(link, now)
        people.set_password(link.person_id, password, now)
        sign_in.end_all(link.person_id, now)
    audit.record("account.reset", "person", link.person_id)


def lasts(link: AccountLink) -> timedelta:
    """How long the link was good for, all in all."""
    return link.expires_at - link.created_at


def _known(token: str, purpose: str) -> AccountLink | None:
    return db.session.scalar(
        select(AccountLink)
        .outerjoin(Login, Login.person_id == AccountLink.person_id)
        .where(
            AccountLink.token_digest == digest_of(token),
            AccountLink.purpose == purpose,
            Login.disabled_at.is_(None),
        )
    )


def _mail_reset(person_id: UUID, now: datetime) -> None:
    link = make(RESET, person_id, None, now + RESET_LASTS, now)
    outbox.queue("account.reset", link.id, link.created_at, person_id, now=now)


def _invited(email: str) -> list[UUID]:
    """People with this address who were invited once and have not joined."""
    return list(
        db.session.scalars(
            select(Person.id)
            .where(
                Person.email == email,
                select(AccountLink.id).where(AccountLink.person_id == Person.id, AccountLink.purpose == JOIN).exists(),
            )
            .order_by(Person.id)
        )
    )
