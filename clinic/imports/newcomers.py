"""Rows that are clients: what they come to, and how one becomes a record."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from clinic.accounts import people
from clinic.booking.visitors import take_in
from clinic.clients import service as clients
from clinic.imports import queries
from clinic.imports.rules import Ground, Newcomer, Reason, RowError, newcomer


class Newcomers:
    """Looks at rows one after another; it remembers those of its own file."""

    def __init__(self, import_id: UUID, ground: Ground) -> None:
        self._import_id, self._ground = import_id, ground
        self._therapists = queries.therapists_by_name()
        self._seen: dict[str, list[tuple[int, Newcomer]]] = {}

    def check(self, number: int, cells: dict[str, str]) -> list[str]:
        """Raise RowError unless the row would make a client; nothing about a client is only a warning."""
        found = newcomer(cells, self._ground)
        self._therapist(found)
        self._require_new(found)
        for earlier, other in self._seen.get(found.name, ()):
            if _may_be_same(found, other):
                raise RowError(Reason.DUPLICATE, earlier)
        self.remember(number, cells)
        return []

    def remember(self, number: int, cells: dict[str, str]) -> None:
        """A row that would make a client, for those that follow."""
        found = newcomer(cells, self._ground)
        self._seen.setdefault(found.name, []).append((number, found))

    def carry_out(
        self,
        cells: dict[str, str],
        warnings: Iterable[str],  # noqa: ARG002 -- there are none of a client
        *,
        by: UUID,  # noqa: ARG002 -- the audit trail knows whose import it is
        now: datetime,
    ) -> UUID:
        """Make the client, in care and with their therapist. Nothing is sent until they are invited.

        Raises RowError when the world has changed since the row was checked.
        """
        found = newcomer(cells, self._ground)
        therapist_id = self._therapist(found)
        self._require_new(found)
        person = people.find_or_make_person(
            found.email, found.given_name, found.family_name, now, zone=found.zone, phone=found.phone
        )
        if person.created_at != now:
            raise RowError(Reason.SAME_ADDRESS)
        client = take_in(person, therapist_id, now, is_mailbox_shared=True)
        clients.admit(client.id, now)
        person.messages_stopped_at = now
        return client.id

    def _therapist(self, found: Newcomer) -> UUID:
        """Whom the row names; where the practice has only one, it need not."""
        if not found.therapist:
            everyone = {*self._therapists.values()}
            if len(everyone) != 1:
                raise RowError(Reason.NO_THERAPIST)
            return everyone.pop()
        try:
            return self._therapists[found.therapist.casefold()]
        except KeyError:
            raise RowError(Reason.THERAPIST) from None

    def _require_new(self, found: Newcomer) -> None:
        """Who may be here already is never merged and never made twice: a person looks at them."""
        name = f"{found.given_name} {found.family_name}".strip()
        if found.email and people.find_person(found.email, found.given_name, found.family_name):
            raise RowError(Reason.SAME_ADDRESS)
        if queries.clients_named(name, None, but=self._import_id):
            raise RowError(Reason.SAME_NAME)


def _may_be_same(one: Newcomer, other: Newcomer) -> bool:
    """Of one name: with one address, or without two birth dates that tell them apart."""
    if one.email and one.email == other.email:
        return True
    return _unknown_or_equal(one.born_on, other.born_on)


def _unknown_or_equal(one: date | None, other: date | None) -> bool:
    return one is None or other is None or one == other
