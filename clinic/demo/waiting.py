"""Who waits for a time: Alice, for whom one is kept, and somebody after her who finds no evening."""

from datetime import datetime, timedelta

from clinic.demo.caseload import Caseload
from clinic.demo.practice import Ground
from clinic.waitlist import offering, service
from clinic.waitlist.service import Preferences

ALICE_AND_BOB, OTHERS = 0, 4  # which couples
AFTERNOONS = Preferences(weekdays=(0, 1, 2, 3, 4), dayparts=("afternoon",))
SUNDAY_EVENING = Preferences(weekdays=(6,), dayparts=("evening",))


def wait_for_times(caseload: Caseload, ground: Ground, now: datetime) -> None:
    """Join as they would on their pages, some days ago, and keep a time for the first of them."""
    alice, other = caseload.members(ALICE_AND_BOB)[0], caseload.members(OTHERS)[0]
    wanted = ground.services["individual-session"].id
    first = service.join(alice.id, wanted, AFTERNOONS, by=alice.person_id, now=now - timedelta(days=3))
    service.join(other.id, wanted, SUNDAY_EVENING, by=other.person_id, now=now - timedelta(days=2))
    offering.offer_to(first.id, now)
