"""How long before. An offset that was past already when the thing was arranged is not made up for."""

from datetime import time, timedelta
from typing import Final

BEFORE_SESSION: Final = timedelta(hours=24)
BEFORE_HOMEWORK: Final = timedelta(hours=48)
MEASURE_AT: Final = time(9)
"""At which hour of the practice's day a measure that is due is told of."""
MEASURE_STALE: Final = timedelta(days=3)
"""As long after that day nobody is told any more."""
