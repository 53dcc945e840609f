"""Setting a second step up, being asked for it, and taking it away: one's own, and who must have one."""

import json
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pyotp
import pytest
from sqlalchemy import select

from clinic.accounts import factors, passwords, totp
from clinic.accounts.models import Login, SignIn, Totp
from clinic.core import clock
from tests.accounts.conftest import MoveClock
from tests.accounts.test_second_step import ALICE, SECOND, begin, give_app, now_shown
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

OpenBrowser = Callable[..., Browser]
Owner = psycopg.Connection[tuple[object, ...]]
FACTORS = "/account/factors"
SHORT = "kq7wzr4m"


def waiting(acting: Acting, person_id: object) -> pyotp.TOTP:
    """The app that has scanned the code on the page."""
    with acting():
        return pyotp.TOTP(totp.waiting_secret(person_id) or "")  # type: ignore[arg-type]


def test_client_sets_an_app_up_and_keeps_ten_codes(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    alice, elsewhere = browser(practice.alice), browser(practice.alice)
    assert "Set it up" in alice.get("/account").text
    assert alice.submit(f"{FACTORS}/app").location == f"{FACTORS}/app"
    app = waiting(acting, practice.alice)
    page = alice.get(f"{FACTORS}/app").text
    assert totp.grouped(app.secret) in page
    assert "<svg" in page
    assert "style=" not in page
    assert "data:" not in page
    wrong = alice.submit(f"{FACTORS}/app/confirm", code="12345")
    assert (wrong.status_code, totp.grouped(app.secret) in wrong.text) == (422, True)
    assert begin(browser()).location == "/today"
    done = alice.submit(f"{FACTORS}/app/confirm", code=now_shown(app))
    assert len(re.findall(r"<code>[a-z2-9]{4}(-[a-z2-9]{4}){3}</code>", done.text)) == 10
    assert elsewhere.get("/account").status_code == 302
    assert alice.get("/account").status_code == 200
    assert begin(browser()).location == SECOND
    codes = re.findall(r"<code>(.+?)</code>", done.text)
    assert not any(code in alice.get(FACTORS).text for code in codes)


def test_second_press_of_confirm_leads_on(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    alice = browser(practice.alice)
    alice.submit(f"{FACTORS}/app")
    app = waiting(acting, practice.alice)
    assert alice.submit(f"{FACTORS}/app/confirm", code=now_shown(app)).status_code == 200
    assert alice.submit(f"{FACTORS}/app/confirm", code=now_shown(app)).location == FACTORS
    assert alice.get(f"{FACTORS}/app").location == FACTORS


def test_app_that_waits_for_its_code_leaves_the_one_before_in_force(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    old = give_app(acting, practice.alice)
    alice = browser(practice.alice)
    alice.submit(f"{FACTORS}/app")
    new = waiting(acting, practice.alice)
    visitor = browser()
    begin(visitor)
    assert visitor.submit(SECOND, code=now_shown(new)).status_code == 422
    assert visitor.submit(SECOND, code=now_shown(old)).status_code == 303
    assert alice.submit(f"{FACTORS}/app/confirm", code=now_shown(new)).location == FACTORS
    with acting() as session:
        assert len(session.scalars(select(Totp)).all()) == 1


def test_database_holds_one_app_a_person(practice: Practice, acting: Acting, owner: Owner) -> None:
    give_app(acting, practice.alice)
    with pytest.raises(psycopg.errors.UniqueViolation, match="uq_totp_confirmed"):
        owner.execute(
            "INSERT INTO totp (id, person_id, secret, created_at, confirmed_at)"
            " SELECT gen_random_uuid(), person_id, secret, created_at, confirmed_at FROM totp"
        )


@pytest.mark.parametrize("who", ["dana", "desk", "owner"])
def test_staff_without_a_second_step_reach_the_set_up_and_nothing_else(
    practice: Practice, browser: OpenBrowser, acting: Acting, owner: Owner, who: str
) -> None:
    staff = browser(getattr(practice, who))
    owner.execute("DELETE FROM passkey")
    work = {"dana": "/caseload", "desk": "/people", "owner": "/practice"}[who]
    for path in ("/today", "/account", "/account/password", work, f"{work}?page=2"):
        assert (staff.get(path).status_code, staff.get(path).location) == (303, FACTORS), path
    for path in ("/account", "/account/password"):
        assert staff.submit(path).location == FACTORS, path
    page = staff.get(FACTORS)
    assert (page.status_code, "needs a second step" in page.text) == (200, True)
    assert staff.get("/sign-out").status_code == 200
    staff.submit(f"{FACTORS}/app")
    app = waiting(acting, getattr(practice, who))
    assert staff.get("/today").location == FACTORS
    assert staff.submit(f"{FACTORS}/app/confirm", code=now_shown(app)).status_code == 200
    assert staff.get("/today").status_code == 200
    assert staff.submit("/sign-out").location == "/"


def test_client_who_comes_to_work_here_needs_a_second_step_at_the_next_request(
    practice: Practice, browser: OpenBrowser, owner: Owner
) -> None:
    carol = browser(practice.carol)
    assert carol.get("/today").status_code == 200
    owner.execute("UPDATE person SET roles = ARRAY['client', 'front_desk'] WHERE id = %s", [practice.carol])
    assert carol.get("/today").location == FACTORS


def test_staff_keep_one_way_and_clients_may_do_without(
    practice: Practice, browser: OpenBrowser, acting: Acting, owner: Owner
) -> None:
    for person in (practice.alice, practice.dana):
        give_app(acting, person)
    alice, dana = browser(practice.alice), browser(practice.dana)
    owner.execute("DELETE FROM passkey")
    assert "is removed" in alice.submit(f"{FACTORS}/app/remove", follow_redirects=True).text
    assert begin(browser()).location == "/today"
    assert "Please add another one first" in dana.submit(f"{FACTORS}/app/remove", follow_redirects=True).text
    with acting():
        assert (factors.of(practice.alice).any, factors.of(practice.dana).has_app) == (False, True)


def test_password_of_eight_is_enough_beside_a_second_step_and_never_alone(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    alice = browser(practice.alice)
    assert "at least 15" in alice.submit("/account/password", current=PASSWORD, password=SHORT).text
    app = give_app(acting, practice.alice)
    assert "at least 8" in alice.submit("/account/password", current=PASSWORD, password=SHORT[:7]).text
    assert alice.submit("/account/password", current=PASSWORD, password=SHORT).status_code == 303
    refused = alice.submit(f"{FACTORS}/app/remove", follow_redirects=True).text
    assert "too short to be the only lock" in refused
    visitor = browser()
    begin(visitor, password=SHORT)
    assert visitor.submit(SECOND, code=now_shown(app)).status_code == 303
    assert alice.submit("/account/password", current=SHORT, password=PASSWORD).status_code == 303
    assert "is removed" in alice.submit(f"{FACTORS}/app/remove", follow_redirects=True).text


def test_lost_second_step_takes_a_short_password_with_it(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    give_app(acting, practice.alice)
    alice = browser(practice.alice)
    alice.submit("/account/password", current=PASSWORD, password=SHORT)
    with acting() as session:
        assert factors.take_all(practice.alice, clock.now())
        login = session.get_one(Login, practice.alice)
        assert (login.is_password_short, login.password_hash) == (False, passwords.NOBODY)
    assert alice.get("/account").status_code == 302
    assert begin(browser(), password=SHORT).status_code == 422


def test_what_matters_asks_again_after_ten_minutes_and_leads_back(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    app = give_app(acting, practice.alice)
    alice = browser(practice.alice)
    assert alice.get("/account/password").status_code == 200
    move_clock(minutes=10, seconds=30)
    assert alice.get("/account").status_code == 200
    for path in (FACTORS, f"{FACTORS}/app", "/account/password"):
        assert alice.get(path).location == f"/account/confirm?next={path}"
    page = alice.get(f"/account/confirm?next={FACTORS}")
    assert "still you" in page.text
    wrong: tuple[dict[str, Any], ...] = (
        {"password": "a long walk by the sea", "code": now_shown(app)},
        {"password": PASSWORD, "code": ""},
        {"password": PASSWORD, "code": "000000" if now_shown(app) != "000000" else "111111"},
    )
    for fields in wrong:
        assert alice.submit("/account/confirm", target=FACTORS, **fields).status_code == 422
        assert alice.get(FACTORS).status_code == 302
    done = alice.submit("/account/confirm", target=FACTORS, password=PASSWORD, code=now_shown(app))
    assert (done.status_code, done.location) == (303, FACTORS)
    assert alice.get(FACTORS).status_code == 200


def test_nothing_typed_is_lost_when_a_form_asks_again(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock, owner: Owner
) -> None:
    alice = browser(practice.alice)
    owner.execute(
        "INSERT INTO passkey (id, person_id, name, credential_id, public_key, sign_count, created_at)"
        " VALUES (%s, %s, 'My phone', 'a', 'b', 0, now())",
        [practice.couple, practice.alice],
    )
    path, name = f"{FACTORS}/passkeys/{practice.couple}/name", 'My <old> "phone" & key'
    give_app(acting, practice.alice)
    move_clock(minutes=11)
    asked = alice.submit(path, name=name)
    assert asked.status_code == 401
    carried = json.dumps([["name", name]])
    app_code = _code_of(acting, practice.alice)
    page = alice.submit("/account/confirm", target=path, carried=carried, password=PASSWORD, code=app_code)
    assert page.status_code == 200
    assert f'action="{path}"' in page.text
    assert 'value="My &lt;old&gt; &#34;phone&#34; &amp; key"' in page.text
    assert alice.submit(path, name=name).status_code == 303
    assert owner.execute("SELECT name FROM passkey WHERE id = %s", [practice.couple]).fetchone() == (name,)


def _code_of(acting: Acting, person_id: object) -> str:
    with acting() as session:
        row = session.scalars(select(Totp).where(Totp.person_id == person_id)).one()
        return pyotp.TOTP(totp._secret(row)).at(clock.now())


def test_asking_again_carries_what_was_typed_and_no_password(
    practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    alice = browser(practice.alice)
    move_clock(minutes=11)
    asked = alice.submit("/account/password", current=PASSWORD, password="another walk by the river", note="a word")
    assert asked.status_code == 401
    assert "a word" in asked.text
    assert PASSWORD not in asked.text
    assert "another walk" not in asked.text


def test_way_back_stays_on_this_site(practice: Practice, browser: OpenBrowser) -> None:
    alice = browser(practice.alice)
    for target in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        done = alice.submit("/account/confirm", target=target, password=PASSWORD)
        assert (done.status_code, done.location) == (303, "/today")


def test_guessing_the_proof_is_slowed_down(practice: Practice, browser: OpenBrowser) -> None:
    alice = browser(practice.alice)
    tries = [alice.submit("/account/confirm", target="/today", password=f"guess {n}").status_code for n in range(6)]
    assert tries == [422] * 5 + [429]


def test_proof_renews_the_sign_in_it_was_given_in_alone(
    practice: Practice, browser: OpenBrowser, acting: Acting, move_clock: MoveClock
) -> None:
    here, elsewhere = browser(practice.alice), browser(practice.alice)
    move_clock(minutes=11)
    assert here.submit("/account/confirm", target=FACTORS, password=PASSWORD).location == FACTORS
    assert here.get(FACTORS).status_code == 200
    assert elsewhere.get(FACTORS).status_code == 302
    with acting() as session:
        assert len(set(session.scalars(select(SignIn.fresh_at)))) == 2


def test_passkey_of_somebody_else_looks_like_a_missing_one(
    practice: Practice, browser: OpenBrowser, owner: Owner
) -> None:
    browser(practice.dana)  # has one
    ((key,),) = owner.execute("SELECT id FROM passkey").fetchall()
    for path in (f"{FACTORS}/passkeys/{key}/name", f"{FACTORS}/passkeys/{key}/remove"):
        assert browser(practice.alice).submit(path, name="Mine").status_code == 404
    assert owner.execute("SELECT name FROM passkey").fetchall() == [("A key",)]


def test_app_is_told_the_sites_address_and_not_what_it_is_for(
    practice: Practice, browser: OpenBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list in an authenticator app may be seen by others."""
    told: list[tuple[str, str]] = []

    def watched(secret: str, account: str, place: str) -> str:
        told.append((account, place))
        return ""

    monkeypatch.setattr(totp, "picture", watched)
    alice = browser(practice.alice)
    alice.submit(f"{FACTORS}/app")
    alice.get(f"{FACTORS}/app")
    assert told == [(ALICE, "127.0.0.1")]
