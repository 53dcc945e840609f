"""The forms of the intake in the browser: several sittings, safe contact, and the kind ends."""

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select, text

from clinic.clients.models import Client
from clinic.clients.queries import open_episode_of
from clinic.clients.service import admit, enquire
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.intake import queries, service
from clinic.intake.models import IntakePacket, SafeContact
from clinic.intake.rules import SAFE_CONTACT
from clinic.questionnaires import queries as questionnaires
from clinic.questionnaires.models import Answer, Response
from clinic.questionnaires.values import Reading
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_person
from tests.intake.conftest import ELIGIBLE, SAFE, Walker, book

Owner = psycopg.Connection[tuple[object, ...]]


def answers_behind_the_wall(owner: Owner) -> int:
    found = owner.execute("SELECT count(*) FROM answer").fetchone()
    assert found is not None
    return int(str(found[0]))


def test_overview_tells_what_is_left_before_anything_is_there(alice: Walker, acting: Acting) -> None:
    page = alice.browser.get("/intake")
    assert (page.status_code, "0 of 7 done, about 9 minutes left" in page.text) == (200, True)
    assert 'href="/intake/form/safe-contact"' in page.text
    assert "/intake/text/fees" not in page.text
    with acting() as session:
        assert session.scalars(select(IntakePacket)).all() == []


def test_later_steps_lead_back_until_their_gate_is_done(alice: Walker) -> None:
    for path in ("/intake/form/eligibility", "/intake/text/privacy", "/intake/finish"):
        assert alice.browser.get(path).location == "/intake"
    assert alice.form("eligibility", **ELIGIBLE).status_code == 409
    assert alice.sign("privacy", mark="1-0").status_code == 409


def test_unknown_step_and_wrong_kind_are_not_there(alice: Walker) -> None:
    for path in ("/intake/form/hobbies", "/intake/form/privacy", "/intake/text/eligibility", "/intake/text/x/copy"):
        assert alice.browser.get(path).status_code == 404


def test_two_sittings_keep_what_was_typed(alice: Walker, browser: Callable[..., Browser], practice: Practice) -> None:
    saved = alice.browser.submit(
        "/intake/form/safe-contact/draft", a_mailbox_shared="yes", a_best_time="after the night shift"
    )
    assert (saved.status_code, saved.get_json()) == (200, {"unfit": []})
    second = Walker(browser(practice.alice), "Alice Hart")
    page = second.browser.get("/intake/form/safe-contact").text
    assert 'value="after the night shift"' in page
    assert "0 of 7 done" in second.browser.get("/intake").text
    assert second.form("safe-contact", **(SAFE | {"a_best_time": "after the night shift"})).status_code == 303
    assert "1 of 7 done" in second.browser.get("/intake").text


def test_missing_answers_are_named_at_their_field_and_the_rest_is_kept(alice: Walker) -> None:
    refused = alice.form("safe-contact", a_mailbox_shared="yes", a_best_time="mornings")
    assert refused.status_code == 422
    assert refused.text.count('id="a_text_ok-error"') == 1
    assert 'href="#a_voicemail_ok"' in refused.text
    assert 'value="mornings"' in alice.browser.get("/intake/form/safe-contact").text


def test_safe_contact_sets_the_flags_that_others_obey(alice: Walker, acting: Acting, practice: Practice) -> None:
    for code, shared in (("yes", True), ("no", False), ("not_sure", True)):
        assert alice.form("safe-contact", **(SAFE | {"a_mailbox_shared": code})).status_code == 303
        with acting() as session:
            assert session.get_one(Client, practice.alice_client).is_mailbox_shared is shared
    with acting() as session:
        contact = session.get_one(SafeContact, practice.alice_client)
        assert (contact.is_voicemail_ok, contact.is_text_ok, contact.introduce_as) == (False, True, "first_name")


def test_a_draft_of_safe_contact_changes_no_flag(alice: Walker, acting: Acting, practice: Practice) -> None:
    alice.browser.submit("/intake/form/safe-contact/draft", a_mailbox_shared="yes")
    with acting() as session:
        assert session.get_one(Client, practice.alice_client).is_mailbox_shared is False
        assert session.get(SafeContact, practice.alice_client) is None


def test_eligibility_keeps_no_draft_and_shows_no_answer_again(alice: Walker, owner: Owner) -> None:
    alice.form("safe-contact", **SAFE)
    before = answers_behind_the_wall(owner)
    assert "data-autosave" not in alice.browser.get("/intake/form/eligibility").text
    alice.browser.submit("/intake/form/eligibility/draft", a_birth_date="1990-05-17")
    assert answers_behind_the_wall(owner) == before
    alice.form("eligibility", **ELIGIBLE)
    assert alice.browser.get("/intake/form/eligibility").location == "/intake"
    assert alice.form("eligibility", **ELIGIBLE).status_code == 409


@pytest.mark.parametrize(
    ("answers", "title", "has_button"),
    [
        ({"a_in_danger": "yes"}, "Please get help right now", True),
        ({"a_birth_date": "2012-03-04"}, "We work with people who are 18 or older", False),
        ({"a_where_licensed": "no"}, "We are not licensed where you will be", True),
        ({"a_private_space": "no"}, "A private space comes first", True),
    ],
)
def test_who_is_not_eligible_meets_a_kind_end_and_leaves_no_answer(
    alice: Walker, owner: Owner, answers: dict[str, str], title: str, has_button: bool
) -> None:
    alice.form("safe-contact", **SAFE)
    before = answers_behind_the_wall(owner)
    sent = alice.form("eligibility", **(ELIGIBLE | answers))
    assert sent.location == "/intake"
    page = alice.browser.get("/intake").text
    assert (title in page, "Where to turn" in page, "988" in page) == (True, True, True)
    assert ('action="/intake/again"' in page) is has_button
    assert answers_behind_the_wall(owner) == before
    assert owner.execute("SELECT state, is_eligible FROM intake_packet").fetchall() == [("ended", False)]
    details = owner.execute("SELECT detail FROM audit_event WHERE action = 'intake.update'").fetchall()
    assert details == [(None,)]


def test_who_is_in_danger_is_asked_nothing_more(alice: Walker) -> None:
    alice.form("safe-contact", **SAFE)
    assert alice.form("eligibility", a_in_danger="yes").location == "/intake"
    assert "Call 911" in alice.browser.get("/intake").text


def test_ended_packet_is_closed_until_it_is_opened_again(alice: Walker) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("eligibility", **(ELIGIBLE | {"a_private_space": "no"}))
    assert alice.form("safe-contact", **SAFE).status_code == 409
    assert alice.browser.get("/intake/text/electronic-records").location == "/intake"
    assert alice.sign("electronic-records", mark="1-0").status_code == 409
    assert alice.browser.submit("/intake/finish").status_code == 409
    assert alice.browser.submit("/intake/again").location == "/intake/form/eligibility"
    assert alice.form("eligibility", **ELIGIBLE).location == "/intake/text/electronic-records"


def test_an_age_on_file_opens_again_by_the_therapist_only(
    alice: Walker, browser: Callable[..., Browser], practice: Practice
) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("eligibility", **(ELIGIBLE | {"a_birth_date": "2012-03-04"}))
    assert alice.browser.submit("/intake/again").status_code == 403
    dana = browser(practice.dana)
    assert "not 18 yet" in dana.get(f"/clients/{practice.alice_client}/intake").text
    assert dana.submit(f"/clients/{practice.alice_client}/intake/open-again").status_code == 303
    assert alice.form("eligibility", **ELIGIBLE).location == "/intake/text/electronic-records"


def test_an_impossible_year_is_asked_once_more(alice: Walker) -> None:
    alice.form("safe-contact", **SAFE)
    refused = alice.form("eligibility", **(ELIGIBLE | {"a_birth_date": "1890-01-01"}))
    assert (refused.status_code, "look at the year once more" in refused.text) == (422, True)


def test_same_post_twice_has_one_effect(alice: Walker, owner: Owner) -> None:
    key = "0192f0c1-2b3c-7def-8123-456789abcdef"
    one = alice.form("safe-contact", idempotency_key=key, **SAFE)
    two = alice.form("safe-contact", idempotency_key=key, **SAFE)
    assert (one.status_code, one.location) == (two.status_code, two.location)
    assert owner.execute("SELECT revision, state FROM response").fetchall() == [(1, "submitted")]


def test_answers_sent_again_unchanged_make_no_new_revision(alice: Walker, owner: Owner) -> None:
    alice.form("safe-contact", **SAFE)
    alice.form("safe-contact", **SAFE)
    assert owner.execute("SELECT revision, state FROM response").fetchall() == [(1, "submitted")]


def test_packet_is_one_for_client_and_episode(acting: Acting, practice: Practice, installed: None) -> None:
    with acting():
        one = service.open_packet(practice.alice_client, clock.now()).id
    with acting() as session:
        assert service.open_packet(practice.alice_client, clock.now()).id == one
        session.execute(
            text("UPDATE episode SET closed_at = opened_at WHERE client_id = :id"), {"id": practice.alice_client}
        )
        session.execute(
            text("INSERT INTO episode (id, client_id, opened_at) VALUES (gen_random_uuid(), :id, :at)"),
            {"id": practice.alice_client, "at": clock.now()},
        )
        assert service.open_packet(practice.alice_client, clock.now()).id != one


def test_next_step_says_where_it_goes_on(alice: Walker, acting: Acting, practice: Practice) -> None:
    def following() -> tuple[str, int] | None:
        with acting(Actor(practice.alice, frozenset({"client"}))):
            step = service.next_step_for(practice.alice_client)
        return (step.slug, step.count_done) if step else None

    assert following() == ("safe-contact", 0)
    alice.answer_forms()
    assert following() == ("electronic-records", 2)
    alice.sign_all()
    assert following() == ("", 7)
    alice.browser.submit("/intake/finish")
    assert following() is None


def test_draft_reads_dates_in_the_persons_zone(acting: Acting, practice: Practice, installed: None) -> None:
    with acting(Actor(practice.alice, frozenset({"client"}))):
        reading = Reading(clock.now(), ZONE)
        checked = service.save_draft(practice.alice_client, SAFE_CONTACT, {"text_ok": "perhaps"}, reading)
        assert list(checked.errors) == ["text_ok"]
        packet = queries.packet_of(practice.alice_client)
        assert packet is not None
        response = questionnaires.current_response(packet.id, questionnaires.latest(SAFE_CONTACT.key).id)
        assert isinstance(response, Response)


def test_appointment_ahead_is_named_on_the_way(alice: Walker, acting: Acting, practice: Practice) -> None:
    with acting() as session:
        book(session, practice, practice.alice_client, clock.now() + timedelta(days=3))
        assert session.scalars(select(Answer)).all() == []
    assert "Your appointment is on" in alice.browser.get("/intake").text


def test_papers_before_the_first_call_open_the_episode(
    browser: Callable[..., Browser], acting: Acting, practice: Practice, installed: None
) -> None:
    with acting() as session:
        person_id = make_person(session, "Zoe", "Lund", ["client"], clock.now())
        client_id = enquire(person_id, clock.now()).id
        book(session, practice, client_id, clock.now() + timedelta(days=2))
        assert queries.clients_without_packet(clock.now(), 10) == [client_id]
        assert service.next_step_for(client_id) is not None
    zoe = Walker(browser(person_id), "Zoe Lund")
    assert zoe.finish().location == "/intake/finish"
    with acting() as session:
        episode = open_episode_of(client_id)
        assert episode is not None
        assert admit(client_id, clock.now()).state == "active"
        assert session.scalars(select(IntakePacket.episode_id)).all() == [episode.id]
        assert queries.clients_without_packet(clock.now(), 10) == []
