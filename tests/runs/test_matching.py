"""Sides put onto the same test cases by name, whatever their order, folds, groups and class columns."""

from dataclasses import replace

import numpy as np
import pytest

from riskcore.comparing.comparison import compare
from riskcore.comparing.paired import line_up
from riskcore.decision.judged_run import JudgedRun
from riskcore.errors import InputError
from riskcore.predictions import Cases, Member, RunPredictions
from riskcore.runs.comparable import why_not
from riskcore.runs.matching import match, only, placed
from tests.helpers.simulated import MATRIX, cases, run

ARRAYS = ("logits", "truth", "samples", "groups")
SMALL = {"n": 60, "groups": 30}
POOL = run("pool", 1.5, noise=1, seeds=(0, 1), folds=(0, 1), **SMALL)
LABELS = {"pool": "pool", "a.csv": "a.csv", "b.csv": "b.csv"}


def chosen(part: Cases, rows) -> Cases:
    return replace(part, **{name: getattr(part, name)[rows] for name in ARRAYS})


def without_groups(part: Cases) -> Cases:
    return replace(part, groups=part.samples)


def file(id: str, *, noise: int, change=lambda part: part) -> RunPredictions:
    """A file of the cases of one split: another model for each noise."""
    (member,) = run(id, 2.0, noise=noise, **SMALL).members
    return RunPredictions(id, MATRIX.classes, [replace(member, test=change(member.test))])


def parts(matched) -> list[Cases]:
    return [side.members[0].test for side in matched.sides]


def test_the_first_sides_order_is_kept_and_every_row_keeps_its_own_numbers() -> None:
    first = file("a.csv", noise=1)
    shuffled = file("b.csv", noise=2, change=lambda part: chosen(part, np.random.default_rng(0).permutation(60)))
    matched = match([first, shuffled])
    one, other = parts(matched)
    assert matched.left_out == 0
    assert all(np.array_equal(getattr(one, name), getattr(first.members[0].test, name)) for name in ARRAYS)
    plain = file("b.csv", noise=2).members[0].test
    assert all(np.array_equal(getattr(other, name), getattr(plain, name)) for name in ARRAYS)
    assert matched.sides[1].members[0].validation is shuffled.members[0].validation


def test_sides_that_differ_are_refused_with_numbers_and_names() -> None:
    first = file("a.csv", noise=1)
    last = file("b.csv", noise=2, change=lambda part: chosen(part, slice(5, None)))
    more = file("b.csv", noise=2, change=lambda part: replace(part, samples=np.char.add(part.samples, ".png")))
    with pytest.raises(InputError) as missing:
        match([first, last])
    assert str(missing.value) == (
        "a.csv and b.csv hold different test cases: 5 only in a.csv (image0, image1, image2 …); "
        "add --common to compare what both hold."
    )
    with pytest.raises(InputError) as both:
        match([first, more])
    assert "60 only in a.csv (image0, image1, image10 …) and 60 only in b.csv (image0.png, " in str(both.value)
    with pytest.raises(InputError) as none:
        match([first, more], common=True)
    assert str(none.value) == "a.csv, b.csv: they have no test case in common, by name."


def test_common_keeps_what_all_sides_hold_and_counts_the_rest_once() -> None:
    first = file("a.csv", noise=1, change=lambda part: chosen(part, slice(0, 50)))
    second = file("b.csv", noise=2, change=lambda part: chosen(part, slice(10, None)))
    third = file("c.csv", noise=3, change=lambda part: chosen(part, slice(20, None)))
    matched = match([first, second, third], common=True)
    assert matched.left_out == 30
    for test, side in zip(parts(matched), (first, second, third), strict=True):
        assert test.samples.tolist() == [f"image{number}" for number in range(20, 50)]
        own = dict(zip(side.members[0].test.samples, side.members[0].test.logits, strict=True))
        assert all(np.array_equal(own[name], row) for name, row in zip(test.samples, test.logits, strict=True))


def joined_folds(pool: RunPredictions, seed: int) -> Cases:
    parts = [member.test for member in pool.members if member.seed == seed]
    return Cases(*(np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS))


def test_a_pool_of_folds_is_joined_seed_by_seed_and_left_uncalibrated() -> None:
    vendor = RunPredictions("a.csv", MATRIX.classes, [Member(Cases.empty(3), joined_folds(POOL, 1))])
    pool, other = match([POOL, vendor]).sides
    assert [(member.seed, member.fold, len(member.validation)) for member in pool.members] == [
        (0, None, 0),
        (1, None, 0),
    ]
    for member in pool.members:
        expected = joined_folds(POOL, member.seed)
        assert all(np.array_equal(getattr(member.test, name), getattr(expected, name)) for name in ARRAYS)
    found = compare([other], pool, MATRIX, labels=LABELS, resamples=20).others[0]
    assert found.equal_accuracy is not None
    assert found.equal_accuracy.calibrated is False
    only_same_seed = RunPredictions("pool", MATRIX.classes, pool.members[1:])
    same = compare([other], only_same_seed, MATRIX, labels=LABELS, resamples=20).others[0].equal_accuracy
    assert same is not None
    assert same.gap.value == 0


def test_one_fold_of_a_run_stands_beside_a_file_with_its_validation() -> None:
    (member,) = (each for each in POOL.members if each.fold == 1 and each.seed == 0)
    single = RunPredictions("pool", MATRIX.classes, [member])
    vendor = RunPredictions("a.csv", MATRIX.classes, [replace(member, fold=None)])
    ours, theirs = match([single, vendor]).sides
    assert ours.members[0].validation is member.validation
    assert line_up([JudgedRun(theirs, MATRIX)], JudgedRun(ours, MATRIX), resamples=2).calibrated


def test_seeds_of_other_cases_are_refused() -> None:
    uneven = RunPredictions("pool", MATRIX.classes, POOL.members[:3])
    vendor = RunPredictions("a.csv", MATRIX.classes, [Member(Cases.empty(3), joined_folds(POOL, 0))])
    with pytest.raises(InputError) as caught:
        match([vendor, uneven])
    assert str(caught.value) == (
        "pool: seeds 0 and 1 were tested on different cases; compare runs of the same folds with files."
    )


@pytest.mark.parametrize("known_first", [True, False])
def test_a_side_without_groups_takes_those_of_the_other_for_test_and_validation(known_first: bool) -> None:
    known, bare = file("a.csv", noise=1), file("b.csv", noise=2, change=without_groups)
    (member,) = bare.members
    stranger = cases(3, 1.0, 1, start=90_000, groups=1)  # validation cases that the other side does not have
    validation = Cases(
        *(np.concatenate([getattr(part, name) for part in (member.validation, stranger)]) for name in ARRAYS)
    )
    bare = RunPredictions("b.csv", MATRIX.classes, [replace(member, validation=without_groups(validation))])
    sides = [known, bare] if known_first else [bare, known]
    found = {side.id: side.members[0] for side in match(sides).sides}
    for part in ("validation", "test"):
        own, taken = (getattr(found[id], part) for id in ("a.csv", "b.csv"))
        assert np.array_equal(taken.groups[: len(own)], own.groups)
        assert np.array_equal(own.groups, getattr(known.members[0], part).groups)
    assert found["b.csv"].validation.groups[60:].tolist() == stranger.samples.tolist()
    lineup = line_up([JudgedRun(match(sides).sides[1], MATRIX)], JudgedRun(match(sides).sides[0], MATRIX), resamples=2)
    assert len(lineup.weights) == 60 + 3  # 30 patients of test, 30 of validation, and the strangers


def test_sides_that_name_other_groups_or_truths_are_refused_by_the_comparison() -> None:
    other = file("b.csv", noise=2, change=lambda part: replace(part, groups=np.roll(part.groups, 1)))
    wrong = file("b.csv", noise=2, change=lambda part: replace(part, truth=(part.truth + 1) % 3))
    for side in (other, wrong):
        matched = match([file("a.csv", noise=1), side])
        with pytest.raises(InputError, match=r"^b.csv and a.csv: the test cases, their truth or their groups differ"):
            compare(matched.sides[1:], matched.sides[0], MATRIX, labels=LABELS)


def test_class_columns_in_another_order_change_nothing() -> None:
    first, second = file("a.csv", noise=1), file("b.csv", noise=2)
    turned = second.in_order(("c", "a", "b"))
    one, other = (
        compare(matched.sides[1:], matched.sides[0], MATRIX, labels=LABELS, resamples=20).others[0]
        for matched in (match([first, second]), match([first, turned]))
    )
    for at in ("argmax", "dial"):
        own, same = ({name: rate.value for name, rate in getattr(row, at).items()} for row in (one, other))
        assert own == pytest.approx(same)
    assert one.equal_accuracy.gap.value == pytest.approx(other.equal_accuracy.gap.value)
    assert one.equal_accuracy.gap.high == pytest.approx(other.equal_accuracy.gap.high)
    assert one.chosen.rates["cer"] == other.chosen.rates["cer"]


def test_a_pool_whose_folds_are_joined_is_named() -> None:
    joined = run("file", 2.0, noise=2, folds=(0, 1), **SMALL)
    every = Cases(*(np.concatenate([getattr(m.test, name) for m in joined.members]) for name in ARRAYS))
    beside = RunPredictions("a.csv", MATRIX.classes, [Member(Cases.empty(3), every)])
    assert match([POOL, beside]).joined == ("pool",)
    assert match([beside, beside]).joined == ()


def renamed(part: Cases, name) -> Cases:
    return replace(part, samples=np.array([name(sample) for sample in part.samples.tolist()]))


OWN = run("ours", 1.5, seeds=(0, 1), **SMALL)
"""Two seeds on the cases of one split."""


def vendor(change=lambda part: part, validation=lambda part: part) -> RunPredictions:
    (member,) = run("vendor.csv", 2.0, noise=3, **SMALL).members
    member = replace(member, test=change(member.test), validation=validation(member.validation))
    return RunPredictions("vendor.csv", MATRIX.classes, [member])


def test_a_file_stands_in_the_place_of_every_seed_with_the_runs_truth_and_groups() -> None:
    shuffled = vendor(lambda part: without_groups(chosen(part, np.random.default_rng(0).permutation(60))))
    found = placed(shuffled, OWN)
    assert (found.missing, found.unchosen, found.unknown, found.relabelled) == (0, 0, 0, 0)
    plain = vendor().members[0]
    for member, own in zip(found.predictions.members, OWN.members, strict=True):
        assert (member.seed, member.fold) == (own.seed, own.fold)
        for part, ours, theirs in (
            (member.test, own.test, plain.test),
            (member.validation, own.validation, plain.validation),
        ):
            assert np.array_equal(part.logits, theirs.logits)
            assert all(np.array_equal(getattr(part, name), getattr(ours, name)) for name in ARRAYS[1:])
    assert why_not(found.predictions, OWN) is None
    assert found.samples == frozenset(OWN.members[0].test.samples.tolist())


def test_a_file_is_spread_over_folds() -> None:
    folded = run("pool", 1.5, seeds=(0,), folds=(0, 1), **SMALL)
    first, second = folded.members
    joined = Cases(*(np.concatenate([getattr(m.test, name) for m in (first, second)]) for name in ARRAYS))
    file = RunPredictions("v.csv", MATRIX.classes, [Member(Cases.empty(3), joined)])
    found = placed(file, folded)
    assert [member.test.samples.tolist() for member in found.predictions.members] == [
        member.test.samples.tolist() for member in folded.members
    ]
    assert found.unchosen == 120
    assert not any(len(member.validation) for member in found.predictions.members)


@pytest.mark.parametrize(
    "name",
    [lambda s: f"images/{s}", lambda s: f"C:\\scans\\{s}", lambda s: f"{s}.jpg", lambda s: f"deep/er/{s}.tiff"],
)
def test_images_are_found_by_the_name_of_their_file_and_without_its_ending(name) -> None:
    found = placed(vendor(lambda part: renamed(part, name)), OWN)
    assert (found.missing, found.unknown) == (0, 0)
    assert np.array_equal(found.predictions.members[0].test.logits, vendor().members[0].test.logits)


def test_names_that_two_images_share_find_none() -> None:
    twice = vendor(
        lambda part: renamed(part, lambda s: "a/image0" if s == "image1" else "b/image0" if s == "image0" else s)
    )
    found = placed(twice, OWN)
    assert (found.missing, found.unknown) == (2, 2)
    assert {"image0", "image1"}.isdisjoint(found.samples)
    kept = only(OWN, found.samples)
    assert why_not(found.predictions, kept) is None
    assert why_not(found.predictions, OWN) == "it was tested on other cases"


def test_another_truth_in_the_file_is_counted_and_the_runs_stands() -> None:
    wrong = vendor(lambda part: replace(part, truth=np.where(np.arange(60) < 4, (part.truth + 1) % 3, part.truth)))
    found = placed(wrong, OWN)
    assert found.relabelled == 4
    assert np.array_equal(found.predictions.members[0].test.truth, OWN.members[0].test.truth)


def test_what_the_file_calls_validation_is_no_test_case() -> None:
    (member,) = vendor().members
    swapped = RunPredictions("v.csv", MATRIX.classes, [replace(member, test=member.validation, validation=member.test)])
    with pytest.raises(InputError, match="no row is a test image of ours"):
        placed(swapped, OWN)


def test_classes_may_come_in_another_order_but_not_others() -> None:
    turned = vendor().in_order(MATRIX.classes[::-1])
    assert np.array_equal(placed(turned, OWN).predictions.members[0].test.logits, vendor().members[0].test.logits)
    strange = RunPredictions("v.csv", ("x", "y", "z"), vendor().members)
    with pytest.raises(InputError, match="its classes are"):
        placed(strange, OWN)
