"""What waits for a yes: Bob asks Alice for a joint session, and another couple asks Dana for a long one."""

from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from clinic.booking import holds, requests
from clinic.booking.holds import Browser
from clinic.booking.models import Appointment
from clinic.booking.service import Together, confirm
from clinic.booking.wishes import Wish
from clinic.core.zones import moment
from clinic.demo.caseload import Caseload, ClientSketch
from clinic.demo.practice import CURRENCY, ZONE, Ground
from clinic.demo.sessions import working_day

FREE_DAY = 4  # the working day from today on which nobody has a standing session
ALICE_AND_BOB, FOR_DANA = 0, 4  # which couples
ASKED_AGO, AGREED_AGO = timedelta(hours=4), timedelta(hours=3)


def ask_for_times(session: Session, ground: Ground, caseload: Caseload, now: datetime, today: date) -> None:
    """Ask as they would on their pages, some hours ago; of the second couple both have said yes."""
    day = working_day(today, FREE_DAY)
    _ask(ground, caseload, ALICE_AND_BOB, "couple-session", moment(day, time(10), ZONE), now - ASKED_AGO)
    at = moment(day, time(14), ZONE)
    asked, partner = _ask(ground, caseload, FOR_DANA, "long-couple-session", at, now - ASKED_AGO)
    requests.agree(asked.id, partner.id, by=partner.person_id, now=now - AGREED_AGO)
    session.flush()


def _ask(
    ground: Ground, caseload: Caseload, couple: int, slug: str, starts_at: datetime, now: datetime
) -> tuple[Appointment, ClientSketch]:
    """The second of the two asks, and the first is asked."""
    partner, asker = caseload.members(couple)
    wish = Wish(ground.services[slug], ground.therapists[asker.therapist], starts_at, "office", ZONE, CURRENCY)
    held = holds.hold(wish, Browser(slug.encode()), now=now, by=asker.person_id, client_ids=[asker.id])
    together = Together(caseload.couples[couple], partner.id)
    return confirm(held, [asker.id], by=asker.person_id, now=now, together=together), partner
