"""A forged Host gets nowhere, and links in mails come from the configured address (R21)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from clinic.core import clock
from clinic.outbox.models import OutboxMessage
from clinic.outbox.registry import registry
from tests.browser import Browser
from tests.conftest import Acting
from tests.factories import Practice

OpenBrowser = Callable[..., Browser]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost@evil"])
def test_forged_host_is_refused_in_words(practice: Practice, browser: OpenBrowser, host: str) -> None:
    for path in ("/", "/sign-in", "/account", "/no/such/page"):
        answer = browser().client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert "evil" not in answer.text
        assert "That did not reach us in one piece" in answer.text


def test_forged_host_signs_nobody_in(practice: Practice, browser: OpenBrowser) -> None:
    visitor = browser()
    form = {"csrf_token": visitor.token(), "email": "alice.hart@example.org"}
    assert visitor.client.post("/lost-password", data=form, headers={"Host": "evil.example"}).status_code == 400


def test_forwarded_host_is_not_believed(browser: OpenBrowser) -> None:
    answer = browser().client.get("/account", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"})
    assert answer.location == "/sign-in?next=/account"


def test_link_in_a_mail_comes_from_the_configured_address(
    practice: Practice, browser: OpenBrowser, acting: Acting
) -> None:
    visitor = browser()
    form = {"csrf_token": visitor.token(), "email": "carol.stone@example.org"}
    visitor.client.post("/lost-password", data=form, headers={"X-Forwarded-Host": "evil.example"})
    with acting() as session:
        message = session.scalars(select(OutboxMessage)).one()
        letter = registry[message.kind].render(message, clock.now())
    assert letter is not None
    assert "http://127.0.0.1/reset/" in letter.text
    assert "evil" not in letter.text
