"""Whatever stands in bundle.json: it is as its run wrote it, or it is refused in one line."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskcore.errors import InputError
from riskcore.learning.bundle import Bundle
from riskcore.learning.description import seal_of
from riskcore.learning.predictor import Predictor
from tests.helpers.bundles import description, strip, write_bundle, write_description


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def refusal(folder: Path) -> str:
    """The one line with which a bundle is refused."""
    with pytest.raises(InputError) as caught:
        Predictor.load(folder)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500
    return message.removeprefix(f"{folder / 'bundle.json'}: ")


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(
    "key", ["classes", "matrix", "model", "stages", "preprocessing", "calibration", "dial", "provenance"]
)
def test_a_description_without_a_part_is_one_line(folder: Path, key: str, sealed: bool) -> None:
    if not sealed:
        strip(folder)
    content = description(folder)
    del content[key]
    write_description(folder, content)
    assert refusal(folder) == f"lacks '{key}'; restore it from its run or a backup, or train again."


@pytest.mark.parametrize("key", ["files", "seal"])
def test_a_bundle_without_its_checksums_or_its_seal_is_refused(folder: Path, key: str) -> None:
    content = description(folder)
    del content[key]
    write_description(folder, content)
    assert refusal(folder) == f"lacks '{key}'; restore it from its run or a backup, or train again."
    write_description(folder, content | {"format": 1})  # half of what bundles were before
    assert "is no part of a bundle" in refusal(folder)


FAULTS: list[tuple[str, Any]] = [
    *(("calibration.temperature", value) for value in (0, -1.5, 0.0, math.nan, math.inf, 10**400, "1", None, True)),
    *(("calibration.bias.1", value) for value in (math.inf, -math.inf, math.nan, "0", None)),
    *(("calibration.bias", value) for value in ("many", [0.0], [0.0] * 4, {}, None)),
    *(("calibration", value) for value in (1, {}, [], None)),
    *(("preprocessing.std.0", value) for value in (0, -0.2, math.inf, math.nan, None)),
    *(("preprocessing.mean.2", value) for value in (math.inf, math.nan, "0.5")),
    *(("preprocessing.size", value) for value in (0, -32, 31, 1025, 10**9, 32.5, "32", True)),
    ("preprocessing.interpolation", "sharpest"),
    ("preprocessing.std", [0.2, 0.3]),
    *(("preprocessing", value) for value in (None, {"size": 32}, [])),
    *(("dial.aversion", value) for value in (-0.1, 1.1, 7, math.nan, "0.5", None, True)),
    *(("dial.rule", value) for value in ("fear", "", None, ["severity"])),
    *(("matrix", value) for value in ([1], {}, None, {"classes": ["b", "a", "c"]})),
    *(("matrix.values.2.0", value) for value in (-1, math.nan, math.inf, "10", None, 10**400)),
    *(("matrix.critical", value) for value in (0, -1, math.nan, "10")),
    *(("classes", value) for value in (["a", "b"], ["a", "a", "b"], ["b", "a", 3], 3, "bac", None, ["b", "a", "d"])),
    *(("hidden", value) for value in (-1, 10**9, 1.5, "0", None, True)),
    *(("members", value) for value in (0, -1, 10**6, 1.5, None)),
    *(("stages", value) for value in (-1, 99, 10**9, 0.5, "0", False)),
    *(("model", value) for value in ("resnet51", "", None, 3, "test_efficientnet\n", "../x", "a" * 10_000)),
    *(("provenance", value) for value in (None, {}, {"run": "r"}, {"run": 1, "synthetic": False}, [])),
    *(("absent", value) for value in (None, "a", [1])),
    ("note", 3),
    ("more", 1),
    ("more\n\x1b[2J", 1),
    *(("format", value) for value in (0, 4, 1.0, True, "2", None, [2])),
]


def changed(content: Any, place: str, value: Any) -> Any:
    """The content with one value of it replaced or added."""
    first, _, rest = place.partition(".")
    key = int(first) if isinstance(content, list) else first
    copy = list(content) if isinstance(content, list) else dict(content)
    copy[key] = changed(content[key], rest, value) if rest else value
    return copy


@pytest.mark.parametrize("kind", ["sealed", "sealed anew", "before seals"])
@pytest.mark.parametrize(("place", "value"), FAULTS, ids=[f"{place}={str(value)[:20]}" for place, value in FAULTS])
def test_a_value_that_cannot_be_is_one_line(folder: Path, place: str, value: Any, kind: str) -> None:
    if kind == "before seals":
        strip(folder)
    content = changed(description(folder), place, value)
    if kind == "sealed anew":  # as one who rewrites the bundle could: the value itself is refused
        canonical = {key: given for key, given in content.items() if key != "seal"}
        try:
            content["seal"] = seal_of(canonical)
        except ValueError:
            return  # a number that no seal is made for
    write_description(folder, content)
    refusal(folder)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("calibration.temperature", 1.2500000000000002),
        ("calibration.bias.0", 0.6),
        ("matrix.values.2.0", 9),
        ("matrix.values.0.1", 2),
        ("matrix.critical", 6),
        ("dial.aversion", 0.74),
        ("dial.rule", "severity"),
        ("preprocessing.size", 64),
        ("preprocessing.std.1", 0.31),
        ("classes", ["a", "b", "c"]),
        ("absent", ["a"]),
        ("note", "No dial."),
        ("notice", "For clinical use."),
        ("provenance.synthetic", True),
        ("provenance.seed", 4),
        ("provenance.more", 1),
    ],
)
def test_a_sound_value_other_than_the_sealed_one_is_seen(folder: Path, place: str, value: Any) -> None:
    write_description(folder, changed(description(folder), place, value))
    assert refusal(folder).startswith("does not match its own seal, so it was damaged or changed")


def test_how_the_description_is_laid_out_does_not_matter(folder: Path) -> None:
    content = description(folder)
    (folder / "bundle.json").write_text(json.dumps(dict(reversed(content.items())), indent=4, ensure_ascii=False))
    assert Bundle.load(folder).sealed


def test_a_bundle_from_before_seals_loads_and_can_be_told_apart(folder: Path) -> None:
    strip(folder)
    found = Predictor.load(folder)
    assert not found.bundle.sealed
    assert found(np.arange(7200).astype(np.uint8).reshape(40, 60, 3)).decision in found.bundle.classes


@pytest.mark.parametrize("content", ["", "[]", "{", '"bundle"', "[" * 100_000, '{"format": 1e400}', "\x00", "{}"])
def test_a_description_that_is_none_is_one_line(folder: Path, content: str) -> None:
    (folder / "bundle.json").write_text(content)
    assert refusal(folder).startswith("not ")


NASTY = st.sampled_from(
    [None, True, 0, -1, 1, 2, 1e308, 5e-324, -0.5, math.nan, math.inf, 10**400, "", "x", "\x00\n\ud800", [], {}, [[]]]
)


def mutated(data: st.DataObject, content: Any) -> Any:
    """The document with something in it replaced, removed or added."""
    place = content
    while True:
        keys = list(range(len(place))) if isinstance(place, list) else list(place)
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], list | dict) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        what = data.draw(st.sampled_from(["replace", "remove", "add", "repeat"]))
        if what == "remove":
            del place[key]
        elif what == "replace":
            place[key] = data.draw(NASTY | st.floats() | st.text(max_size=3))
        elif isinstance(place, list):
            place.append(place[key] if what == "repeat" else data.draw(NASTY))
        else:
            place[data.draw(st.text(max_size=3))] = place[key] if what == "repeat" else data.draw(NASTY)
        return content


def flipped(data: st.DataObject, text: bytes) -> bytes:
    """The text with one byte changed."""
    place = data.draw(st.integers(0, len(text) - 1))
    return text[:place] + bytes([text[place] ^ data.draw(st.integers(1, 255))]) + text[place + 1 :]


fuzzed = settings(
    max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def some_change(data: st.DataObject, folder: Path) -> None:
    """Change the description in some way."""
    file = folder / "bundle.json"
    if data.draw(st.booleans()):
        file.write_bytes(flipped(data, file.read_bytes()))
    else:
        write_description(folder, mutated(data, description(folder)))


def tried(action: Callable[[], Any]) -> Any:
    """What it gives, or how it refuses; any other error passes on."""
    try:
        return action()
    except InputError as error:
        return error


@fuzzed
@given(data=st.data())
def test_no_change_of_a_sealed_description_gets_through(data: st.DataObject, original: Path, folder: Path) -> None:
    shutil.copyfile(original / "bundle.json", folder / "bundle.json")
    sound = description(folder)
    some_change(data, folder)
    found = tried(lambda: Bundle.load(folder))
    if isinstance(found, InputError):
        assert str(found).isprintable()
    else:
        assert found.sealed
        assert description(folder) == sound


@fuzzed
@given(data=st.data())
def test_a_changed_description_from_before_seals_is_refused_or_judges_in_finite_numbers(
    data: st.DataObject, original: Path, folder: Path
) -> None:
    shutil.copyfile(original / "bundle.json", folder / "bundle.json")
    strip(folder)
    some_change(data, folder)
    shades = np.linspace(0, 255, 32).astype(np.uint8)
    judged = tried(lambda: Predictor.load(folder)(np.broadcast_to(shades[:, None, None], (32, 32, 3))))
    if isinstance(judged, InputError):
        assert str(judged).isprintable()
        return
    assert not Bundle.load(folder).sealed
    values = [*judged.probabilities.values(), *judged.expected_severity.values(), judged.critical_probability]
    assert all(math.isfinite(value) for value in values)
    assert sum(judged.probabilities.values()) == pytest.approx(1.0)
