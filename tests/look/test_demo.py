"""What the demo practice tells of its own past."""

import pytest
from flask import Flask

from clinic.standalone.postgres import PostgresCluster
from tests.browser import Browser
from tests.look.conftest import NAME
from tests.look.demo import Demo


@pytest.fixture
def older(demo_app: Flask, cluster: PostgresCluster, the_demo: Demo) -> str:
    """The page of Alice's first report, as she reads it."""
    query = "SELECT id FROM progress_report WHERE client_id = %s ORDER BY period_start_on LIMIT 1"
    with cluster.connect(NAME) as owner:
        row = owner.execute(query, [the_demo.places["client_id"]]).fetchone()
    assert row is not None
    alice = Browser(demo_app)
    alice.sign_in_as(the_demo.places["alice_id"])
    return alice.get(f"/progress/reports/{row[0]}").text.partition("<article")[2].partition("</article>")[0]


def test_report_of_a_month_tells_of_that_month_and_what_came_next(older: str) -> None:
    section = older.partition('id="part-next"')[2].partition("</section>")[0]
    assert "Own circle, by Oct 20" in section
    assert "Your next session is on Tuesday, October 6, 2026." in section
    assert [month for month in ("Nov", "Dec") if month in older] == []
