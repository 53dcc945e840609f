"""No route without a policy, and what a refusal looks like (R1, R2, R22)."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from clinic import features
from clinic.app import create_app
from clinic.audit.models import AuditEvent
from clinic.core.ids import new_id
from clinic.settings import Settings
from clinic.web.policies import ALLOWED, EVERYONE
from clinic.web.policy import MARK, PolicyError, local_path, outside_transaction, policy, require_policies
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

OpenBrowser = Callable[..., Browser]


def test_start_fails_on_a_route_without_policy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Blueprint("bare", __name__)
    bare.add_url_rule("/bare", view_func=lambda: "open to all", endpoint="view")
    real = features.register_features

    def with_a_bare_route(app: Flask, settings: Settings) -> None:
        real(app, settings)
        app.register_blueprint(bare)

    monkeypatch.setattr("clinic.app.register_features", with_a_bare_route)
    with pytest.raises(PolicyError, match=r"^no policy guards /bare -> bare\.view$"):
        create_app(replace(settings))


def test_policy_with_an_unknown_action_does_not_even_import() -> None:
    with pytest.raises(PolicyError, match=r"does not say who may universe\.destroy"):
        policy("universe.destroy")


def test_policy_without_transaction_is_for_what_everyone_may() -> None:
    with pytest.raises(PolicyError):
        outside_transaction("audit.read")


def test_every_route_and_method_is_guarded(app: Flask) -> None:
    require_policies(app)
    for rule in app.url_map.iter_rules():
        assert getattr(app.view_functions[rule.endpoint], MARK) in ALLOWED
        assert rule.methods is not None
        assert rule.methods <= {"GET", "HEAD", "OPTIONS", "POST"}


def test_actions_name_known_roles_only() -> None:
    assert {role for roles in ALLOWED.values() for role in roles} <= EVERYONE
    assert all(roles for roles in ALLOWED.values())


def test_visitor_is_asked_to_sign_in_and_comes_back(browser: OpenBrowser) -> None:
    assert browser().get("/scratch/desk").location == "/sign-in?next=/scratch/desk"
    assert browser().get("/scratch/desk?q=a+b&page=2").location == "/sign-in?next=/scratch/desk?q%3Da%2Bb%26page%3D2"
    assert browser().submit("/scratch/desk").status_code == 401


def test_role_decides_and_others_see_a_missing_page(practice: Practice, browser: OpenBrowser, acting: Acting) -> None:
    assert browser(practice.desk).get("/scratch/desk").text == "the desk"
    missing = browser(practice.alice).get("/no/such/page")
    for person in (practice.alice, practice.dana, practice.owner):
        refused = browser(person).get("/scratch/desk")
        assert refused.status_code == 404
        assert browser(person).submit("/scratch/desk").status_code == 404
    assert browser(practice.alice).get("/scratch/desk").data == missing.data
    with acting() as session:
        refusals = session.scalars(select(AuditEvent.person_id).where(AuditEvent.outcome == "refused")).all()
    assert sorted(refusals, key=str) == sorted(
        [practice.alice] * 3 + [practice.dana] * 2 + [practice.owner] * 2, key=str
    )


def test_foreign_and_missing_records_are_the_same_bytes_and_leave_a_trace(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    dana, missing = browser(practice.dana), new_id()
    assert dana.get(f"/scratch/records/{practice.alice}").text == "Alice"
    answers = [dana.get(f"/scratch/records/{each}") for each in (practice.bob, missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    assert headers(answers[0]) == headers(answers[1])
    with acting() as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.person_id, AuditEvent.record_kind, AuditEvent.record_id).where(
                AuditEvent.outcome == "refused"
            )
        ).all()
    assert sorted(map(str, rows)) == sorted(
        map(str, [("caseload.read", practice.dana, "person", each) for each in (practice.bob, missing)])
    )


def headers(answer: object) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in answer.headers if name != "Set-Cookie")  # type: ignore[attr-defined]  # a response


@pytest.mark.parametrize("target", ["/", "/today", "/a/b?c=d&e=/f", "/a//b"])
def test_local_path_is_kept(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        *(None, "", "today", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/a\\b"),
        *("/\nLocation: //evil.example", "/\x00", "javascript:alert(1)", " /today", "/\u2028"),
    ],
)
def test_anything_but_a_local_path_is_dropped(target: str | None) -> None:
    assert local_path(target) is None
