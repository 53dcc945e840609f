"""How long before. An offset that was past already when the thing was arranged is not made up for."""

from datetime import timedelta
from typing import Final

BEFORE_SESSION: Final = timedelta(hours=24)
BEFORE_HOMEWORK: Final = timedelta(hours=48)
