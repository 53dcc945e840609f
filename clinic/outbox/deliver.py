"""Send what is due, in stages: all that can be repeated first, then one committed step, then the final dot.

The answer to one message is awaited only when the next one is ready, and written down in the transaction that hands
the next one over, so a message costs one commit. A crash in between leaves at most those two as `unknown`.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from clinic.database.actor import Actor
from clinic.database.session import transaction
from clinic.outbox import claims, rules
from clinic.outbox.channels import AnswerLostError, Channel, ChannelDownError, DeferredError, RefusedError
from clinic.outbox.claims import Claimed, Settled
from clinic.outbox.decisions import Verdict, decide
from clinic.outbox.registry import Letter, registry

BATCH = 50
LONGEST_RUN = timedelta(minutes=2)
_DELIVERER = Actor.worker("deliver")
log = structlog.get_logger()


def deliver_due(channels: Mapping[str, Channel], clock: Callable[[], datetime], *, batch: int = BATCH) -> Counter[str]:
    """Send until nothing is due, every server is down, or two minutes have passed; counts how many ended how.

    Opens its own transactions, several a message; never call it inside one. Any number may run at once.
    """
    return _Deliverer(channels, clock).run(batch)


class _Deliverer:
    """One run. `_handed` waits for the server's answer, `_settled` for the next commit."""

    def __init__(self, channels: Mapping[str, Channel], clock: Callable[[], datetime]) -> None:
        self._channels, self._clock = channels, clock
        self._counts: Counter[str] = Counter()
        self._down: set[str] = set()
        self._handed: tuple[Claimed, Channel] | None = None
        self._settled: list[Settled] = []

    def run(self, batch: int) -> Counter[str]:
        ends = time.monotonic() + LONGEST_RUN.total_seconds()
        with transaction(_DELIVERER):
            claims.abandon(self._clock())
        try:
            while time.monotonic() < ends and self._round(batch, ends):
                pass
        finally:
            self._write_down()
            for channel in self._channels.values():
                channel.leave()
        return self._counts

    def _round(self, batch: int, ends: float) -> bool:
        with transaction(_DELIVERER):
            claimed = claims.claim(self._clock(), batch)
        untried = [each for each in claimed if time.monotonic() > ends or not self._attempt(each)]
        if untried:
            now = self._clock()
            with transaction(_DELIVERER):
                claims.release(untried, now + rules.SERVER_WAIT if self._down else now)
        return bool(claimed)

    def _attempt(self, message: Claimed) -> bool:
        """Try one message; False when its server is down, so that it has not been tried at all."""
        if message.channel in self._down:
            return False
        try:
            letter = self._prepare(message)
            if letter is not None:
                self._read_answer()
                return self._hand_over(message, letter)
        except DBAPIError as error:
            self._drop(message)
            if error.connection_invalidated:
                raise
            self._put_off(message, "database", error)
        except Exception as error:  # noqa: BLE001 -- one message that cannot be rendered must not stop the others
            self._drop(message)
            self._put_off(message, "cannot be rendered", error)
        return True

    def _prepare(self, message: Claimed) -> Letter | None:
        """The letter, or None when the message need not or cannot go now, which is then written down."""
        with transaction(_DELIVERER):
            now = self._clock()
            verdict = decide(message, now)
            if not verdict.is_send:
                self._keep_back(message, verdict, now)
                return None
            letter = registry[message.kind].render(message, now)
            if letter is None or message.channel not in self._channels:
                self._fail(message, "no address", now)
                return None
            return letter

    def _hand_over(self, message: Claimed, letter: Letter) -> bool:
        channel = self._channels[message.channel]
        try:
            self._stage(channel, message, letter)
        except ChannelDownError as error:
            self._down.add(message.channel)
            if not error.was_reached:
                return False
            self._put_off(message, "connection lost")
            return True
        except DeferredError as answer:
            self._put_off(message, answer.code)
            return True
        except RefusedError as answer:
            with transaction(_DELIVERER):
                self._fail(message, answer.code, self._clock())
            return True
        lease = self._commit_hand_over(message)
        if lease is None:
            channel.close()
        else:
            self._pass_the_point(replace(message, lease=lease), channel)
        return True

    def _stage(self, channel: Channel, message: Claimed, letter: Letter) -> None:
        """Stage it; once more on a fresh connection when the one that was kept has ended meanwhile."""
        was_kept = channel.is_open
        try:
            channel.stage(letter, message.message_id)
        except ChannelDownError:
            if not was_kept:
                raise
            channel.stage(letter, message.message_id)

    def _commit_hand_over(self, message: Claimed) -> datetime | None:
        """Decide again, with recipient and subject locked, and commit; None when the message may not go after all."""
        lease = None
        with transaction(_DELIVERER):
            now = self._clock()
            verdict = decide(message, now)
            if verdict.is_send:
                lease = claims.begin_hand_over(message, now)
            else:
                self._keep_back(message, verdict, now)
            claims.settle(self._settled)
        self._settled.clear()
        return lease

    def _pass_the_point(self, message: Claimed, channel: Channel) -> None:
        try:
            channel.hand_over()
        except ChannelDownError:
            self._settle(message, "queued", "connection lost")
        except AnswerLostError:
            self._settle(message, "unknown", "no answer")
        else:
            self._handed = (message, channel)

    def _read_answer(self) -> None:
        """Hear what became of the message handed over last."""
        if self._handed is None:
            return
        (message, channel), self._handed = self._handed, None
        try:
            channel.answer()
        except DeferredError as answer:
            self._settle(message, "queued", answer.code)
        except RefusedError as answer:
            self._settle(message, "failed", answer.code)
        except AnswerLostError:
            self._settle(message, "unknown", "no answer")
        else:
            self._settle(message, "sent", None)

    def _settle(self, message: Claimed, state: str, reason: str | None) -> None:
        now = self._clock()
        if state == "queued" and rules.is_given_up(message.due_at, now):
            state = "failed"
        self._settled.append(Settled(message, state, reason, now))
        self._counts[state] += 1

    def _write_down(self) -> None:
        """Hear the last answer and commit what is still to be written down."""
        self._read_answer()
        if self._settled:
            with transaction(_DELIVERER):
                claims.settle(self._settled)
            self._settled.clear()

    def _keep_back(self, message: Claimed, verdict: Verdict, now: datetime) -> None:
        reason = verdict.reason or ""
        if verdict.until is None:
            if claims.finish(message, "skipped", reason, now):
                self._counts["skipped"] += 1
        else:
            claims.put_off(message, verdict.until, reason, tried=False)

    def _fail(self, message: Claimed, reason: str, now: datetime) -> None:
        if claims.finish(message, "failed", reason, now):
            self._counts["failed"] += 1

    def _put_off(self, message: Claimed, reason: str, error: Exception | None = None) -> None:
        """Try it again later, or give it up after two days."""
        now = self._clock()
        if error is not None:  # its text may hold what a person wrote
            log.warning("message put off", message=str(message.id), kind=message.kind, error=type(error).__name__)
        with transaction(_DELIVERER):
            if rules.is_given_up(message.due_at, now):
                self._fail(message, reason, now)
            else:
                claims.put_off(message, now + rules.wait_after(message.attempts + 1), reason, tried=True)
        self._counts["put off"] += 1

    def _drop(self, message: Claimed) -> None:
        """Take back what was staged; the message before it may still be waiting for its answer."""
        self._read_answer()
        if message.channel in self._channels:
            self._channels[message.channel].close()
