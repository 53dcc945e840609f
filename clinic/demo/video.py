"""Where the demo practice's therapists meet by video; the last of them has not said yet."""

from datetime import datetime

from clinic.demo.practice import Ground
from clinic.distance import service


def meet_by_video(ground: Ground, now: datetime) -> None:
    """Each has a room of their own, at a host that leads nowhere."""
    for number, therapist_id in enumerate(ground.therapists[:-1], start=1):
        service.set_room(therapist_id, f"https://video.example.org/elm-street/{number}", "127.0.0.1", now)
