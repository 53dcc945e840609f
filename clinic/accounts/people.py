"""Who the practice knows, and who of them has a login. A client without one is a client too."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from clinic.accounts import factors, sign_in
from clinic.accounts.errors import AddressTakenError, HasLoginError, NoLoginError
from clinic.accounts.models import Login, Person
from clinic.accounts.passwords import check, hash_password, is_short
from clinic.accounts.rules import is_address, is_same_name, normal_address
from clinic.accounts.tokens import derive
from clinic.audit import service as audit
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.core.zones import zone as known_zone
from clinic.database import locks
from clinic.database.session import db


def find_or_make_person(
    email: str | None,
    given_name: str,
    family_name: str,
    now: datetime,
    *,
    zone: str,
    phone: str | None = None,
    roles: Sequence[str] = ("client",),
) -> Person:
    """The person with this address and this name, or a new one.

    Both must fit: partners may share a mailbox, and a stranger's form must not end up in somebody else's record. Who is
    known already stays as they are. Twins that ask at the same time get the same person.
    """
    email = normal_address(email) if email else None
    if email is not None:
        locks.take([UUID(bytes=derive("person.email", email)[:16])])
        known = find_person(email, given_name, family_name)
        if known is not None:
            return known
    made = Person(
        id=new_id(),
        given_name=given_name.strip(),
        family_name=family_name.strip(),
        email=email,
        phone=phone or None,
        zone=zone,
        roles=sorted(set(roles)),
        created_at=now,
    )
    db.session.add(made)
    db.session.flush()
    return made


def find_person(email: str, given_name: str, family_name: str) -> Person | None:
    """The person with this address and this name."""
    for each in with_address(email):
        if is_same_name((each.given_name, each.family_name), (given_name, family_name)):
            return each
    return None


def person(person_id: UUID) -> Person:
    """The person; raises NotVisibleError when there is none."""
    found = db.session.get(Person, person_id)
    if found is None:
        raise NotVisibleError
    return found


def login_of(person_id: UUID) -> Login | None:
    """The person's login, where they have one."""
    return db.session.get(Login, person_id)


def joined_initials(together: Sequence[Person]) -> str:
    """Such as "A. & B. H." for two of one family name, "A. H." for one."""
    if len(together) == 2 and together[0].family_name == together[1].family_name:
        first, second = together
        return f"{first.given_name[0]}. & {second.given_name[0]}. {first.family_name[:1]}."
    return " & ".join(person.initials for person in together)


def email_taken(email: str) -> bool:
    """True when a login has this address."""
    return db.session.scalar(select(Login.person_id).where(Login.email == normal_address(email))) is not None


def with_address(email: str) -> Sequence[Person]:
    """Everybody who gave this address, in whatever order they came; partners may share one."""
    return db.session.scalars(select(Person).where(Person.email == normal_address(email)).order_by(Person.id)).all()


def must_call_to_join(person_id: UUID) -> bool:
    """True for somebody without a login whose address is another person's login: no mail can let them in."""
    who = person(person_id)
    return who.email is not None and login_of(person_id) is None and email_taken(who.email)


def make_login(person_id: UUID, password: str, now: datetime) -> Login:
    """Give the person a way in; raises a password error, or AddressTakenError when the address has a login."""
    who = person(person_id)
    if who.email is None or email_taken(who.email) or login_of(person_id) is not None:
        raise AddressTakenError
    check_for(who, password)
    login = Login(
        person_id=person_id,
        email=who.email,
        password_hash=hash_password(password),
        password_changed_at=now,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(login)
    except IntegrityError as error:
        raise AddressTakenError from error
    audit.record("account.join", "person", person_id)
    return login


def set_password(person_id: UUID, password: str, now: datetime) -> None:
    """Change the password of somebody who has shown who they are; raises a password error."""
    check_for(person(person_id), password)
    db.session.execute(
        update(Login)
        .where(Login.person_id == person_id)
        .values(password_hash=hash_password(password), password_changed_at=now, is_password_short=is_short(password))
    )


def check_for(who: Person, password: str) -> None:
    """Raise what is wrong with this password for this person: their own name and address count as guessable."""
    own_words = (who.given_name, who.family_name, who.name, who.email or "")
    check(password, *own_words, has_factor=factors.of(who.id).any)


def change_contact(
    person_id: UUID,
    *,
    given_name: str | None = None,
    family_name: str | None = None,
    phone: str | None = None,
    zone: str | None = None,
) -> None:
    """Change what is given; an empty phone takes the number away. The mail address is not changed here.

    Raises ValueError for a zone that does not exist and NotVisibleError for a person who does not.
    """
    who = person(person_id)
    if given_name:
        who.given_name = given_name.strip()
    if family_name is not None:
        who.family_name = family_name.strip()
    if phone is not None:
        who.phone = phone.strip() or None
    if zone is not None:
        who.zone = known_zone(zone).key
    audit.record("contact.update", "person", person_id)


def change_address(person_id: UUID, email: str) -> None:
    """Give somebody without a login another mail address; raises HasLoginError, AddressTakenError or ValueError."""
    if not is_address(email := normal_address(email)):
        raise ValueError("That does not look like a mail address.")
    if login_of(person_id) is not None:
        raise HasLoginError
    if email_taken(email):
        raise AddressTakenError
    person(person_id).email = email
    db.session.flush()
    audit.record("contact.update", "person", person_id)


def disable_login(person_id: UUID, now: datetime) -> None:
    """Close the way in and end every sign-in at once (R5). Raises NoLoginError where there is none."""
    if login_of(person_id) is None:
        raise NoLoginError
    db.session.execute(
        update(Login).where(Login.person_id == person_id, Login.disabled_at.is_(None)).values(disabled_at=now)
    )
    sign_in.end_all(person_id, now)
    audit.record("login.disable", "person", person_id)


def enable_login(person_id: UUID) -> None:
    """Open the way in again; the old password still counts. Raises NoLoginError where there is none."""
    if login_of(person_id) is None:
        raise NoLoginError
    db.session.execute(update(Login).where(Login.person_id == person_id).values(disabled_at=None))
    audit.record("login.enable", "person", person_id)
