"""What the outbox must know of each kind of message. Features hand it over in `app.py`; the outbox asks back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message, with a neutral name."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered message. Subject and text carry no clinical word, no name but the reader's own."""

    to: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


class Subject(Protocol):
    """What a kind is told about the row that is being sent."""

    id: UUID
    subject_id: UUID
    recipient_id: UUID
    moment: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class MessageKind:
    """One kind of message.

    `still_wanted(message, now)` reads the subject under lock and says None, or the reason why the message makes no
    sense any more; it runs again in the transaction that hands the message over. `render(message, now)` gives the
    letter, or None where the person has no address. `counts_daily` kinds share one message a day and the waking hours.
    """

    name: str
    still_wanted: Callable[[Subject, datetime], str | None]
    render: Callable[[Subject, datetime], Letter | None]
    counts_daily: bool = False


@dataclass(slots=True)
class Registry:
    """The kinds of this installation, by name."""

    kinds: dict[str, MessageKind] = field(default_factory=dict)

    def add(self, *kinds: MessageKind) -> None:
        """Register each kind; the same name twice raises ValueError."""
        for kind in kinds:
            if self.kinds.get(kind.name, kind) is not kind:
                raise ValueError(f"two kinds of message are called {kind.name}")
            self.kinds[kind.name] = kind

    def __getitem__(self, name: str) -> MessageKind:
        return self.kinds[name]


registry = Registry()
