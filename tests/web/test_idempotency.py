"""One form, one effect, one answer (R31)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from sqlalchemy import delete, select

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.web.idempotency import IdempotencyKey, forget_old
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import PASSWORD, Practice
from tests.web.conftest import Effects

OpenBrowser = Callable[..., Browser]


def test_same_post_twice_has_one_effect_and_one_answer(browser: OpenBrowser, effects: Effects) -> None:
    visitor, key = browser(), str(new_id())
    answers = [visitor.submit("/scratch/effects", note="once", idempotency_key=key) for _ in range(3)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, "/scratch/effects/once")}
    assert effects() == [b"once"]


def test_another_body_under_the_same_key_is_refused(browser: OpenBrowser, effects: Effects) -> None:
    visitor, key = browser(), str(new_id())
    visitor.submit("/scratch/effects", note="once", idempotency_key=key)
    assert visitor.submit("/scratch/effects", note="twice", idempotency_key=key).status_code == 422
    assert visitor.submit("/scratch/effects", note="once", more="of it", idempotency_key=key).status_code == 422
    assert effects() == [b"once"]


def test_another_person_does_not_get_the_answer(practice: Practice, browser: OpenBrowser, effects: Effects) -> None:
    key = str(new_id())
    browser(practice.alice).submit("/scratch/effects", note="mine", idempotency_key=key)
    stranger = browser(practice.carol).submit("/scratch/effects", note="mine", idempotency_key=key)
    assert stranger.status_code == 422
    assert stranger.location is None
    assert effects() == [b"mine"]


def test_twenty_posts_at_once_have_one_effect(browser: OpenBrowser, effects: Effects) -> None:
    key, browsers = str(new_id()), [browser() for _ in range(20)]

    def post(one: Browser) -> tuple[int, str]:
        answer = one.submit("/scratch/effects", note="together", idempotency_key=key)
        return answer.status_code, answer.location or ""

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(post, browsers))
    assert answers == {(303, "/scratch/effects/together")}
    assert effects() == [b"together"]


def test_form_that_came_back_with_errors_can_be_sent_again(browser: OpenBrowser, effects: Effects) -> None:
    visitor, key = browser(), str(new_id())
    assert visitor.submit("/scratch/effects", note="refused", idempotency_key=key).status_code == 422
    assert visitor.submit("/scratch/effects", note="better", idempotency_key=key).status_code == 303
    assert effects()[-1] == b"better"


def test_post_without_a_key_or_with_nonsense_is_one_of_its_own(browser: OpenBrowser, effects: Effects) -> None:
    for key in ("", "nonsense"):
        assert browser().submit("/scratch/effects", note="plain", idempotency_key=key).status_code == 303
    assert effects() == [b"plain", b"plain"]


def test_failure_in_the_middle_leaves_the_key_free(
    app: Flask, practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    browser().get("/scratch/errors/bug")
    with acting() as session:
        assert session.scalars(select(IdempotencyKey)).all() == []


def test_kept_digest_tells_nothing_without_the_secret(
    practice: Practice, browser: OpenBrowser, acting: Acting, app: Flask
) -> None:
    """A password form carries a key too; with a plain hash of its body, a stolen table could be guessed at."""
    key, visitor = str(new_id()), browser()
    visitor.submit("/scratch/effects", note=PASSWORD, idempotency_key=key)
    with acting() as session:
        first = session.scalars(select(IdempotencyKey.body_digest)).one()
        session.execute(delete(IdempotencyKey))
    before, app.secret_key = app.secret_key, "another secret that is only ever used here"
    try:
        browser().submit("/scratch/effects", note=PASSWORD, idempotency_key=key)
    finally:
        app.secret_key = before
    with acting() as session:
        assert session.scalars(select(IdempotencyKey.body_digest)).one() != first


def test_keys_are_forgotten_after_two_days(browser: OpenBrowser, acting: Acting, effects: Effects) -> None:
    browser().submit("/scratch/effects", note="old")
    with acting() as session:
        forget_old(clock.now() + timedelta(days=1))
        assert len(session.scalars(select(IdempotencyKey)).all()) == 1
        forget_old(clock.now() + timedelta(days=3))
        assert session.scalars(select(IdempotencyKey)).all() == []
