"""Forms and texts installed; Alice on her way through the steps, in a browser as she would walk it."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from clinic.booking.models import Appointment, Attendee, Claim
from clinic.core import clock
from clinic.core.ids import new_id
from clinic.intake import rules, service
from clinic.questionnaires import queries as questionnaires
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice

SAFE = {
    "a_mailbox_shared": "no",
    "a_text_ok": "yes",
    "a_voicemail_ok": "no",
    "a_introduce_as": "first_name",
    "a_best_time": "weekdays after five",
}
ELIGIBLE = {
    "a_in_danger": "no",
    "a_birth_date": "1990-05-17",
    "a_located_in": "Albany, New York",
    "a_where_licensed": "yes",
    "a_private_space": "yes",
}
TEXTS = tuple(step.slug for step in rules.STEPS if step.kind is rules.StepKind.TEXT)
_MARK = re.compile(r'name="mark"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="mark"')
_TEXT = re.compile(r'id="the-text">(.*?)</div>', re.DOTALL)


@dataclass
class Walker:
    """Somebody with a browser who does the intake."""

    browser: Browser
    name: str

    def form(self, slug: str, **fields: str) -> TestResponse:
        """Send a form whole."""
        return self.browser.submit(f"/intake/form/{slug}", follow_redirects=False, **fields)

    def mark(self, slug: str) -> str:
        """What the page of a text would send back about what it showed."""
        found = _MARK.search(self.browser.get(f"/intake/text/{slug}").text)
        assert found is not None
        return found.group(1) or found.group(2)

    def sign(self, slug: str, **fields: str) -> TestResponse:
        """Tick, type one's own name, and sign, unless `fields` says otherwise."""
        sent = {"mark": fields.pop("mark", None) or self.mark(slug), "agreed": "y", "name": self.name} | fields
        return self.browser.submit(
            f"/intake/text/{slug}", follow_redirects=False, **{key: value for key, value in sent.items() if value}
        )

    def answer_forms(self) -> None:
        """Both forms, as somebody does who is in the right place."""
        assert self.form("safe-contact", **SAFE).status_code == 303
        assert self.form("eligibility", **ELIGIBLE).status_code == 303

    def sign_all(self) -> None:
        """Every text."""
        for slug in TEXTS:
            assert self.sign(slug).status_code == 303

    def finish(self) -> TestResponse:
        """All of it, to the end."""
        self.answer_forms()
        self.sign_all()
        return self.browser.submit("/intake/finish")


def shown_digest(page: TestResponse) -> str:
    """SHA-256 of the bytes of the text on a page or in a copy."""
    found = _TEXT.search(page.get_data().decode())
    assert found is not None
    return hashlib.sha256(found.group(1).encode()).hexdigest()


@pytest.fixture
def installed(acting: Acting, practice: Practice) -> Iterator[None]:
    """The forms and texts that ship."""
    with acting():
        service.install(clock.now())
    questionnaires.forget_definitions()
    yield
    questionnaires.forget_definitions()


@pytest.fixture
def alice(browser: Callable[..., Browser], practice: Practice, installed: None) -> Walker:
    """Alice, signed in."""
    return Walker(browser(practice.alice), "Alice Hart")


def book(session: Session, practice: Practice, client_id: UUID, starts_at: datetime) -> UUID:
    """A confirmed session of this client with Dana, with the claims that the database asks for."""
    ends_at = starts_at + timedelta(minutes=50)
    appointment = Appointment(
        id=new_id(),
        service_id=practice.individual,
        therapist_id=practice.dana,
        modality="video",
        state="confirmed",
        starts_at=starts_at,
        ends_at=ends_at,
        zone=ZONE,
        price_cents=14_000,
        currency="USD",
        created_at=clock.now(),
        booked_at=clock.now(),
    )
    session.add(appointment)
    session.flush()
    session.add(Attendee(appointment_id=appointment.id, client_id=client_id))
    for resource, kind in ((practice.dana, "therapist"), (client_id, "client")):
        session.add(
            Claim(
                appointment_id=appointment.id,
                resource=resource,
                kind=kind,
                during=Range(starts_at, ends_at, bounds="[)"),
            )
        )
    session.flush()
    return appointment.id
