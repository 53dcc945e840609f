"""How templates are set up: blocks leave no blank lines, and all of them share one set of globals."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment


class SharedGlobals(Environment):
    """Flask's environment without a layer of globals for each template.

    Nobody hands a template globals of its own, and Jinja walks through that layer name by name at each import.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of the application, in a layer of their own only where there are more."""
        return super().make_globals(d) if d else self.globals


def set_up_templates(app: Flask) -> None:
    """Choose the environment; before anything else touches `app.jinja_env`."""
    app.jinja_environment = SharedGlobals
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
