"""A definition is checked when it is loaded, and says where it is wrong."""

from pathlib import Path

import pytest

from clinic.questionnaires.definition import EntriesGroup, Kind, MultiField, Visibility
from clinic.questionnaires.errors import DefinitionError
from clinic.questionnaires.files import load_file, load_folder
from clinic.questionnaires.loading import canonical_bytes, load_body, sha256

ROOT = Path(__file__).parents[2] / "clinic"
HEAD = "key: small\nversion: 1\nkind: form\nlanguage: en\ntitle: Small\nsections:\n  - title: One\n    fields:\n"


def written(tmp_path: Path, fields: str, tail: str = "") -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(HEAD + fields + tail, encoding="utf-8")
    return path


def refused(path: Path) -> tuple[str, str, str]:
    with pytest.raises(DefinitionError) as caught:
        load_file(path)
    return caught.value.file, caught.value.place, caught.value.reason


def test_shipped_definitions_are_sound() -> None:
    folders = (ROOT / "homework/exercises", ROOT / "measures/definitions")
    keys = [definition.key for folder in folders for definition, _ in load_folder(folder)]
    assert keys == ["fear_trace", "own_circle", "whole_self_wheel", "pulse"]


def test_shipped_exercises_end_with_a_private_note_and_how_hard_it_was() -> None:
    for definition, _ in load_folder(ROOT / "homework/exercises"):
        assert [(each.key, each.visibility) for each in definition.fields()][-2:] == [
            ("how_hard", Visibility.THERAPIST),
            ("note", Visibility.CLIENT),
        ]


def test_wheel_has_the_visibilities_of_the_design() -> None:
    wheel, _ = load_file(ROOT / "homework/exercises/whole_self_wheel.yaml")
    other = {each.key: each.visibility for each in wheel.fields() if each.visibility is not Visibility.THERAPIST}
    assert other == {"action": Visibility.PARTNER, "note": Visibility.CLIENT}
    chosen = wheel.field("chosen")
    assert isinstance(chosen, MultiField)
    assert (chosen.at_least, chosen.at_most, len(chosen.options)) == (2, 2, 8)


def test_fear_trace_keeps_the_note_on_the_origin_private_and_leaves_the_rest_to_the_writer() -> None:
    trace, _ = load_file(ROOT / "homework/exercises/fear_trace.yaml")
    group = trace.group("traces")
    assert group.readers == "readers"
    assert group.field("origin_note").visibility is Visibility.CLIENT
    assert group.field("sentence").visibility is Visibility.PARTNER


def test_pulse_has_six_lines_and_says_that_it_is_unvalidated() -> None:
    pulse, _ = load_file(ROOT / "measures/definitions/pulse.yaml")
    assert (pulse.kind, pulse.validated, [each.type for each in pulse.fields()]) == (Kind.MEASURE, False, ["scale"] * 6)


def test_measure_and_safety_form_never_stay_in_a_browser(tmp_path: Path) -> None:
    pulse, _ = load_file(ROOT / "measures/definitions/pulse.yaml")
    plain, _ = load_file(written(tmp_path, "      - {key: a, type: text, label: A}\n"))
    safety, _ = load_file(written(tmp_path, "      - {key: a, type: text, label: A, safety: true}\n"))
    assert (pulse.is_sensitive, plain.is_sensitive, safety.is_sensitive) == (True, False, True)


def test_visibility_is_the_therapist_where_no_letter_stands(tmp_path: Path) -> None:
    definition, _ = load_file(written(tmp_path, "      - {key: a, type: text, label: A}\n"))
    assert definition.field("a").visibility is Visibility.THERAPIST


def test_yes_and_dates_stay_text(tmp_path: Path) -> None:
    fields = "      - {key: a, type: yes_no, label: yes}\n"
    definition, body = load_file(written(tmp_path, fields + "        # a comment\n"))
    assert definition.field("a").label == "yes"
    assert body["sections"][0]["fields"][0]["label"] == "yes"


def test_sha256_ignores_spacing_and_comments_and_sees_words(tmp_path: Path) -> None:
    first, body = load_file(written(tmp_path, "      - {key: a, type: text, label: A}\n"))
    same, _ = load_file(written(tmp_path, "      # why\n      - {label: A, key: a,   type: text}\n"))
    other, _ = load_file(written(tmp_path, "      - {key: a, type: text, label: B}\n"))
    assert first.sha256 == same.sha256 == sha256(body)
    assert first.sha256 != other.sha256
    assert load_body(body, "a row") == first
    assert canonical_bytes({"b": "ü", "a": 1}) == '{"a":1,"b":"ü"}'.encode()


@pytest.mark.parametrize(
    ("fields", "place", "reason"),
    [
        ("      - {key: a, type: scale, label: A, low: none}\n", "One > a", "'high' is a required property"),
        ("      - {key: a, type: essay, label: A}\n", "One > a > type", "'essay' is not one of"),
        ("      - {key: a, type: text, label: A, low: x}\n", "One > a", "Unevaluated properties are not allowed"),
        ("      - {key: a, type: text, label: A}\n      - {key: a, type: date, label: B}\n", "a", "stands twice"),
        ("      - {key: a, type: text, label: A, visibility: X}\n", "One > a > visibility", "'X' is not one of"),
        (
            "      - {key: a, type: text, label: A, show_if: {field: b, is: x}}\n",
            "a",
            "hangs on b, which is no earlier field here",
        ),
        (
            (
                "      - {key: b, type: yes_no, label: B}\n"
                "      - {key: a, type: text, label: A, show_if: {field: b, is: maybe}}\n"
            ),
            "a",
            "hangs on the answer maybe, which b does not offer",
        ),
        (
            (
                "      - {key: b, type: text, label: B}\n"
                "      - {key: a, type: text, label: A, show_if: {field: b, at_least: 3}}\n"
            ),
            "a",
            "hangs on a number, but b has none",
        ),
        (
            (
                "      - {key: a, type: multi, label: A, at_most: 5, options: "
                "[{code: x, label: X}, {code: y, label: Y}]}\n"
            ),
            "a",
            "at_least and at_most do not fit the options",
        ),
        (
            "      - {key: a, type: choice, label: A, options: [{code: x, label: X}, {code: x, label: Y}]}\n",
            "a",
            "the option x stands twice",
        ),
        ("      - {key: a, type: text, label: A, suggest_from: b.c}\n", "a", "suggests from b.c, which is not there"),
        ("      - {key: a, type: number, label: A, minimum: 5, maximum: 2}\n", "a", "minimum is above maximum"),
    ],
)
def test_unsound_field_is_refused_with_its_place(tmp_path: Path, fields: str, place: str, reason: str) -> None:
    file, where, why = refused(written(tmp_path, fields))
    assert (file, where) == ("small.yaml", place)
    assert reason in why


def test_key_that_stands_twice_in_the_file_is_refused(tmp_path: Path) -> None:
    assert "stands twice" in refused(written(tmp_path, "      - {key: a, key: b, type: text, label: A}\n"))[2]


def test_unknown_scoring_rule_and_missing_field_are_refused(tmp_path: Path) -> None:
    field = "      - {key: a, type: text, label: A}\n"
    assert refused(written(tmp_path, field, "scores: [{rule: sum}]\n"))[2] == "there is no rule called sum"
    no_lines = "scores: [{rule: pulse_lines, with: {lines: [a, b]}}]\n"
    assert refused(written(tmp_path, field, no_lines))[2] == "pulse_lines works on b, which is no field here"
    needs = "scores: [{rule: pulse_lines}]\n"
    assert refused(written(tmp_path, field, needs))[2] == "pulse_lines needs lines"


def test_exercise_without_private_note_is_refused(tmp_path: Path) -> None:
    _, body = load_file(ROOT / "homework/exercises/own_circle.yaml")
    body["sections"][-1]["fields"][1]["visibility"] = "T"
    with pytest.raises(DefinitionError, match="private note"):
        load_body(body, "edited")
    del body["reason"]
    with pytest.raises(DefinitionError, match="'reason' is a required property"):
        load_body(body, "edited")


def test_readers_of_entries_has_to_be_a_choice_among_the_known_codes(tmp_path: Path) -> None:
    fields = (
        "      - key: g\n        type: entries\n        label: G\n        one: g\n        many: gs\n"
        "        readers: r\n"
        "        fields:\n          - {key: r, type: choice, label: R, options: "
        "[{code: only_me, label: Me}, {code: world, label: All}]}\n"
    )
    assert refused(written(tmp_path, fields))[:2] == ("small.yaml", "g")


def test_group_and_field_raise_for_what_is_not_there() -> None:
    circle, _ = load_file(ROOT / "homework/exercises/own_circle.yaml")
    assert isinstance(circle.field("meetings"), EntriesGroup)
    with pytest.raises(KeyError):
        circle.group("share")
    with pytest.raises(KeyError):
        circle.field("nothing")
