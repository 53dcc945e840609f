"""`python -m tests.canaries.prepare`: the cast and everything that ships, in the empty database of this environment."""

import json
import sys
from dataclasses import asdict
from datetime import timedelta

from clinic.app import create_app
from clinic.core import clock
from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.intake import service as intake
from clinic.questionnaires.installation import install_folders
from tests.canaries.words import EXERCISES, MEASURES
from tests.factories import make_practice


def main() -> None:
    """Make it as of two months ago, and print the ids of the cast."""
    app, began = create_app(), clock.now() - timedelta(days=60)
    with app.app_context(), transaction(Actor.worker("test")) as session:
        cast = make_practice(session, began)
        install_folders((EXERCISES, MEASURES), began)
        intake.install(began)
    json.dump({name: str(value) for name, value in asdict(cast).items()}, sys.stdout)


if __name__ == "__main__":
    main()
