"""What the outbox must know of each kind of message. Features hand it over in `app.py`; the outbox asks back."""

import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

_BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})  # Unicode categories: control characters and line separators


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message, with a neutral name; `method` is what a calendar file asks for (RFC 6047, 2.4)."""

    name: str
    media_type: str
    content: bytes
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message. Subject and text carry no clinical word, no name but the reader's own.

    Raises ValueError where a line break or another control character would get into a header.
    """

    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        for header in (self.to, self.subject, *(file.name for file in self.attachments)):
            if any(unicodedata.category(letter) in _BREAKING for letter in header):
                raise ValueError("a header of a message holds a control character")


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the outbox must know of a person: their IANA zone, and whether nothing may be sent to them any more."""

    zone: str
    is_stopped: bool


class Subject(Protocol):
    """What a kind is told about the row that is being sent."""

    @property
    def id(self) -> UUID:
        """The row's own id."""

    @property
    def subject_id(self) -> UUID:
        """What the message is about."""

    @property
    def recipient_id(self) -> UUID:
        """The person who is to read it."""

    @property
    def moment(self) -> datetime:
        """The subject's start or due moment, as it was when the message was queued."""

    @property
    def kind(self) -> str:
        """The kind's name, with its offset."""


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message.

    `still_wanted(message, now)` reads the subject under lock and says None, or the reason why the message makes no
    sense any more; it runs again in the transaction that hands the message over. `render(message, now)` gives the
    letter, or None where the person has no address. `counts_daily` kinds share one message a day and the waking hours;
    `keeps_hours` kinds keep the hours alone.
    """

    name: str
    still_wanted: Callable[[Subject, datetime], str | None]
    render: Callable[[Subject, datetime], Letter | None]
    counts_daily: bool = False
    keeps_hours: bool = False


def _nobody(person_ids: Collection[UUID]) -> dict[UUID, Recipient]:
    raise RuntimeError(f"no feature has said how to read {len(person_ids)} recipients")


def _unasked(person_id: UUID) -> bool:
    raise RuntimeError(f"no feature has said who is close to {person_id}")


@dataclass(slots=True)
class Registry:
    """The kinds of this installation, by name. `recipients` reads people and locks them against change.

    `is_mailbox_shared` tells features that know no clients whether others may open a person's mailbox: then a mail says
    "Please sign in" and nothing else, and no mail gives a new password away. `has_partner` tells them who comes, or
    came, as one of a couple.
    """

    kinds: dict[str, MessageKind] = field(default_factory=dict)
    recipients: Callable[[Collection[UUID]], dict[UUID, Recipient]] = _nobody
    is_mailbox_shared: Callable[[UUID], bool] = _unasked
    has_partner: Callable[[UUID], bool] = _unasked

    def add(self, *kinds: MessageKind) -> None:
        """Register each kind; the same name twice raises ValueError."""
        for kind in kinds:
            if self.kinds.get(kind.name, kind) is not kind:
                raise ValueError(f"two kinds of message are called {kind.name}")
            self.kinds[kind.name] = kind

    def daily_kinds(self) -> list[str]:
        """The names of the kinds that share one message a day."""
        return [kind.name for kind in self.kinds.values() if kind.counts_daily]

    def __getitem__(self, name: str) -> MessageKind:
        return self.kinds[name]


registry = Registry()
