"""What the tables of the waiting list refuse, whatever the code does."""

from uuid import UUID

import psycopg

from tests.conftest import Acting
from tests.constraints import refusals, rules_of
from tests.waitlist.conftest import Run, free
from tests.waitlist.test_offering import two_wait

__all__ = ["two_wait"]

OFFER = (
    "INSERT INTO offer SELECT gen_random_uuid(), waiting_id, {}, therapist_id, modality, starts_at, ends_at,"
    " offered_at, expires_at, state, settled_at FROM offer"
)
CHANGES = {
    "ck_waiting_modality": "UPDATE waiting SET modality = 'letter'",
    "ck_waiting_weekdays": "UPDATE waiting SET weekdays = '{}'",
    "ck_waiting_dayparts": "UPDATE waiting SET dayparts = '{night}'",
    "ck_waiting_why": "UPDATE waiting SET ended_at = now(), why = 'odd'",
    "ck_waiting_ended": "UPDATE waiting SET ended_at = now()",
    "uq_waiting_live": "UPDATE waiting SET client_id = (SELECT client_id FROM waiting LIMIT 1)",
    "ck_offer_state": "UPDATE offer SET state = 'odd', settled_at = now()",
    "ck_offer_modality": "UPDATE offer SET modality = 'letter'",
    "ck_offer_settled_at": "UPDATE offer SET settled_at = now()",
    "ck_offer_times": "UPDATE offer SET expires_at = starts_at + interval '1 second'",
    "uq_offer_hold_id": OFFER.format("client_id, hold_id").replace("state, settled_at", "'passed', now()"),
    "uq_offer_open_client": OFFER.format("client_id, gen_random_uuid()").replace("starts_at,", "starts_at + '1 s',", 1),
    "uq_offer_open_slot": OFFER.format("(SELECT id FROM client WHERE id <> client_id LIMIT 1), gen_random_uuid()"),
}


def test_database_refuses_wishes_and_offers_that_cannot_be(
    acting: Acting, two_wait: dict[int, UUID], run: Run, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    with acting():
        free(two_wait[10])
    run()
    assert rules_of(owner, "waiting", "offer") == set(CHANGES)
    assert refusals(owner, CHANGES) == {name: name for name in CHANGES}
