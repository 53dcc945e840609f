"""F12: each form that creates something, posted twenty times at the same moment, on a real PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine
from werkzeug.test import TestResponse

from clinic.core import clock
from clinic.core.ids import new_id
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.homework import queries as homework_queries
from clinic.homework import service as homework
from clinic.homework.service import Task
from clinic.intake import service as intake
from clinic.measures import service as measures
from clinic.progress import service as progress
from clinic.questionnaires import drafts, queries
from clinic.questionnaires.installation import install_folders
from clinic.questionnaires.values import Reading
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import ZONE, Practice, make_practice
from tests.idempotency.cases import CASES, MAKES_NOTHING, Case, Owner, Post, Stage
from tests.progress.conftest import worker_app
from tests.questionnaires.conftest import FOLDERS, client, therapist

__all__ = ["worker_app"]

CROWD = 20


@pytest.fixture
def stage(acting: Acting, browser: Callable[..., Browser], owner: Owner) -> Iterator[Stage]:
    """The cast with everything installed, and a report that waits for its release."""
    now = clock.now()
    with acting() as session:
        practice = make_practice(session, now - timedelta(days=90))
        install_folders(FOLDERS, now)
        intake.install(now)
        measures.install_shipped(now)
    queries.forget_definitions()
    yield Stage(practice, browser, owner)
    queries.forget_definitions()


@pytest.fixture
def large_pool(app: Flask) -> Iterator[None]:
    """A connection for everyone and one to spare, so that they meet in the database and not at the pool."""
    with app.app_context():
        engines = cast("dict[str | None, Engine]", db.engines)
    before = engines[None]
    engines[None] = create_engine(before.url, pool_size=2 * CROWD + 2)
    yield
    engines[None].dispose()
    engines[None] = before


def with_report(acting: Acting, worker_app: Flask, practice: Practice) -> None:
    """Alice sent a pulse last month, and the worker has made her report of it."""
    now = clock.now()
    sent_at = now.replace(day=1) - timedelta(days=10)
    with acting(therapist(practice.dana)):
        pulse = queries.latest("pulse").id
        lines = {each.key: "5" for each in queries.definition(pulse).fields()}
        given = Task(pulse, sent_at + timedelta(days=1))
        assignment_id = homework.assign(practice.alice_client, given, practice.dana, sent_at - timedelta(days=2)).id
    with acting(client(practice.alice)):
        assignment = homework_queries.own(assignment_id, practice.alice)
        drafts.save_answers(homework.draft_of(assignment, sent_at), lines, Reading(sent_at, ZONE))
        homework.send(assignment, Reading(sent_at, ZONE))
    with worker_app.app_context(), transaction(Actor.worker("test")):
        progress.prepare_due(now)


def twins(browser: Browser) -> list[Browser]:
    """The same browser many times over, with the same cookies."""
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    copies = [Browser(browser.app) for _ in range(CROWD)]
    for copy in copies:
        with copy.client.session_transaction() as cookie:
            cookie.update(kept)
    return copies


def all_at_once(post: Post, key: str) -> list[tuple[Browser, TestResponse]]:
    """Everyone posts at the same moment."""
    barrier = threading.Barrier(CROWD)

    def one(browser: Browser) -> tuple[Browser, TestResponse]:
        browser.token()
        barrier.wait()
        return browser, browser.submit(post.path, **post.fields, idempotency_key=key)

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, twins(post.browser)))


def counted(owner: Owner, case: Case) -> list[int]:
    """What there is of each thing that the form makes."""
    return [int(str(row[0])) for each in case.counts if (row := owner.execute(each.encode()).fetchone())]


def test_every_form_is_tried_or_known_to_make_nothing(app: Flask) -> None:
    posts = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}
    tried = {case.route for case in CASES}
    assert posts == tried | set(MAKES_NOTHING)
    assert not tried & set(MAKES_NOTHING)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.prepare.__name__.strip("_"))
def test_twenty_posts_at_once_have_one_effect_and_one_answer(
    case: Case, stage: Stage, acting: Acting, worker_app: Flask, large_pool: None
) -> None:
    if case.prepare.__name__ == "_release":
        with_report(acting, worker_app, stage.practice)
    post, key = case.prepare(stage), str(new_id())
    before = counted(stage.owner, case)
    answers = all_at_once(post, key)
    seen = {(answer.status_code, answer.location) for _, answer in answers}
    assert [(status, bool(location)) for status, location in seen] == [(303, True)]
    assert counted(stage.owner, case) == [count + 1 for count in before]
    twin, answer = answers[-1]
    assert twin.get(str(answer.location)).status_code in {200, 302, 303}

    other = post.browser.submit(post.path, **{**post.fields, **post.other}, idempotency_key=key)
    assert other.status_code == 422
    assert not other.location
    assert counted(stage.owner, case) == [count + 1 for count in before]
