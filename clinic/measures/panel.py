"""What pages show of somebody's measures, worked out before any template sees it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.measures import queries
from clinic.measures.instrument import Instrument, Scale
from clinic.measures.queries import Due, Taken
from clinic.measures.rules import Category, Comparison, band, compared
from clinic.measures.wording import number, reading, told


@dataclass(frozen=True, slots=True)
class ScaleLine:
    """The latest score on one scale, in figures and words; `suggests` is a measure that would tell more."""

    scale: Scale
    score: str
    band: str
    category: Category | None
    reading: str
    since_last: str
    suggests: str = ""


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure that somebody has answered: when last, in which version, and each of its scales."""

    key: str
    definition_id: UUID
    name: str
    on: date
    scales: Sequence[ScaleLine]
    is_unscored: bool


def overview(client_id: UUID) -> list[MeasureLine]:
    """Every measure that the client has answered in this episode, the latest first; for who cares for them."""
    return overviews([client_id])[client_id]


def overviews(client_ids: Iterable[UUID]) -> dict[UUID, list[MeasureLine]]:
    """The same of several clients, in one statement."""
    return {
        client_id: sorted((_line(*each) for each in found.items()), key=lambda line: line.on, reverse=True)
        for client_id, found in queries.taken(client_ids).items()
    }


def of_client(client_id: UUID, today: date) -> tuple[list[Due], list[str]]:
    """For the client themself: what is due, and what has moved, in words that judge nothing and hold no figure."""
    words: list[str] = []
    for history in queries.taken([client_id])[client_id].values():
        instrument = queries.instrument_of(history[-1].definition_id)
        for scale in instrument.scales:
            since_first, _last = compared(scale, series(history, scale))
            if sentence := told(scale.title, since_first):
                words.append(sentence)
    return queries.due_now(client_id, today), words


def series(history: Sequence[Taken], scale: Scale) -> list[tuple[date, float]]:
    """The scores on one scale in the version that was answered last; other versions are not compared."""
    version = history[-1].definition_id
    return [
        (each.on, each.scores[scale.name])
        for each in history
        if each.definition_id == version and scale.name in each.scores
    ]


def _line(key: str, history: Sequence[Taken]) -> MeasureLine:
    latest = history[-1]
    instrument = queries.instrument_of(latest.definition_id)
    scales = [_scale_line(instrument, scale, history) for scale in instrument.scales if scale.name in latest.scores]
    return MeasureLine(
        key, latest.definition_id, instrument.name, latest.on, scales, is_unscored=len(scales) < len(instrument.scales)
    )


def _scale_line(instrument: Instrument, scale: Scale, history: Sequence[Taken]) -> ScaleLine:
    value = history[-1].scores[scale.name]
    since_first, since_last = compared(scale, series(history, scale))
    return ScaleLine(
        scale=scale,
        score=f"{number(value)} / {number(instrument.range_of(scale)[1])}",
        band=band(scale, value) or "",
        category=since_first.category if since_first else None,
        reading=reading(scale, since_first),
        since_last=_since_last(scale, since_first, since_last),
        suggests=scale.suggests.measure if scale.suggests and value >= scale.suggests.at_least else "",
    )


def _since_last(scale: Scale, first: Comparison | None, last: Comparison | None) -> str:
    """What has moved since the one before, where that is another day than the first."""
    return reading(scale, last) if first and last and first.since != last.since else ""
