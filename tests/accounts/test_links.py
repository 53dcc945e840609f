"""Mailed links: what they open, how long, how often."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clinic.accounts import links, people
from clinic.accounts.errors import LinkSpentError, NoAddressError
from clinic.accounts.link_views import PACE_SECONDS
from clinic.accounts.models import AccountLink, Login, Person, SignIn
from clinic.clients import service as clients
from clinic.core import clock
from clinic.outbox.models import OutboxMessage
from tests.accounts.conftest import MoveClock, TokenOf
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, ZONE, Practice, make_person

pytestmark = pytest.mark.usefixtures("nobody_is_linked")
ALICE = "alice.hart@example.org"
NEW = "another walk by the river"
OpenBrowser = Callable[..., Browser]


@pytest.fixture
def eve(practice: Practice, acting: Acting) -> UUID:
    """Somebody who was invited and has no login yet."""
    with acting() as session:
        person_id = make_person(session, "Eve", "Adler", ["client"], clock.now(), has_login=False)
        links.invite(person_id, clock.now())
        return person_id


def queued(acting: Acting) -> list[tuple[str, UUID]]:
    with acting() as session:
        query = select(OutboxMessage.kind, OutboxMessage.recipient_id).order_by(OutboxMessage.id)
        return [(kind, recipient) for kind, recipient in session.execute(query)]


def test_invitation_is_queued_and_joining_signs_in(
    eve: UUID, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    assert queued(acting) == [("account.join", eve)]
    token, visitor = token_of(eve, "join"), browser()
    page = visitor.get(f"/join/{token}")
    assert page.status_code == 200
    assert "Welcome, Eve" in page.text
    assert visitor.submit(f"/join/{token}", password=NEW).status_code == 303
    assert visitor.get("/account").status_code == 200
    assert browser().submit("/sign-in", email="eve.adler@example.org", password=NEW).status_code == 303


def test_token_is_long_and_only_its_digest_is_stored(eve: UUID, acting: Acting, token_of: TokenOf) -> None:
    token = token_of(eve, "join")
    assert len(token) == 43
    with acting() as session:
        link = session.scalars(select(AccountLink)).one()
        assert token.encode() not in link.token_digest
        assert link.expires_at - link.created_at == timedelta(days=14)
        assert links.lasts(link) == timedelta(days=14)


def test_token_fits_one_purpose_only(eve: UUID, acting: Acting, token_of: TokenOf, browser: OpenBrowser) -> None:
    token = token_of(eve, "join")
    assert browser().get(f"/reset/{token}").status_code == 410
    with acting():
        assert links.open(token, "appointment", clock.now()) is None


def test_get_uses_no_link_up(eve: UUID, browser: OpenBrowser, token_of: TokenOf) -> None:
    token = token_of(eve, "join")
    assert [browser().get(f"/join/{token}").status_code for _ in range(5)] == [200] * 5
    assert browser().submit(f"/join/{token}", password=NEW).status_code == 303


def test_link_works_once(eve: UUID, browser: OpenBrowser, token_of: TokenOf) -> None:
    token = token_of(eve, "join")
    browser().submit(f"/join/{token}", password=NEW)
    assert browser().get(f"/join/{token}").status_code == 410
    assert browser().submit(f"/join/{token}", password=NEW).status_code == 410


@pytest.mark.parametrize("purpose", ["join", "reset"])
def test_twenty_posts_at_once_use_a_link_once(
    eve: UUID, practice: Practice, browser: OpenBrowser, acting: Acting, token_of: TokenOf, purpose: str
) -> None:
    person = eve if purpose == "join" else practice.alice
    if purpose == "reset":
        browser().submit("/lost-password", email=ALICE)
    token = token_of(person, purpose)
    browsers = [browser() for _ in range(20)]

    def post(number: int) -> int:
        return browsers[number].submit(f"/{purpose}/{token}", password=f"{NEW} {number}").status_code

    with ThreadPoolExecutor(20) as pool:
        codes = list(pool.map(post, range(20)))
    assert sorted(codes) == [303] + [410] * 19
    winner = codes.index(303)
    with acting() as session:
        assert session.scalar(select(func.count()).where(SignIn.person_id == person)) == 1
        email = session.get_one(Login, person).email
    assert browser().submit("/sign-in", email=email, password=f"{NEW} {winner}").status_code == 303


def test_using_one_link_ends_the_others_of_its_purpose(eve: UUID, acting: Acting, browser: OpenBrowser) -> None:
    with acting():
        second = links.invite(eve, clock.now())
        assert second is not None
        first = links.make("join", eve, None, clock.now() + timedelta(days=1), clock.now())
        tokens = [links.token_for(first), links.token_for(second)]
    assert [browser().get(f"/join/{token}").status_code for token in tokens] == [200, 200]
    browser().submit(f"/join/{tokens[0]}", password=NEW)
    assert browser().get(f"/join/{tokens[1]}").status_code == 410


def test_refused_password_leaves_the_link_usable(
    eve: UUID, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    token, visitor = token_of(eve, "join"), browser()
    for bad in ("short", "passwordpassword", "eve.adler@example.org"):
        page = visitor.submit(f"/join/{token}", password=bad)
        assert page.status_code == 422
        assert 'name="password" required type="password" value=""' in page.text
    with acting() as session:
        assert session.get(Login, eve) is None
    assert visitor.submit(f"/join/{token}", password=NEW).status_code == 303


def test_expired_invitation_offers_a_new_mail(
    eve: UUID, browser: OpenBrowser, acting: Acting, token_of: TokenOf, move_clock: MoveClock
) -> None:
    old, visitor = token_of(eve, "join"), browser()
    move_clock(days=14, seconds=5)
    page = visitor.get(f"/join/{old}")
    assert (page.status_code, f"/join/{old}/again" in page.text) == (410, True)
    assert visitor.submit(f"/join/{old}", password=NEW).status_code == 410
    assert visitor.submit(f"/join/{old}/again").location == "/lost-password/sent"
    new = token_of(eve, "join")
    assert new != old
    assert browser().get(f"/join/{new}").status_code == 200
    visitor.submit(f"/join/{old}/again")
    assert queued(acting) == [("account.join", eve)] * 2, "a second press within a minute sends nothing"


def test_again_page_answers_the_same_for_any_token(
    eve: UUID, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    for token in (token_of(eve, "join"), "x" * 43, "nonsense"):
        assert browser().submit(f"/join/{token}/again").location == "/lost-password/sent"
    assert queued(acting) == [("account.join", eve)]


def test_unknown_and_used_links_look_alike(eve: UUID, browser: OpenBrowser, token_of: TokenOf) -> None:
    token = token_of(eve, "join")
    browser().submit(f"/join/{token}", password=NEW)
    pages = [browser().get(f"/join/{each}") for each in (token, "x" * 43, "é", "a" * 3000)]
    assert {page.status_code for page in pages} == {410}
    assert len({page.data for page in pages}) == 1


def test_reset_sets_the_password_and_ends_every_sign_in(
    practice: Practice, browser: OpenBrowser, token_of: TokenOf
) -> None:
    elsewhere, visitor = browser(practice.alice), browser()
    visitor.submit("/lost-password", email=" Alice.Hart@example.org")
    token = token_of(practice.alice, "reset")
    assert visitor.get(f"/reset/{token}").status_code == 200
    assert elsewhere.get("/account").status_code == 200
    assert visitor.submit(f"/reset/{token}", password=NEW).status_code == 303
    assert visitor.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert browser().submit("/sign-in", email=ALICE, password=PASSWORD).status_code == 422
    assert browser().submit("/sign-in", email=ALICE, password=NEW).status_code == 303


def test_reset_link_lasts_thirty_minutes(
    practice: Practice, browser: OpenBrowser, token_of: TokenOf, move_clock: MoveClock
) -> None:
    visitor = browser()
    visitor.submit("/lost-password", email=ALICE)
    token = token_of(practice.alice, "reset")
    move_clock(minutes=29, seconds=50)
    assert visitor.get(f"/reset/{token}").status_code == 200
    move_clock(minutes=30, seconds=10)
    assert visitor.get(f"/reset/{token}").status_code == 410
    assert visitor.submit(f"/reset/{token}", password=NEW).status_code == 410


def test_reset_of_a_disabled_login_opens_nothing(
    practice: Practice, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    browser().submit("/lost-password", email=ALICE)
    token = token_of(practice.alice, "reset")
    with acting():
        people.disable_login(practice.alice, clock.now())
    assert browser().get(f"/reset/{token}").status_code == 410
    browser().submit("/lost-password", email=ALICE)
    assert queued(acting) == [("account.reset", practice.alice)]


def test_lost_password_answers_with_the_same_bytes_for_known_and_unknown_addresses(
    eve: UUID, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    answers = []
    for email in (ALICE, "eve.adler@example.org", "nobody@example.org"):
        visitor = browser()
        answer = visitor.submit("/lost-password", email=email)
        page = visitor.get(answer.location or "")
        answers.append((answer.status_code, answer.data, answer.location, page.status_code, page.data))
    assert answers[0] == answers[1] == answers[2]
    assert queued(acting) == [("account.join", eve), ("account.reset", practice.alice), ("account.join", eve)]


def test_lost_password_takes_as_long_for_known_and_unknown_addresses(
    practice: Practice, browser: OpenBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work differs by a few milliseconds; the answer leaves at a fixed time after the request came."""
    waited: list[float] = []
    monkeypatch.setattr("clinic.accounts.link_views.time.sleep", waited.append)
    for email in (ALICE, "nobody@example.org"):
        browser().submit("/lost-password", email=email)
    assert len(waited) == 2
    assert all(0 < each < PACE_SECONDS for each in waited)


def test_mailbox_gets_one_mail_after_another_and_the_screen_says_the_same(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    visitor = browser()
    for _ in range(3):
        assert visitor.submit("/lost-password", email=ALICE).location == "/lost-password/sent"
    assert len(queued(acting)) == 1
    move_clock(seconds=61)
    visitor.submit("/lost-password", email=ALICE)
    assert len(queued(acting)) == 2


def test_network_that_asks_too_often_waits(practice: Practice, browser: OpenBrowser) -> None:
    codes = [browser().submit("/lost-password", email=f"{n}@example.org").status_code for n in range(6)]
    assert codes == [303] * 5 + [429]


def test_invitation_of_an_address_with_a_login_tells_its_owner(practice: Practice, acting: Acting) -> None:
    with acting():
        assert links.invite(practice.alice, clock.now()) is None
        twin = people.find_or_make_person(ALICE, "Ally", "Hart", clock.now(), zone=ZONE)
        assert links.invite(twin.id, clock.now()) is None
        twin_id = twin.id
    assert queued(acting) == [("account.already", practice.alice), ("account.already", twin_id)]


def test_invitation_needs_an_address(practice: Practice, acting: Acting) -> None:
    with acting() as session:
        paper = people.find_or_make_person(None, "Paula", "Paper", clock.now(), zone=ZONE)
        with pytest.raises(NoAddressError):
            links.invite(paper.id, clock.now())
        assert session.get_one(Person, paper.id).email is None


def test_address_taken_meanwhile_is_said_and_changes_nothing(
    eve: UUID, practice: Practice, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    with acting() as session:
        session.get_one(Person, eve).email = ALICE
    page = browser().submit(f"/join/{token_of(eve, 'join')}", password=NEW)
    assert page.status_code == 422
    assert "There is an account with this address already" in page.text
    assert browser().submit("/sign-in", email=ALICE, password=PASSWORD).status_code == 303


def test_appointment_link_works_until_its_end_or_until_it_is_revoked(
    practice: Practice, acting: Acting, move_clock: MoveClock
) -> None:
    with acting():
        now = clock.now()
        link = links.make("appointment", practice.alice, practice.room, now + timedelta(hours=2), now)
        token = links.token_for(link)
    with acting():
        for _ in range(3):
            found = links.open(token, "appointment", clock.now())
            assert found is not None
            assert found.subject_id == practice.room
    move_clock(hours=2, seconds=5)
    with acting():
        assert links.open(token, "appointment", clock.now()) is None
    move_clock(hours=1)
    with acting():
        links.revoke(practice.room, clock.now())
    with acting():
        assert links.open(token, "appointment", clock.now()) is None


def test_spent_link_raises(eve: UUID, acting: Acting) -> None:
    with acting() as session:
        link = session.scalars(select(AccountLink)).one()
        links.use(link, clock.now())
        with pytest.raises(LinkSpentError):
            links.use(link, clock.now())


def share_alices_mailbox(practice: Practice, acting: Acting) -> None:
    with acting():
        clients.change_contact(practice.alice_client, clock.now(), is_mailbox_shared=True)


def test_no_reset_is_mailed_where_others_open_the_mailbox(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    """Whoever opens the mailbox could take the account; the answer is the one that everybody gets."""
    share_alices_mailbox(practice, acting)
    answers = []
    for email in (ALICE, "bob.hart@example.org", "nobody@example.org"):
        visitor = browser()
        answer = visitor.submit("/lost-password", email=email)
        page = visitor.get(answer.location or "")
        answers.append((answer.status_code, answer.data, answer.location, page.status_code, page.data))
    assert answers[0] == answers[1] == answers[2]
    assert "others read that mailbox, or you come as one of a couple" in answers[0][4].decode()
    assert queued(acting) == [("account.reset", practice.bob)]


def test_reset_links_stop_working_once_others_open_the_mailbox(
    practice: Practice, browser: OpenBrowser, acting: Acting, token_of: TokenOf
) -> None:
    browser().submit("/lost-password", email=ALICE)
    token = token_of(practice.alice, "reset")
    assert browser().get(f"/reset/{token}").status_code == 200
    share_alices_mailbox(practice, acting)
    assert browser().get(f"/reset/{token}").status_code == 410


def test_second_person_of_an_address_is_mailed_no_way_into_the_login_of_the_first(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    with acting():
        ned = people.find_or_make_person(ALICE, "Ned", "Stark", clock.now(), zone=ZONE)
        client = clients.enquire(ned.id, clock.now())
        assert client.is_mailbox_shared
    browser().submit("/lost-password", email=ALICE)
    assert [recipient for _, recipient in queued(acting)] == [practice.alice], "Alice says that only she reads it"
