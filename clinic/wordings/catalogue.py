"""Every message whose words the practice may choose, by its key. Features add theirs in `clinic.features`."""

from collections.abc import Iterable
from typing import Final

from clinic.wordings.rules import Wording

wordings: Final[dict[str, Wording]] = {}


def add(several: Iterable[Wording]) -> None:
    """Register each; the same key twice raises ValueError."""
    for each in several:
        if wordings.setdefault(each.key, each) is not each:
            raise ValueError(f"two wordings are called {each.key}")
