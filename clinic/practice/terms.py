"""A service as one therapist gives it: with their own length, buffers and price where they have any."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.core.interval import Interval
from clinic.practice.models import Service, TherapistService


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session is, what lies free before and after it, and what it costs."""

    minutes: int
    before_minutes: int
    after_minutes: int
    price_cents: int

    def session(self, starts_at: datetime) -> Interval:
        """The session that starts then."""
        return Interval.lasting(starts_at, self.minutes)

    def padded(self, starts_at: datetime) -> Interval:
        """The session with its buffers, as therapist and room are claimed for it."""
        before, after = timedelta(minutes=self.before_minutes), timedelta(minutes=self.after_minutes)
        return self.session(starts_at).padded(before, after)

    def lasting(self, minutes: int) -> "Terms":
        """The same, for a session of that length."""
        return replace(self, minutes=minutes)


def terms_of(service: Service, own: TherapistService | None = None) -> Terms:
    """The service as its therapist gives it, as it is listed where they say nothing else: the one place that says."""
    listed = Terms(service.minutes, service.buffer_before_minutes, service.buffer_after_minutes, service.price_cents)
    if own is None:
        return listed
    return Terms(
        minutes=_first(own.minutes, listed.minutes),
        before_minutes=_first(own.buffer_before_minutes, listed.before_minutes),
        after_minutes=_first(own.buffer_after_minutes, listed.after_minutes),
        price_cents=_first(own.price_cents, listed.price_cents),
    )


def _first(own: int | None, listed: int) -> int:
    return listed if own is None else own
