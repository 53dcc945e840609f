"""Send what is due, in stages: all that can be repeated first, then one committed step, then the final dot.

A handful of messages is brought to that point at a time, each over a kept connection of its own (a lane), so that the
step costs one commit for all of them. A crash after it leaves those few as `unknown`, and nothing else.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError

from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.outbox import claims, rules
from clinic.outbox.channels import AnswerLostError, Channel, ChannelDownError, DeferredError, RefusedError
from clinic.outbox.claims import Claimed, Settled
from clinic.outbox.decisions import Verdict, decide
from clinic.outbox.registry import Letter, registry

BATCH = 48
LANES = 8
LONGEST_RUN = timedelta(minutes=1)  # with the slowest answers still shorter than a job may last
# A lock is awaited for less than PostgreSQL's deadlock_timeout: who meets us in the other order goes on, we try again.
_LONGEST_WAIT = "400ms"
_Makers = Mapping[str, Callable[[], Channel]]
_Letter = tuple[Claimed, Letter]
_One = TypeVar("_One", Claimed, _Letter)
_DELIVERER = Actor.worker("deliver")
log = structlog.get_logger()


def deliver_due(
    channels: _Makers,
    clock: Callable[[], datetime],
    *,
    batch: int = BATCH,
    lanes: int = LANES,
) -> Counter[str]:
    """Send until nothing is due, every server is down, or a minute has passed; counts how many ended how.

    `channels` opens a connection for each way of reaching people. Opens its own transactions; never call it inside
    one. Any number may run at once.
    """
    return _Deliverer(channels, clock, lanes).run(batch)


@dataclass
class _Lanes:
    """The kept connections of one channel. `width` shrinks when the server accepts no more of them."""

    make: Callable[[], Channel]
    width: int
    is_down: bool = False
    kept: list[Channel] = field(default_factory=list)

    def __getitem__(self, place: int) -> Channel:
        while len(self.kept) <= place:
            self.kept.append(self.make())
        return self.kept[place]


@dataclass
class _Staging:
    """One message on its way to the point of no return."""

    message: Claimed
    lanes: _Lanes
    place: int
    steps: Iterator[None]
    is_there: bool = False

    @property
    def channel(self) -> Channel:
        return self.lanes[self.place]


class _Deliverer:
    """One run."""

    def __init__(
        self, channels: Mapping[str, Callable[[], Channel]], clock: Callable[[], datetime], lanes: int
    ) -> None:
        self._lanes = {name: _Lanes(make, lanes) for name, make in channels.items()}
        self._clock, self._width = clock, lanes
        self._counts: Counter[str] = Counter()

    def run(self, batch: int) -> Counter[str]:
        ends = time.monotonic() + LONGEST_RUN.total_seconds()
        with _step():
            claims.abandon(self._clock())
        try:
            while time.monotonic() < ends and self._round(batch, ends):
                pass
        finally:
            for lanes in self._lanes.values():
                for channel in lanes.kept:
                    channel.leave()
        return self._counts

    def _round(self, batch: int, ends: float) -> bool:
        """Claim a batch and send it; False when nothing was due."""
        with _step():
            claimed = claims.claim(self._clock(), batch)
        letters = self._each_alone(self._prepare, claimed)
        while letters and time.monotonic() < ends:
            group, letters = letters[: self._width], letters[self._width :]
            self._each_alone(self._send, group)
        with _step():
            claims.release([message for message, _ in letters], self._clock())
        return bool(claimed)

    def _each_alone(self, do: Callable[[Sequence[_One]], list[_Letter]], several: Sequence[_One]) -> list[_Letter]:
        """Do it for several together; where that fails, for each by itself, so that one alone is put off."""
        counts = self._counts.copy()
        try:
            return do(several) if several else []
        except Exception as error:
            self._counts = counts
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(several) > 1:
                return [letter for one in several for letter in self._each_alone(do, [one])]
            message = several[0] if isinstance(several[0], Claimed) else several[0][0]
            self._put_off(message, "error", error)
            return []

    def _send(self, letters: Sequence[_Letter]) -> list[_Letter]:
        """Stage a few, hand them over in one step, and finish. Raises before that step has committed, or not at all."""
        staged = self._stage(letters)
        if not staged:
            return []
        try:
            handed = self._commit_hand_over([message for message, _ in staged])
        except BaseException:
            for _, channel in staged:
                channel.close()
            raise
        under_new_lease = {message.id: message for message in handed}
        for message, channel in staged:
            if message.id not in under_new_lease:
                channel.close()
        self._finish([(under_new_lease[m.id], channel) for m, channel in staged if m.id in under_new_lease])
        return []

    def _prepare(self, messages: Sequence[Claimed]) -> list[_Letter]:
        """The letters that may go; what need not or cannot go now is written down."""
        letters = []
        with _step():
            now = self._clock()
            verdicts = decide(messages, now)
            for message in messages:
                if not verdicts[message.id].is_send:
                    self._keep_back(message, verdicts[message.id], now)
                    continue
                letter = registry[message.kind].render(message, now)
                if letter is None or message.channel not in self._lanes:
                    self._fail(message, "no address", now)
                else:
                    letters.append((message, letter))
        return letters

    def _stage(self, letters: Sequence[_Letter]) -> list[tuple[Claimed, Channel]]:
        """Bring each up to the point of no return on a lane of its own, all in step; those that got there."""
        staged: list[tuple[Claimed, Channel]] = []
        untried: list[Claimed] = []
        places: Counter[str] = Counter()
        staging: deque[_Staging] = deque()
        for message, letter in letters:
            lanes, place = self._lanes[message.channel], places[message.channel]
            if place >= lanes.width:
                untried.append(message)
            else:
                places[message.channel] += 1
                staging.append(_Staging(message, lanes, place, _stage_twice(lanes[place], message, letter)))
        while staging:
            one = staging.popleft()
            if one.lanes.is_down:
                one.channel.close()
                untried.append(one.message)
            elif self._takes_a_step(one, untried):
                staging.append(one)
            elif one.is_there:
                staged.append((one.message, one.channel))
        self._give_back(untried)
        return staged

    def _takes_a_step(self, one: _Staging, untried: list[Claimed]) -> bool:
        """Go on until the next wait; False at the end, good or bad."""
        try:
            next(one.steps)
        except StopIteration:
            one.is_there = True
        except ChannelDownError as error:
            one.lanes.is_down = error.was_reached or one.place == 0
            if error.was_reached:
                self._put_off(one.message, "connection lost")
            else:
                one.lanes.width = min(one.lanes.width, max(one.place, 1))
                untried.append(one.message)
        except DeferredError as answer:
            self._put_off(one.message, answer.code)
        except RefusedError as answer:
            with _step():
                self._fail(one.message, answer.code, self._clock())
        except ValueError as error:
            self._put_off(one.message, "cannot be sent", error)
        else:
            return True
        return False

    def _commit_hand_over(self, messages: Sequence[Claimed]) -> list[Claimed]:
        """Decide again, with recipients and subjects locked, and commit; returns those that may go."""
        with _step(durable="on"):
            now = self._clock()
            verdicts = decide(messages, now)
            wanted = [message for message in messages if verdicts[message.id].is_send]
            for message in messages:
                if message not in wanted:
                    self._keep_back(message, verdicts[message.id], now)
            return claims.begin_hand_over(wanted, now) if wanted else []

    def _finish(self, handed: Sequence[tuple[Claimed, Channel]]) -> None:
        """Pass the point with all of them, hear the answers, and write them down."""
        settled, passed = [], []
        for message, channel in handed:
            try:
                channel.hand_over()
                passed.append((message, channel))
            except ChannelDownError:
                settled.append(self._settled(message, "queued", "connection lost"))
            except AnswerLostError:
                settled.append(self._settled(message, "unknown", "no answer"))
        ends = time.monotonic() + rules.ANSWER_WITHIN.total_seconds()
        settled += [self._answer(message, channel, max(ends - time.monotonic(), 0.1)) for message, channel in passed]
        with _step():
            claims.settle(settled)

    def _answer(self, message: Claimed, channel: Channel, patience: float) -> Settled:
        try:
            channel.answer(patience)
        except DeferredError as answer:
            return self._settled(message, "queued", answer.code)
        except RefusedError as answer:
            return self._settled(message, "failed", answer.code)
        except AnswerLostError:
            return self._settled(message, "unknown", "no answer")
        return self._settled(message, "sent", None)

    def _settled(self, message: Claimed, state: str, reason: str | None) -> Settled:
        now = self._clock()
        if state == "queued" and rules.is_given_up(message.due_at, now):
            state = "failed"
        self._counts[state] += 1
        return Settled(message, state, reason, now)

    def _keep_back(self, message: Claimed, verdict: Verdict, now: datetime) -> None:
        reason = verdict.reason or ""
        if verdict.until is not None:
            claims.put_off(message, verdict.until, reason, tried=False)
        elif claims.finish(message, "skipped", reason, now):
            self._counts["skipped"] += 1

    def _fail(self, message: Claimed, reason: str, now: datetime) -> None:
        if claims.finish(message, "failed", reason, now):
            self._counts["failed"] += 1

    def _put_off(self, message: Claimed, reason: str, error: Exception | None = None) -> None:
        """Try it again later, or give it up after two days."""
        now = self._clock()
        if error is not None:  # its text may hold what a person wrote
            log.warning("message put off", message=str(message.id), kind=message.kind, error=type(error).__name__)
        with _step():
            if rules.is_given_up(message.due_at, now):
                self._fail(message, reason, now)
            else:
                claims.put_off(message, now + rules.wait_after(message.attempts + 1), reason, tried=True)
                self._counts["queued"] += 1

    def _give_back(self, untried: Sequence[Claimed]) -> None:
        """Rows whose server is down wait a little; those that found no lane go with the next claim."""
        if untried:
            now = self._clock()
            is_down = any(self._lanes[message.channel].is_down for message in untried)
            with _step():
                claims.release(untried, now + rules.SERVER_WAIT if is_down else now)


@contextmanager
def _step(durable: str = "off") -> Iterator[None]:
    """One transaction. Only a hand-over must outlive a crash of the database: whatever else is lost is done again."""
    with transaction(_DELIVERER, lock_timeout=_LONGEST_WAIT, synchronous_commit=durable):
        yield


def _stage_twice(channel: Channel, message: Claimed, letter: Letter) -> Iterator[None]:
    """Stage it; once more on a fresh connection when the one that was kept has ended meanwhile."""
    was_kept = channel.is_open
    try:
        yield from channel.stage(letter, message.message_id)
    except ChannelDownError:
        if not was_kept:
            raise
        yield from channel.stage(letter, message.message_id)
