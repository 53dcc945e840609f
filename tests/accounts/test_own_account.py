"""A person's own page: contact, sign-ins, password."""

from collections.abc import Callable

from sqlalchemy import select

from clinic.accounts.browser_names import browser_name
from clinic.accounts.models import Person, SignIn
from clinic.audit.models import AuditEvent
from clinic.core.ids import new_id
from tests.accounts.conftest import MoveClock
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice

OpenBrowser = Callable[..., Browser]
ALICE = "alice.hart@example.org"
NEW = "another walk by the river"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in_ids(acting: Acting, person_id: object) -> list[object]:
    with acting() as session:
        return list(session.scalars(select(SignIn.id).where(SignIn.person_id == person_id).order_by(SignIn.id)))


def test_account_lists_the_persons_own_sign_ins(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    browser(practice.bob)
    phone, laptop = browser(practice.alice), browser()
    form = {"csrf_token": laptop.token(), "email": ALICE, "password": PASSWORD}
    laptop.client.post("/sign-in", data=form, headers={"User-Agent": FIREFOX})
    page = laptop.get("/account").text
    listed = [str(each) in page for each in sign_in_ids(acting, practice.alice)]
    assert listed == [True, True]
    assert str(sign_in_ids(acting, practice.bob)[0]) not in page
    assert "Firefox on Linux" in page
    assert page.count("this browser") == 1
    assert phone.get("/account").status_code == 200


def test_person_ends_a_sign_in_of_their_own(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    phone, laptop = browser(practice.alice), browser(practice.alice)
    phones, laptops = sign_in_ids(acting, practice.alice)
    assert laptop.submit(f"/account/sign-ins/{phones}/end").status_code == 303
    assert phone.get("/account").status_code == 302
    assert laptop.get("/account").status_code == 200
    assert laptop.submit(f"/account/sign-ins/{laptops}/end").location == "/"
    assert laptop.get("/account").status_code == 302


def test_sign_in_of_somebody_else_looks_like_a_missing_one(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    bobs, alices = browser(practice.bob), browser(practice.alice)
    (foreign,) = sign_in_ids(acting, practice.bob)
    missing = new_id()
    answers = [alices.submit(f"/account/sign-ins/{each}/end") for each in (foreign, missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert bobs.get("/account").status_code == 200
    with acting() as session:
        refused = session.execute(
            select(AuditEvent.action, AuditEvent.person_id, AuditEvent.record_kind, AuditEvent.record_id)
            .where(AuditEvent.outcome == "refused")
            .order_by(AuditEvent.id)
        ).all()
    assert [tuple(each) for each in refused] == [
        ("account.update", practice.alice, "sign_in", foreign),
        ("account.update", practice.alice, "sign_in", missing),
    ]


def test_change_of_password_asks_the_old_one_and_ends_other_sign_ins(practice: Practice, browser: OpenBrowser) -> None:
    here, elsewhere = browser(practice.alice), browser(practice.alice)
    wrong = here.submit("/account/password", current="a long walk by the sea", password=NEW)
    assert (wrong.status_code, "not your current password" in wrong.text) == (422, True)
    assert elsewhere.get("/account").status_code == 200
    assert here.submit("/account/password", current=PASSWORD, password="short").status_code == 422
    assert here.submit("/account/password", current=PASSWORD, password=NEW).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert browser().submit("/sign-in", email=ALICE, password=PASSWORD).status_code == 422
    assert browser().submit("/sign-in", email=ALICE, password=NEW).status_code == 303


def test_guessing_the_current_password_is_throttled(
    practice: Practice, browser: OpenBrowser, move_clock: MoveClock
) -> None:
    here = browser(practice.alice)
    tries = [here.submit("/account/password", current=f"guess number {n}", password=NEW).status_code for n in range(6)]
    assert tries == [422] * 5 + [429]
    assert browser(practice.alice).submit("/account/password", current=PASSWORD, password=NEW).status_code == 303


def test_person_changes_name_phone_and_zone_and_nothing_else(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    answer = browser(practice.alice).submit(
        "/account",
        given_name=" Alicia ",
        family_name="Hart",
        phone="(212) 555-0100",
        zone="Europe/Berlin",
        email="other@example.org",
        roles="owner",
        id=str(practice.bob),
        locale="de",
    )
    assert answer.status_code == 303
    with acting() as session:
        alice = session.get_one(Person, practice.alice)
        assert (alice.given_name, alice.phone, alice.zone) == ("Alicia", "(212) 555-0100", "Europe/Berlin")
        assert (alice.email, alice.roles, alice.locale) == (ALICE, ["client"], "en")
        assert session.get_one(Person, practice.bob).given_name == "Bob"


def test_contact_form_shows_what_is_missing(practice: Practice, browser: OpenBrowser) -> None:
    page = browser(practice.alice).submit("/account", given_name=" ", family_name="", zone="Mars/Olympus")
    assert page.status_code == 422
    assert "Please type your first name." in page.text


def test_every_role_has_an_account_page(practice: Practice, browser: OpenBrowser) -> None:
    for person in (practice.alice, practice.dana, practice.desk, practice.owner):
        for path in ("/account", "/account/password", "/sign-out"):
            assert browser(person).get(path).status_code == 200


def test_browser_is_named_in_words() -> None:
    chrome = (
        "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
    )
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
    assert browser_name(FIREFOX) == "Firefox on Linux"
    assert browser_name(chrome) == "Chrome on Android"
    assert browser_name(safari) == "Safari on iPhone"
    assert browser_name("curl/8") == browser_name(None) == "A browser"
