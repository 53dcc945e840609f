"""What is slower by a little, most of the time, is found; what is noise, is not."""

import random

import pytest

from faults import timing
from faults.timing import Difference, Watch

MS = 0.001


def noise(seed: int, rounds: int = 60) -> list[float]:
    """As a busy machine makes it: a little on either side, and long pauses now and then."""
    rng = random.Random(seed)
    return [rng.gauss(0, 0.3 * MS) + rng.choice((30, -30)) * MS * (rng.random() < 0.05) for _ in range(rounds)]


def test_noise_is_chance() -> None:
    assert all(Difference(noise(seed)).is_chance for seed in range(200))


def test_small_delay_is_found_in_either_direction() -> None:
    for seed in range(20):
        late = Difference([each + 0.8 * MS for each in noise(seed)])
        early = Difference([each - 0.8 * MS for each in noise(seed)])
        assert (late.is_chance, early.is_chance) == (False, False)
        assert late.sigmas > 0 > early.sigmas


def test_control_is_found_when_it_is_slower_and_not_when_it_is_noise_or_quicker() -> None:
    late = [Difference([each + 0.8 * MS for each in noise(seed)]).is_found for seed in range(20)]
    early = [Difference([each - 0.8 * MS for each in noise(seed)]).is_found for seed in range(20)]
    alike = [Difference(noise(seed)).is_found for seed in range(20)]
    assert (all(late), any(early), any(alike)) == (True, False, False)


def test_what_would_stand_out_does_and_less_does_not() -> None:
    found = Difference(noise(7))
    even = [each - sorted(found.of)[30] for each in found.of]
    least = found.would_be_found
    assert 0.05 * MS < least < 1 * MS
    assert not Difference([each + least * 1.3 for each in even]).is_chance
    assert Difference([each + least * 0.3 for each in even]).is_chance


def test_too_few_rounds_find_nothing_and_no_difference_is_none() -> None:
    assert Difference([MS] * 10).is_chance
    assert Difference([0.0] * 50).sigmas == 0


def test_watch_keeps_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "perf_counter", iter((1.0, 1.3, 2.0, 2.2, 3.0, 3.9)).__next__)
    watch = Watch()
    for _ in range(3):
        with watch("a step"):
            pass
    assert watch.least == {"a step": pytest.approx(0.2)}
