"""Text in charts can be read, stays in its picture and covers no other text, on a phone and on a desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.documents.charts import all_charts
from tests.documents.test_chart import page as drawn
from tests.look.demo import Demo

pytestmark = pytest.mark.browser
PHONE, DESK = (390, 844), (1280, 900)
SMALLEST, LARGEST = 12, 19
PAGES = [
    ("alice", "/progress"),
    ("alice", "/progress/reports/{report_id}"),
    ("dana", "/reports/{prepared_id}"),
    ("dana", "/briefs/{appointment_id}"),
]
TEXTS = """([smallest, largest]) => {
  const said = [];
  for (const picture of document.querySelectorAll("svg[role=img]")) {
    const frame = picture.getBoundingClientRect();
    const scale = frame.width / picture.viewBox.baseVal.width;
    const boxes = [...picture.querySelectorAll("text")].map((one) => {
      const {left, right, top, bottom} = one.getBoundingClientRect();
      const rim = (bottom - top) / 5;
      return {one, left: left + 1, right: right - 1, top: top + rim, bottom: bottom - rim};
    });
    if (!boxes.length) said.push("a chart without text");
    boxes.forEach((box, at) => {
      const {one} = box;
      const size = parseFloat(getComputedStyle(one).fontSize) * scale;
      if (size < smallest || size > largest) said.push(`${size} px: ${one.textContent}`);
      if (box.left < frame.left || box.right > frame.right) said.push(`outside: ${one.textContent}`);
      const covers = (other) => box.left < other.right && other.left < box.right
        && box.top < other.bottom && other.top < box.bottom;
      for (const other of boxes.slice(at + 1).filter(covers)) {
        said.push(`${one.textContent} covers ${other.one.textContent}`);
      }
    });
  }
  return said;
}"""


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Width and height of the window."""
    width, height = request.param
    return width, height


@pytest.fixture
def window(chromium: Chromium, address: str, size: tuple[int, int]) -> Iterator[Page]:
    """A window of that size."""
    width, height = size
    context = chromium.new_context(base_url=address, locale="en-US", viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def found(window: Page) -> list[str]:
    """What is wrong with the text of the charts on the page as it stands."""
    window.evaluate("() => document.fonts.ready.then(() => true)")
    window.locator("svg[role=img]").first.wait_for()
    return list(window.evaluate(TEXTS, [SMALLEST, LARGEST]))


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_charts_are_readable_on(who: str, path: str, window: Page, address: str, the_demo: Demo) -> None:
    window.context.add_cookies([{"name": "clinic", "value": the_demo.cookies[who], "url": address}])
    window.goto(path.format(**the_demo.places))
    assert found(window) == []


def test_every_kind_of_chart_is_readable(window: Page, address: str) -> None:
    window.goto("/services")
    cards = "".join(f'<section class="card">{drawn(chart)}</section>' for chart in all_charts())
    window.evaluate("(html) => { document.querySelector('main').innerHTML = html; }", cards)
    assert found(window) == []
