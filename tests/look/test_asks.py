"""What cannot be taken back asks first, by the page alone: the button that does it is folded away with its question."""

import re
from typing import Final

import pytest
from flask import Flask

from tests.browser import Browser
from tests.look.demo import Demo

FOLDED: Final = re.compile(r'<details class="asks">.*?</details>', re.DOTALL)
ACTS: Final = [
    ("alice", "/sessions/waiting", "leave"),
    ("alice", "/today", "pass"),
    ("alice", "/homework/{assignment_id}/entries/{entry_id}", "delete"),
    ("dana", "/clients/{client_id}", "end"),
    ("dana", "/sessions/{late_id}", "waiver/undo"),
    ("dana", "/calendar/outside/{outside_id}", "remove"),
    ("desk", "/waiting", "remove"),
    ("desk", "/requests", "decline"),
    ("desk", "/imports/files/{import_id}", "take-away"),
    ("owner", "/practice/staff", "close"),
]


@pytest.mark.parametrize(("who", "path", "act"), ACTS)
def test_an_act_that_stays_done_asks_without_scripts(
    demo_app: Flask, the_demo: Demo, who: str, path: str, act: str
) -> None:
    reader = Browser(demo_app)
    reader.client.set_cookie("clinic", the_demo.cookies[who])
    page = reader.get(path.format(**the_demo.places)).text
    assert f'/{act}"' in "".join(FOLDED.findall(page))
    assert f'/{act}"' not in FOLDED.sub("", page)
