"""One primary therapist at a time, cover from one moment until another, hand-over without a gap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.clients import care, queries, service
from clinic.clients.errors import (
    CoverTimesError,
    NoPrimaryTherapistError,
    NotATherapistError,
    PrimaryTherapistError,
    RecordClosedError,
    SameTherapistError,
)
from clinic.clients.models import CareRelationship, Couple
from clinic.core import clock
from clinic.core.errors import NotVisibleError
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from tests.conftest import Acting
from tests.factories import Practice, make_person

DAY = timedelta(days=1)


def new_client(acting: Acting) -> UUID:
    with acting() as session:
        return service.enquire(make_person(session, "Eve", "Adler", ["client"], clock.now()), clock.now()).id


def therapist(person_id: UUID) -> Actor:
    return Actor(person_id=person_id, roles=frozenset({"therapist", "public"}))


def test_client_gets_one_primary_therapist(practice: Practice, acting: Acting) -> None:
    eve = new_client(acting)
    with acting():
        care.assign_primary(eve, practice.dana, clock.now())
        with pytest.raises(PrimaryTherapistError):
            care.assign_primary(eve, practice.erik, clock.now())
        with pytest.raises(PrimaryTherapistError):
            care.assign_primary(eve, practice.dana, clock.now())


def test_twenty_assignments_at_once_leave_one_primary(practice: Practice, acting: Acting) -> None:
    eve = new_client(acting)

    def assign(number: int) -> bool:
        try:
            with acting():
                care.assign_primary(eve, (practice.dana, practice.erik)[number % 2], clock.now())
        except PrimaryTherapistError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(assign, range(20))) == 1


def test_only_therapists_care_for_clients(practice: Practice, acting: Acting) -> None:
    eve = new_client(acting)
    with acting():
        for somebody in (practice.desk, practice.owner, practice.bob, new_id()):
            with pytest.raises(NotATherapistError):
                care.assign_primary(eve, somebody, clock.now())
        with pytest.raises(NotVisibleError):
            care.assign_primary(new_id(), practice.dana, clock.now())


def test_closed_record_gets_no_new_therapist(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        service.close(practice.carol_client, now)
        with pytest.raises(RecordClosedError):
            care.hand_over(practice.carol_client, practice.dana, now)
        with pytest.raises(RecordClosedError):
            care.add_cover(practice.carol_client, practice.dana, now, now + DAY, now)


def test_hand_over_moves_the_record_without_gap_or_overlap(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        care.hand_over(practice.carol_client, practice.dana, now)
        rows = queries.carers_of(practice.carol_client, now)
        assert [(row.therapist_id, row.kind) for row in rows] == [(practice.dana, "primary")]
        with pytest.raises(NotVisibleError):
            queries.visible_client(practice.carol_client, therapist(practice.erik), now)
        assert queries.visible_client(practice.carol_client, therapist(practice.dana), now).id == practice.carol_client
        with pytest.raises(SameTherapistError):
            care.hand_over(practice.carol_client, practice.dana, now)


def test_hand_over_in_the_very_moment_of_the_assignment_works(practice: Practice, acting: Acting) -> None:
    eve = new_client(acting)
    with acting():
        now = clock.now()
        care.assign_primary(eve, practice.dana, now)
        care.hand_over(eve, practice.erik, now)
        later = queries.primary_of(eve, now + DAY)
        assert later is not None
        assert later.therapist_id == practice.erik


def test_hand_over_and_cover_need_a_primary(practice: Practice, acting: Acting) -> None:
    eve = new_client(acting)
    with acting():
        now = clock.now()
        with pytest.raises(NoPrimaryTherapistError):
            care.hand_over(eve, practice.dana, now)
        with pytest.raises(NoPrimaryTherapistError):
            care.add_cover(eve, practice.dana, now, now + DAY, now)


def test_cover_opens_the_record_from_its_start_until_its_end(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        care.add_cover(practice.alice_client, practice.erik, now + DAY, now + 3 * DAY, now)
        erik = therapist(practice.erik)
        sees = []
        for days in (0, 1, 2, 3):
            try:
                queries.visible_client(practice.alice_client, erik, now + days * DAY)
                sees.append(days)
            except NotVisibleError:
                pass
        assert sees == [1, 2], "from the start, and not at the end any more"
        primary = queries.primary_of(practice.alice_client, now + 2 * DAY)
        assert primary is not None
        assert primary.therapist_id == practice.dana


def test_cover_can_end_before_its_time(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        care.add_cover(practice.alice_client, practice.erik, now - DAY, now + DAY, now)
        assert queries.visible_client(practice.alice_client, therapist(practice.erik), now)
        care.end_cover(practice.alice_client, practice.erik, now)
        with pytest.raises(NotVisibleError):
            queries.visible_client(practice.alice_client, therapist(practice.erik), now)


def test_cover_is_by_another_therapist_and_has_an_end(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        with pytest.raises(SameTherapistError):
            care.add_cover(practice.alice_client, practice.dana, now, now + DAY, now)
        with pytest.raises(CoverTimesError):
            care.add_cover(practice.alice_client, practice.erik, now, now, now)


def test_whole_caseload_is_covered_for_a_holiday(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        now = clock.now()
        service.close(practice.bob_client, now)
        assert care.cover_caseload(practice.dana, practice.erik, now, now + DAY, now) == 1
        covered = session.scalars(select(CareRelationship.client_id).where(CareRelationship.kind == "cover")).all()
        assert covered == [practice.alice_client]


def test_ending_all_care_closes_the_record_to_everybody(practice: Practice, acting: Acting) -> None:
    with acting():
        now = clock.now()
        care.add_cover(practice.alice_client, practice.erik, now - DAY, now + DAY, now)
        service.end_all_care(practice.alice_client, now + DAY / 2)
        assert queries.carers_of(practice.alice_client, now + DAY / 2) == []


def test_couple_goes_along_once_both_have_the_same_new_therapist(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        now = clock.now()
        care.hand_over(practice.alice_client, practice.erik, now)
        assert session.get_one(Couple, practice.couple).therapist_id == practice.dana
        care.hand_over(practice.bob_client, practice.erik, now)
        assert session.get_one(Couple, practice.couple).therapist_id == practice.erik
