"""Cases that a model knew before it is judged on them: counted as a plain loop counts them, and refused."""

import io
import json

import numpy as np
import pytest

from riskcore.errors import InputError
from riskcore.judging.foreign import read_foreign
from riskcore.judging.overlap import Known, Overlap, Shared, joined, overlap_of, shared_with
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.severity import SeverityMatrix
from tests.helpers.simulated import run

MATRIX = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]], critical=10)


def cases(samples: list[str], groups: list[str]) -> Cases:
    n = len(samples)
    return Cases(np.zeros((n, 2)), np.zeros(n, dtype=np.int64), np.array(samples, np.str_), np.array(groups, np.str_))


def file(rows: list[tuple[str, str, str]], header: str = "sample,truth,naevus,melanoma,split,group") -> io.BytesIO:
    """Rows of (sample, split, group)."""
    lines = [header, *(f"{sample},naevus,0.5,0.5,{split},{group}" for sample, split, group in rows)]
    return io.BytesIO("\n".join(lines).encode())


def test_shared_groups_are_counted_as_a_loop_counts_them() -> None:
    random = np.random.default_rng(0)
    members, known_cases, known_groups = [], set(), set()
    for fold in range(3):
        groups = [[f"p{g}" for g in random.integers(0, 40, 30)] for _ in range(2)]
        samples = [[f"{part}{fold}-{i}" for i in range(30)] for part in "vt"]
        members.append(Member(cases(samples[0], groups[0]), cases(samples[1], groups[1]), fold=fold))
        for sample, group in zip(samples[1], groups[1], strict=True):
            if group in groups[0]:
                known_cases.add(sample)
                known_groups.add(group)
    found = overlap_of(RunPredictions("x", ("a", "b"), members))
    assert (found.cases, found.groups, found.of) == (len(known_cases), len(known_groups), 90)
    assert 0 < found.cases < 90


def test_seeds_that_judge_the_same_cases_count_them_once_and_folds_know_only_their_own() -> None:
    same = Member(cases(["v"], ["p"]), cases(["t", "u"], ["p", "q"]))
    assert overlap_of(RunPredictions("x", ("a", "b"), [same, same])) == Overlap(cases=1, of=2, groups=1)
    # p is validated on by one fold and tested by the other: no member judges what it knew
    apart = [Member(cases(["v"], ["p"]), cases(["t"], ["q"]), fold=0), Member(cases(["t"], ["q"]), cases(["v"], ["p"]))]
    assert overlap_of(RunPredictions("x", ("a", "b"), apart)) == Overlap(of=2)
    assert not overlap_of(run("x", 1.0, folds=(0, 1), groups=50)).cases


@pytest.mark.parametrize("other", ["validation", "train"])
def test_a_file_with_a_group_in_two_parts_is_refused_with_the_number(other: str) -> None:
    rows = [("a", other, "p"), ("b", "test", "p"), ("c", "test", "p"), ("d", "test", "q")]
    with pytest.raises(InputError) as caught:
        read_foreign(file(rows), MATRIX, name="vendor.csv")
    assert str(caught.value) == (
        "vendor.csv: 2 of 3 judged cases (1 group) were seen in training or validation, so the figures would flatter; "
        "leave them out, or pass --allow-overlap to judge all the same."
    )
    found = read_foreign(file(rows), MATRIX, name="vendor.csv", allow_overlap=True)
    assert overlap_of(found) == Overlap(cases=2, of=3, groups=1)


def test_training_and_validation_rows_alone_may_share_groups_with_each_other() -> None:
    rows = [("a", "train", "p"), ("b", "validation", "p"), ("c", "test", "q")]
    assert not overlap_of(read_foreign(file(rows), MATRIX, name="vendor.csv")).cases


def test_without_groups_nothing_can_be_shared() -> None:
    """Cells that are empty are cases of their own, not one group."""
    rows = [("a", "validation", ""), ("b", "test", ""), ("c", "train", "")]
    assert overlap_of(read_foreign(file(rows), MATRIX, name="vendor.csv")) == Overlap(of=1)


def test_within_a_data_set_names_groups_and_images_count_and_across_sets_images_alone() -> None:
    random = np.random.default_rng(1)

    def images(n: int) -> Known:
        samples, groups, pixels = random.permutation(90)[:n], random.integers(0, 90, n), random.integers(0, 90, n)
        named = [
            np.char.add(kind, each.astype(str)) for kind, each in zip("sgx", (samples, groups, pixels), strict=True)
        ]
        return Known(named[0], named[1], named[2].astype(np.bytes_))

    judged, known = images(60), [images(20), images(20)]
    for same in (True, False):
        told, groups, pictures, alike = 0, set(), 0, 0
        for sample, group, image in zip(judged.samples, judged.groups, judged.images, strict=True):
            by_name = any(sample in each.samples for each in known)
            by_group = any(group in each.groups for each in known)
            by_image = any(image in each.images for each in known)
            told += by_image or (same and (by_name or by_group))
            pictures += by_image
            alike += (not same) and (by_name or by_group) and not by_image
            if by_group and same:
                groups.add(group)
        expected = Overlap(told, 60, len(groups), pictures, alike)
        found = [shared_with(judged, each, same_data=same) for each in known]
        assert joined(found, of=60) == expected
        assert [Shared.from_dict(json.loads(json.dumps(each.as_dict()))) for each in found] == found
        assert 0 < told < 60


def test_images_that_cannot_be_read_are_compared_by_name_alone() -> None:
    judged = Known(np.array(["1"]), np.array(["p"]), np.array([b"x"]))
    found = shared_with(judged, Known(np.array(["1"]), np.array(["q"])), same_data=True)
    assert found == Shared(cases=frozenset({"1"}))
    assert joined([found], of=1).sentences[0].startswith("1 of 1 judged cases was seen")


def test_damaged_notes_of_what_was_shared_are_refused() -> None:
    with pytest.raises(InputError, match="is damaged"):
        Shared.from_dict({"cases": []})


def test_what_is_said() -> None:
    found = Overlap(cases=1, of=40, images=1, alike=2, unknown="the images are gone")
    assert found.sentences == (
        "1 of 40 judged cases (1 by the image) was seen in training or validation: the figures flatter.",
        "2 of 40 judged cases have the name of an image or group that the model was trained on in another data set; "
        "names may be equal by chance, and the images are others.",
        "Whether the model was trained on these images cannot be told: the images are gone.",
    )
    assert Overlap(of=40).sentences == ()
    found.check("x", allowed=True)
    Overlap(of=40, alike=3, unknown="y").check("x")
