"""Everything that ships as data: exercises, the pulse, measures, intake forms and the texts to sign."""

from datetime import datetime
from pathlib import Path
from typing import Final

from clinic.intake import service as intake
from clinic.measures import service as measures
from clinic.questionnaires.installation import install_folders

_HERE = Path(__file__).parent
DEFINITIONS: Final = (_HERE / "homework" / "exercises", _HERE / "measures" / "definitions")


def install(now: datetime) -> int:
    """Install what is new in this version and return how much that was; what was edited in place raises by name."""
    return install_folders(DEFINITIONS, now) + measures.install_shipped(now) + intake.install(now)
