"""Alice and Bob, an active couple, both with a finished first part and the page in private before them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import Browser
from tests.factories import Practice
from tests.intake.conftest import Walker, alice, installed

__all__ = ["alice", "installed"]

GATE, QUESTIONS, SKIP = "/intake/private", "/intake/private/questions", "/intake/private/skip"
CALM: dict[str, Any] = {"a_weapon": "no", "a_free": "yes", "a_afraid_year": "never"}
SIGN: dict[str, Any] = CALM | {"a_afraid_year": "more", "a_safe_way": "zzcanary at the library"}
GRAVE: dict[str, Any] = SIGN | {"a_choked_year": "once"}


@pytest.fixture
def writer(alice: Walker) -> Browser:
    """Alice's browser."""
    alice.finish()
    return alice.browser


@pytest.fixture
def partner(browser: Callable[..., Browser], practice: Practice, installed: None) -> Browser:
    """Bob's."""
    walker = Walker(browser(practice.bob), "Bob Hart")
    walker.finish()
    return walker.browser
