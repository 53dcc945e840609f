"""The demo practice on its fixed day, a server in front of it, and one Chromium for all who look."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from clinic.app import create_app
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import db, transaction
from clinic.questionnaires import queries
from clinic.settings import Settings
from clinic.standalone.postgres import PostgresCluster
from tests.browser import Browser
from tests.conftest import ALEMBIC
from tests.journeys.conftest import ARGUMENTS, CHROMIUM
from tests.look import demo
from tests.look.demo import DEMO_DAY, Demo

NAME = "clinic_demo"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pictures are made where they are asked for (`make pictures`), and are no tests otherwise."""
    if "pictures" in config.getoption("markexpr"):
        return
    pictures = [item for item in items if item.get_closest_marker("pictures")]
    items[:] = [item for item in items if item not in pictures]
    config.hook.pytest_deselected(items=pictures)


@pytest.fixture(scope="package")
def demo_settings(settings: Settings, cluster: PostgresCluster) -> Settings:
    """The settings of the tests, on a database of its own, with every migration applied."""
    cluster.create_database(NAME)
    config = Config(str(ALEMBIC))
    config.attributes["url"] = cluster.url(NAME, "clinic_owner")
    command.upgrade(config, "head")
    return replace(settings, database_url=cluster.url(NAME, "clinic_web"))


@pytest.fixture(scope="package")
def demo_day(demo_settings: Settings) -> Iterator[None]:
    """The clock of every process stands on the demo day; it runs on from there."""
    assert demo_settings.clock_file is not None
    clock.use_offset_file(demo_settings.clock_file)
    demo_settings.clock_file.write_text(str((DEMO_DAY - datetime.now(UTC)).total_seconds()), encoding="ascii")
    queries.forget_definitions()
    yield
    demo_settings.clock_file.unlink(missing_ok=True)
    queries.forget_definitions()


@pytest.fixture(scope="package")
def demo_app(demo_settings: Settings, demo_day: None) -> Iterator[Flask]:
    """The application, as the pages' own role, on the demo practice."""
    app = create_app(demo_settings)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="package")
def the_demo(demo_settings: Settings, demo_app: Flask, cluster: PostgresCluster) -> Demo:
    """The practice, loaded; everyone signed in, and a visitor halfway through booking."""
    maker = create_app(replace(demo_settings, database_url=cluster.url(NAME, "clinic_owner")))
    with cluster.connect(NAME) as owner:
        with maker.app_context():
            with transaction(Actor.worker("demo")) as session:
                demo.fill(session, clock.now())
            places = demo.places(owner, clock.now())
            with transaction(Actor.worker("demo")) as session:
                places |= demo.give_tokens(session, places, clock.now())
            db.engine.dispose()
        visitor = Browser(demo_app)
        places |= demo.visit(visitor)
        cookies = demo.sign_in(demo_app, owner)
        halfway = demo.sign_in_half(demo_app, owner)
    return Demo(cookies | {"visitor": demo.cookie(visitor), "halfway": demo.cookie(halfway)}, places)


@pytest.fixture(scope="package")
def address(demo_app: Flask, the_demo: Demo) -> Iterator[str]:
    """Where the practice answers."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, demo_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Chromium]:
    """One Chromium; the tests are skipped, and counted, where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()
