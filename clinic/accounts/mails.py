"""What the mails about an account say: neutral words, and a link whose token is made here and stored nowhere.

Where somebody else can open the mailbox, a mail says only "Please sign in", and none leads to a new password.
"""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from clinic.accounts import links, people
from clinic.accounts.models import AccountLink, Person
from clinic.database.session import db
from clinic.outbox.registry import Letter, MessageKind, Subject, registry
from clinic.web.filters import clock_time, day, zone_label
from clinic.web.shell import current_practice
from clinic.wordings import service as wordings
from clinic.wordings.rules import Wording

JOIN: Final = Wording(
    "account.join",
    "account.join",
    _("Invitation"),
    _("Your account"),
    _(
        "Hello {first_name},\n\nyou can now set up your account at {site}. Please choose a password here:\n\n{link}\n\n"
        "The link works once, until {until}. After that, it offers to send you a new one.\n\nIf you did not expect"
        " this, you can leave it. Nothing happens without the link."
    ),
    ("link", "until"),
    ("first_name", "site"),
    (),
)
WORDINGS: Final = (JOIN,)
"""The one message of accounts whose words the practice may choose."""


def link_still_wanted(message: Subject, now: datetime) -> str | None:
    """None while the link can be used; it stays locked meanwhile."""
    link = db.session.scalar(
        select(AccountLink)
        .where(AccountLink.id == message.subject_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if link is None or link.used_at is not None:
        return "used"
    return "expired" if link.expires_at <= now else None


def reset_still_wanted(message: Subject, now: datetime) -> str | None:
    """As `link_still_wanted`, and only while the mailbox says enough about who it is."""
    return link_still_wanted(message, now) or ("shared" if links.must_be_recognised(message.recipient_id) else None)


def always_wanted(message: Subject, now: datetime) -> str | None:  # noqa: ARG001 -- the registry's signature
    """None: that an account is there already stays true."""
    return None


def render_join(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """The invitation."""
    link, person = _link(message), _recipient(message)
    if not person.email:
        return None
    address = _address(f"/join/{links.token_for(link)}")
    with force_locale(person.locale):
        if registry.is_mailbox_shared(person.id):
            return _sign_in(person, gettext("Please choose a password to see what is new for you:"), address)
        until = _moment(link.expires_at, person)
        values = {"first_name": person.given_name, "site": _place(), "link": address, "until": until}
        words = wordings.say(JOIN, values)
        return Letter(person.email, words.subject, words.body)


def render_reset(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """The way to a new password."""
    link, person = _link(message), _recipient(message)
    if not person.email:
        return None
    address = _address(f"/reset/{links.token_for(link)}")
    with force_locale(person.locale):
        if registry.is_mailbox_shared(person.id):
            return _sign_in(person, gettext("Please sign in:"), address)
        return _letter(
            person,
            gettext("Your new password"),
            gettext("somebody, probably you, asked for a new password at %(place)s. You can set it here:")
            % {"place": _place()},
            address,
            gettext("The link works once, for %(minutes)s minutes.")
            % {"minutes": int(links.lasts(link).total_seconds() // 60)},
            gettext("If it was not you, you can leave it. Your password stays as it is."),
        )


def render_already(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """That there is an account with this address; who shares it with somebody who signs in is asked to call."""
    person = _recipient(message)
    if not person.email:
        return None
    with force_locale(person.locale):
        if people.must_call_to_join(person.id):
            words = gettext("Please call us, and we help you to sign in:")
            return _discreet(person, gettext("Please call us"), words, current_practice().phone)
        if registry.is_mailbox_shared(person.id):
            return _sign_in(person, gettext("Please sign in:"), _address("/sign-in"))
        return _letter(
            person,
            gettext("Your account"),
            gettext("there is an account with this address at %(place)s already. You can sign in here:")
            % {"place": _place()},
            _address("/sign-in"),
            gettext("The page also helps when the password is lost."),
            gettext("If the account is not yours, please write to us from another address, or call."),
        )


def render_helped(message: Subject, now: datetime) -> Letter | None:  # noqa: ARG001 -- the registry's signature
    """That somebody was let in anew by the practice: so that it is not done behind their back."""
    person = _recipient(message)
    if not person.email or registry.is_mailbox_shared(person.id):
        return None
    with force_locale(person.locale):
        return _letter(
            person,
            gettext("Your account"),
            gettext("as you asked us, we have made it possible for you to sign in anew at %(place)s.")
            % {"place": _place()},
            gettext("If you did not ask us, please call us at once: %(phone)s") % {"phone": current_practice().phone},
        )


KINDS = [
    MessageKind("account.join", link_still_wanted, render_join),
    MessageKind("account.reset", reset_still_wanted, render_reset),
    MessageKind("account.already", always_wanted, render_already),
    MessageKind("account.helped", always_wanted, render_helped),
]
"""Every kind of message that accounts queue."""


def _discreet(person: Person, subject: str, *lines: str) -> Letter:
    """What anybody who opens the mailbox may read."""
    return _letter(person, subject, "\n".join(lines))


def _sign_in(person: Person, words: str, address: str) -> Letter:
    return _discreet(person, gettext("Please sign in"), words, address)


def _letter(person: Person, subject: str, *paragraphs: str) -> Letter:
    greeting = gettext("Hello %(name)s,", name=person.given_name)
    return Letter(str(person.email), subject, "\n\n".join((greeting, *paragraphs)) + "\n")


def _link(message: Subject) -> AccountLink:
    return db.session.get_one(AccountLink, message.subject_id)


def _recipient(message: Subject) -> Person:
    return people.person(message.recipient_id)


def _moment(at: datetime, person: Person) -> str:
    words = {"day": day(at, person.zone), "time": clock_time(at, person.zone), "zone": zone_label(person.zone, at)}
    return str(gettext("%(day)s, %(time)s, %(zone)s", **words))


def _place() -> str:
    return str(urlsplit(current_app.config["CLINIC"].base_url).netloc)


def _address(path: str) -> str:
    return f"{current_app.config['CLINIC'].base_url}{path}"
