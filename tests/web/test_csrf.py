"""Every unsafe request carries a token, and a GET changes nothing (R20)."""

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, Rule

from clinic.core.ids import new_id
from tests.browser import Browser
from tests.factories import Practice
from tests.web.conftest import Effects

OpenBrowser = Callable[..., Browser]
# A GET may leave its trace, count, note that somebody was seen, and what was opened.
MAY_CHANGE = {"audit_event", "audit_pending", "sign_in", "work"}
SAMPLES = {"uuid": str(new_id()), "string": "sample", "default": "sample", "int": "1", "integer": "1"}


def test_post_without_token_is_refused_in_words(practice: Practice, browser: OpenBrowser, effects: Effects) -> None:
    visitor = browser()
    answer = visitor.client.post("/scratch/effects", data={"note": "forged"})
    assert answer.status_code == 400
    assert "This page had been open for a long time." in answer.text
    stranger = browser().token()
    answer = visitor.client.post("/scratch/effects", data={"note": "forged", "csrf_token": stranger})
    assert answer.status_code == 400
    assert effects() == []


def test_every_unsafe_route_wants_a_token(app: Flask, practice: Practice, browser: OpenBrowser) -> None:
    clients = {name: browser(getattr(practice, name)).client for name in ("alice", "dana", "desk", "owner")}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            for client in clients.values():
                assert client.post(sample_address(rule), data={}).status_code == 400, rule.rule


def test_token_of_before_the_sign_in_is_worth_nothing_after(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    before = visitor.token()
    assert visitor.submit("/sign-in", email="alice.hart@example.org", password="a long walk by the river").location
    assert visitor.client.post("/sign-out", data={"csrf_token": before}).status_code == 400
    assert visitor.get("/account").status_code == 200


@pytest.mark.slow
def test_no_get_changes_anything_but_traces(
    app: Flask, practice: Practice, browser: OpenBrowser, owner: psycopg.Connection[tuple[object, ...]]
) -> None:
    visitors = [browser(), *(browser(getattr(practice, name)) for name in ("alice", "dana", "desk", "owner"))]
    tables = [
        str(name)
        for (name,) in owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        if name not in MAY_CHANGE
    ]
    owner.commit()

    def fingerprints() -> dict[str, object]:
        query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM \"{}\" AS t"
        found: dict[str, object] = {table: owner.execute(query.format(table)).fetchone() for table in tables}
        owner.commit()
        return found

    before = fingerprints()
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint not in {"static"} and not rule.rule.startswith("/scratch"):
            for visitor in visitors:
                with visitor.get(sample_address(rule)) as answer:
                    assert answer.status_code < 500, rule.rule
    assert fingerprints() == before


def sample_address(rule: Rule) -> str:
    """The rule's address with something in each place."""
    values: dict[str, object] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        values[name] = (
            sorted(converter.items)[0] if isinstance(converter, AnyConverter) else SAMPLES.get(kind, "sample")
        )
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]
