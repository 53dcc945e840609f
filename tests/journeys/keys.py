"""A person without a mouse: they move with Tab, act with Enter and Space, and always see where they are."""

from playwright.sync_api import Locator, Page

MOST_TABS = 120

# The outline is drawn on the element itself or, for radio buttons and ticks, on the label around it.
SHOWS_FOCUS = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body) return "nothing has the focus";
  const place = here.closest("label") ?? here;
  const box = place.getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight || !box.width) return `out of sight: ${here.outerHTML.slice(0, 200)}`;
  const isDrawn = [here, place].some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  return isDrawn ? "" : `no outline: ${here.outerHTML.slice(0, 200)}`;
}
"""


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus, which must be visible at every stop on the way."""
    page.wait_for_load_state()  # with its styles: before, nobody sees where they are
    target.wait_for(state="attached")
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        assert (complaint := page.evaluate(SHOWS_FOCUS)) == "", complaint
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{MOST_TABS} times Tab, and {target} never had the focus")


def press(page: Page, target: Locator) -> None:
    """Go to a link or button and press Enter."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def type_into(page: Page, target: Locator, text: str) -> None:
    """Go to a field and type."""
    tab_to(page, target)
    page.keyboard.type(text)
