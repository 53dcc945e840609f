"""Other products beside ours, as far as it shows without installing one."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from bench import peers
from bench.environment import Environment
from bench.figures import Verdict
from bench.peers import beside_django_appointment, beside_indico, installing
from bench.peers.installing import HERE, PeerMissingError, installed, run
from bench.runner import FULL, QUICK

NOWHERE = cast("Environment", None)  # it is not asked for anything before a peer is installed


def test_peer_that_cannot_be_installed_is_not_run_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(peer: str) -> Path:
        raise PeerMissingError(f"ERROR: no {peer}")

    for peer in (beside_django_appointment, beside_indico):
        monkeypatch.setattr(peer, "installed", missing)
    found = peers.figures(NOWHERE, 1)
    assert {figure.verdict for figure in found} == {Verdict.NOT_RUN}
    assert all(figure.goal for figure in found)
    notes = [figure.note for figure in found]
    assert notes[:7] == ["ERROR: no django_appointment"] * 3 + ["ERROR: no indico_rooms"] * 4
    assert all("PHP" in note for note in notes[7:])


def test_quick_run_leaves_peers_out() -> None:
    assert "peers" in FULL
    assert "peers" not in QUICK


def test_failed_step_says_its_last_error_in_one_cell_of_the_table() -> None:
    with pytest.raises(PeerMissingError, match=r"^ValueError: no / way$"):
        run((sys.executable, "-c", "raise ValueError('no | way')"))
    with pytest.raises(PeerMissingError, match=r"^ended with 3$"):
        run((sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(PeerMissingError, match=r"^nothing cannot be run: FileNotFoundError$"):
        run((str(HERE / "nothing"),))


def test_environment_cut_short_is_made_anew_and_a_whole_one_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps: list[str] = []

    def make(argv: Sequence[str], works: bool = True) -> str:
        steps.append(argv[2])
        if argv[2] == "venv":
            Path(argv[3]).mkdir(parents=True)
        elif not works:
            raise PeerMissingError("ERROR: no network")
        return ""

    monkeypatch.setattr(installing, "run", lambda argv: make(argv, works=False))
    with pytest.raises(PeerMissingError):
        installed("django_appointment", tmp_path)
    monkeypatch.setattr(installing, "run", make)
    python = installed("django_appointment", tmp_path)
    assert installed("django_appointment", tmp_path) == python
    assert steps == ["venv", "pip", "venv", "pip"]


def test_what_peers_install_is_pinned_with_hashes() -> None:
    for locked in HERE.glob("*/requirements.txt"):
        text = locked.read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if not line.startswith(" ")]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins), locked
