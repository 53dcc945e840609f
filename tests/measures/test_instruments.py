"""The files of the measures: the figures of the sources, the official words, and what is refused by name."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.measures import INSTRUMENTS
from clinic.measures.errors import WordingError
from clinic.measures.instrument import Scale
from clinic.measures.loading import load, questionnaire, require_fitting, shipped, wording_of
from clinic.questionnaires.errors import DefinitionError
from clinic.questionnaires.loading import load_body
from tests.measures.conftest import words_for

# Written down a second time, from the table of clinical facts: class, items, lowest and highest score, where somebody
# counts as a case, points of reliable change (None where they are not known, or not sure enough to be used).
FACTS: dict[str, tuple[str, int, tuple[float, float], tuple[str, float] | None, float | None]] = {
    "phq9.total": ("A", 9, (0, 27), ("at_least", 10), 6),
    "gad7.total": ("A", 7, (0, 21), ("at_least", 10), 4),
    "phq4.total": ("A", 4, (0, 12), None, None),
    "phq4.anxiety": ("A", 4, (0, 6), None, None),
    "phq4.depression": ("A", 4, (0, 6), None, None),
    "who5.total": ("B", 5, (0, 100), ("at_most", 50), 10),
    "csi16.total": ("B", 16, (0, 81), ("below", 51.5), None),
    "csi4.total": ("B", 4, (0, 21), ("below", 13.5), None),
    "ras.total": ("C", 7, (1, 5), None, None),
    "ecr_rs.avoidance": ("C", 9, (1, 7), None, None),
    "ecr_rs.anxiety": ("C", 9, (1, 7), None, None),
}
BANDS = {
    "phq9": [(0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately severe"), (20, "severe")],
    "gad7": [(0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")],
    "phq4": [(0, "normal"), (3, "mild"), (6, "moderate"), (9, "severe")],
}


def scales() -> dict[str, tuple[str, int, Scale, tuple[float, float]]]:
    return {
        f"{key}.{scale.name}": (
            each.instrument.letter,
            len(each.instrument.ranges),
            scale,
            each.instrument.range_of(scale),
        )
        for key, each in shipped().items()
        for scale in each.instrument.scales
    }


def test_figures_are_those_of_the_sources() -> None:
    found = {
        name: (
            letter,
            count,
            ends,
            (scale.cut_off.side, scale.cut_off.value) if scale.cut_off else None,
            scale.change.points if scale.change else None,
        )
        for name, (letter, count, scale, ends) in scales().items()
    }
    assert found == FACTS


def test_bands_are_those_of_the_sources() -> None:
    for key, bands in BANDS.items():
        assert [(each.low, each.label) for each in shipped()[key].instrument.scale("total").bands] == bands


def test_wording_ships_only_where_it_is_free() -> None:
    assert {key for key, each in shipped().items() if each.wording} == {"phq9", "gad7", "phq4"}
    assert all("No permission required" in each.instrument.notice for each in shipped().values() if each.wording)
    assert all(each.instrument.source and each.instrument.licence for each in shipped().values())


def test_phq9_asks_in_the_official_words() -> None:
    words = shipped()["phq9"].wording
    assert words is not None
    assert words.stem == ("Over the last 2 weeks, how often have you been bothered by any of the following problems?")
    assert words.answers[0] == ("Not at all", "Several days", "More than half the days", "Nearly every day")
    assert words.items[8] == "Thoughts that you would be better off dead or of hurting yourself in some way"
    assert words.after is not None
    assert words.after[0].endswith("take care of things at home, or get along with other people?")


@pytest.mark.parametrize("key", list(shipped()))
def test_wording_survives_the_way_into_the_database(key: str) -> None:
    known = shipped()[key]
    words = known.wording or words_for(key)
    definition = load_body(questionnaire(known, words, 3), key)
    assert wording_of(definition) == words
    assert definition.is_sensitive
    assert not definition.drafts
    assert [each.key for each in definition.fields() if each.safety] == (["item_9"] if key == "phq9" else [])


def test_words_that_do_not_fit_are_named_where_they_were_typed() -> None:
    known, words = shipped()["csi4"], words_for("csi4")
    broken = type(words)(
        "", words.stem, ("x" * 1001, *words.items[1:]), (*words.answers[:1], ("one",), *words.answers[2:])
    )
    with pytest.raises(WordingError) as caught:
        require_fitting(known.instrument, broken)
    assert set(caught.value.errors) == {"title", "item_1", "answers_2"}
    assert str(caught.value.errors["answers_2"]) == "This question has 6 answers, from 0 to 5, one on each line."


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "an item that is not there": ({"items": [1, 2, 12]}, "works on an item that is not there"),
    "an item reversed that does not count": ({"items": [1, 2], "reversed": [3]}, "an item that it does not count"),
    "more answers than items": ({"least_answered": 10}, "more answers than it has items"),
    "a cut-off beyond the scale": ({"cut_off": {"at_least": 40}}, "outside 0 to 27"),
    "bands in disorder": (
        {"bands": [{"from": 10, "label": "a"}, {"from": 0, "label": "b"}]},
        "its bands are not in order",
    ),
    "two ways of saying what is more than chance": ({"change": {"points": 6, "sd": 5, "reliability": 0.8}}, "valid"),
    "a formula that is none": ({"formula": "median"}, "'median' is not one of"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_unsound_file_is_refused_by_name(fault: str, tmp_path: Path) -> None:
    change, reason = FAULTS[fault]
    body = yaml.safe_load((INSTRUMENTS / "phq9.yaml").read_text(encoding="utf-8"))
    body["scales"][0] |= change
    path = tmp_path / "phq9.yaml"
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"phq9\.yaml") as caught:
        load(path)
    assert reason in caught.value.reason


def test_wording_of_a_measure_that_is_not_free_is_refused(tmp_path: Path) -> None:
    body = yaml.safe_load((INSTRUMENTS / "phq9.yaml").read_text(encoding="utf-8")) | {"class": "B"}
    path = tmp_path / "phq9.yaml"
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    with pytest.raises(DefinitionError):
        load(path)
