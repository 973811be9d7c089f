"""Dividing: groups never divided, shares near the wish, every class in training, published parts kept."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcore.data import adapters
from riskcore.data.manifest import Manifest, register
from riskcore.data.select import narrow
from riskcore.data.splits import assign, check_groups, straddling
from riskcore.errors import InputError


def manifest_of(labels: list[str], groups: list[str] | None = None, **columns: list[object]) -> Manifest:
    table = pd.DataFrame({"sample": [f"{index:05}.png" for index in range(len(labels))], "label": labels, **columns})
    if groups is not None:
        table["group"] = groups
    return Manifest("toy", Path("/data"), "csv", tuple(sorted(set(labels))), table, has_groups=groups is not None)


def clustered(seed: int = 0, groups: int = 300) -> Manifest:
    """Groups of one to six images, mostly of one class, three classes of which one is rare."""
    rng = np.random.default_rng(seed)
    labels: list[str] = []
    names: list[str] = []
    for group in range(groups):
        main = rng.choice(3, p=[0.6, 0.3, 0.1])
        for _ in range(rng.integers(1, 7)):
            labels.append("abc"[main if rng.random() < 0.9 else rng.integers(3)])
            names.append(f"P{group}")
    return manifest_of(labels, names)


def error_of(manifest: Manifest, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        assign(manifest, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def parts_per_group(manifest: Manifest, parts: np.ndarray) -> int:
    return int(pd.Series(parts).groupby(manifest.table["group"].to_numpy()).nunique().max())


def shares(manifest: Manifest, parts: np.ndarray, part: str) -> np.ndarray:
    """Share of each class that stands in a part."""
    size = len(manifest.classes)
    return np.bincount(manifest.targets[parts == part], minlength=size) / np.bincount(manifest.targets)


# --- one division


@pytest.mark.parametrize("seed", range(4))
def test_groups_stay_whole_and_every_class_gets_its_share(seed: int) -> None:
    manifest = clustered(seed)
    parts = assign(manifest, seed=seed)
    assert set(parts) == {"train", "validation", "test"}
    assert parts_per_group(manifest, parts) == 1
    check_groups(manifest, parts)
    np.testing.assert_allclose(shares(manifest, parts, "test"), 0.2, atol=0.03)
    np.testing.assert_allclose(shares(manifest, parts, "validation"), 0.15 * 0.8, atol=0.03)


def test_other_shares() -> None:
    manifest = clustered()
    parts = assign(manifest, validation=0.3, test=0.4)
    np.testing.assert_allclose(shares(manifest, parts, "test"), 0.4, atol=0.03)
    np.testing.assert_allclose(shares(manifest, parts, "validation"), 0.3 * 0.6, atol=0.03)


def test_without_groups_shares_are_exact_to_an_image() -> None:
    manifest = manifest_of(["a"] * 200 + ["b"] * 40 + ["c"] * 20)
    parts = assign(manifest)
    assert [int(((manifest.targets == k) & (parts == "test")).sum()) for k in range(3)] == [40, 8, 4]
    held = [int(((manifest.targets == k) & (parts == "validation")).sum()) for k in range(3)]
    np.testing.assert_allclose(held, [24, 4.8, 2.4], atol=0.5)


def test_the_seed_decides_and_nothing_else_does() -> None:
    manifest = clustered()
    first = assign(manifest, seed=1)
    np.testing.assert_array_equal(first, assign(manifest, seed=1))
    assert (first != assign(manifest, seed=2)).any()
    shuffled = Manifest("other", Path("/else"), "csv", manifest.classes, manifest.table.sample(frac=1, random_state=0))
    np.testing.assert_array_equal(first, assign(shuffled, seed=1))


def test_large_groups_are_not_preferred() -> None:
    """Mean group size in test agrees with the whole, so that validation and test look like training."""
    manifest = clustered(groups=600)
    size = manifest.table.groupby("group")["sample"].transform("size").to_numpy()
    means = [size[assign(manifest, seed=seed) == "test"].mean() for seed in range(10)]
    assert abs(np.mean(means) - size.mean()) < 0.15


def test_a_class_of_one_group_stays_in_training() -> None:
    labels = ["a"] * 20 + ["b"] * 20 + ["c"] * 5
    groups = [f"P{index // 2}" for index in range(40)] + ["P99"] * 5
    manifest = manifest_of(labels, groups)
    for seed in range(20):
        parts = assign(manifest, seed=seed)
        assert set(parts[manifest.targets == 2]) == {"train"}
        assert {"validation", "test"} <= set(parts)


def test_few_large_groups_still_give_every_part() -> None:
    manifest = manifest_of(["a"] * 30 + ["b"] * 30, [f"P{index // 10}" for index in range(60)])
    parts = assign(manifest)
    assert set(parts) == {"train", "validation", "test"}
    assert parts_per_group(manifest, parts) == 1


# --- published parts


def test_published_test_and_validation_are_kept() -> None:
    split = ["test"] * 10 + ["validation"] * 10 + ["train"] * 30 + [""] * 10
    manifest = manifest_of(["a", "b"] * 30, split=split)
    parts = assign(manifest)
    assert (parts == np.array([part or "train" for part in split])).all()


def test_validation_is_cut_from_training_only() -> None:
    manifest = manifest_of(["a", "b"] * 50, split=["test"] * 20 + ["train"] * 80)
    parts = assign(manifest, validation=0.25)
    assert (parts[:20] == "test").all()
    assert (parts == "validation").sum() == 20


def test_test_is_cut_from_training_where_none_is_published() -> None:
    manifest = manifest_of(["a", "b"] * 50, split=["validation"] * 20 + ["train"] * 80)
    parts = assign(manifest)
    assert (parts[:20] == "validation").all()
    assert (parts == "test").sum() == 16
    assert (parts == "validation").sum() == 20


# --- folds


@pytest.mark.parametrize("grouped", [True, False])
def test_folds_cover_every_image_once(grouped: bool) -> None:
    manifest = clustered()
    if not grouped:
        manifest = manifest_of(manifest.table["label"].tolist())
    tested = np.zeros(len(manifest), dtype=int)
    for fold in range(5):
        parts = assign(manifest, folds=5, fold=fold, seed=3)
        assert parts_per_group(manifest, parts) == 1
        tested += parts == "test"
        np.testing.assert_allclose(shares(manifest, parts, "test"), 0.2, atol=0.05)
        np.testing.assert_allclose(shares(manifest, parts, "validation"), 0.15 * 0.8, atol=0.03)
    assert (tested == 1).all()


def test_folds_leave_a_published_test_part_unused() -> None:
    split = ["test"] * 20 + ["validation"] * 10 + ["train"] * 70
    manifest = manifest_of(["a", "b"] * 50, split=split)
    tested = np.zeros(100, dtype=int)
    for fold in range(4):
        parts = assign(manifest, folds=4, fold=fold)
        assert (parts[:20] == "").all()
        assert (parts[20:] != "").all()
        tested += parts == "test"
    assert tested.tolist() == [0] * 20 + [1] * 80


def test_published_folds() -> None:
    fold = [1, 2, 3, -1] * 20
    split = ["train", "train", "train", "test"] * 20
    manifest = manifest_of((["a"] * 4 + ["b"] * 4) * 10, fold=fold, split=split)
    parts = assign(manifest, folds="published", fold=2)
    np.testing.assert_array_equal(parts == "test", np.array(fold) == 2)
    np.testing.assert_array_equal(parts == "", np.array(split) == "test")
    assert (parts == "validation").sum() == 6  # 15 % of 40


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fold": 1}, "toy: fold 1 was given without folds; set folds too."),
        ({"folds": 3, "fold": 3}, "toy: expected fold to be one of 0, 1, 2, but got 3."),
        ({"folds": 3}, "toy: expected fold to be one of 0, 1, 2, but got None."),
        ({"folds": 41, "fold": 0}, "toy: 40 groups allow 2 to 40 folds, but got 41."),
        ({"folds": 1, "fold": 0}, "toy: 40 groups allow 2 to 40 folds, but got 1."),
        ({"folds": 30, "fold": 0}, "toy: no class has 30 images; give fewer folds or add images."),
        ({"folds": "published", "fold": 1}, "toy: the data set has no published folds; give a number of folds."),
    ],
)
def test_wrong_folds(options: dict[str, object], message: str) -> None:
    assert error_of(manifest_of(["a", "b"] * 20), **options) == message


def test_published_fold_that_is_not_there() -> None:
    manifest = manifest_of(["a", "b"] * 20, fold=[1, 1, 4, 4] * 10)
    message = "toy: expected fold to be one of 1, 4, but got 0."
    assert error_of(manifest, folds="published", fold=0) == message


def test_a_class_without_training_images() -> None:
    remedy = "has no training images; add some, merge classes (data.classes=groups) or divide otherwise."
    manifest = manifest_of(["a", "b", "c", "b"] * 5, split=["train", "train", "test", "test"] * 5)
    assert error_of(manifest) == f"toy: class 'c' (5 groups in all) {remedy}"
    labels = ["a", "b"] * 20 + ["c"] * 4
    manifest = manifest_of(labels, [f"P{index}" for index in range(40)] + ["Q"] * 4)
    messages = set()
    for fold in range(4):
        try:
            assign(manifest, folds=4, fold=fold)
        except InputError as error:
            messages.add(str(error))
    assert messages == {f"toy: class 'c' (1 group in all) {remedy}"}
    absent = Manifest("toy", Path("/data"), "csv", ("a", "b", "d"), manifest_of(["a", "b"] * 9).table)
    assert error_of(absent) == f"toy: class 'd' (0 groups in all) {remedy}"


def test_too_few_groups_to_cut_and_no_training_part() -> None:
    manifest = manifest_of(["a"] * 5 + ["b"] * 5, ["P"] * 5 + ["Q"] * 5)
    assert error_of(manifest) == (
        "toy: the training images form too few groups to cut a part off; add images of other groups."
    )
    manifest = manifest_of(["a", "b"] * 5, split=["test"] * 10)
    assert error_of(manifest) == "toy: there are no training images; assign some to the split train."


# --- rare classes


@pytest.mark.parametrize(
    ("seed", "one", "folds"),
    [(0, "da0d3a3afee7", "e7969e1144d1"), (1, "f247573dbcea", "4ca040ba7291"), (2, "667df47aed7f", "9f37dc1c601b")],
)
def test_divisions_that_hold_every_class_are_what_they_were(seed: int, one: str, folds: str) -> None:
    """Published results rest on them; the digests are those of the division before rare classes were looked after."""
    manifest = clustered(seed)
    for options, digest in (({}, one), ({"folds": 5, "fold": 1}, folds)):
        parts = assign(manifest, seed=seed, **options)  # type: ignore[arg-type]
        assert hashlib.sha256("".join(part[:1] for part in parts).encode()).hexdigest()[:12] == digest


@pytest.mark.parametrize("options", [{}, {"folds": 3, "fold": 0}, {"folds": 3, "fold": 2}])
@pytest.mark.parametrize("seed", range(4))
def test_a_class_of_three_patients_stands_in_every_part(seed: int, options: dict[str, int]) -> None:
    random = np.random.default_rng(seed)
    sizes = random.integers(2, 7, 40)
    labels = [label for n, size in enumerate(sizes) for label in ["c" if n < 3 else "ab"[n % 2]] * size]
    manifest = manifest_of(labels, [f"P{n}" for n, size in enumerate(sizes) for _ in range(size)])
    parts = assign(manifest, seed=seed, **options)  # type: ignore[arg-type]
    check_groups(manifest, parts)
    for part in ("train", "validation", "test"):
        assert set(manifest.targets[parts == part]) == {0, 1, 2}, part


# --- groups in two parts


def brute_force(manifest: Manifest, parts: list[str]) -> list[str]:
    order = ["train", "validation", "test"]
    found = []
    rows = list(zip(manifest.table["sample"], manifest.table["group"], parts, strict=True))
    for sample, group, part in rows:
        later = [p for _, g, p in rows if g == group and p and part and order.index(p) > order.index(part)]
        if later:
            found.append(sample)
    return found


def test_straddling_against_brute_force() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        groups = [f"P{group}" for group in rng.integers(0, 12, 30)]
        manifest = manifest_of(["a", "b"] * 15, groups)
        parts = rng.choice(["train", "validation", "test", ""], 30).tolist()
        leaks = straddling(manifest, np.array(parts))
        assert leaks == brute_force(manifest, parts)
        cleaned = np.where(manifest.table["sample"].isin(leaks), "", parts)
        check_groups(manifest, cleaned)


def test_check_groups_names_the_first_few() -> None:
    manifest = manifest_of(["a", "b"] * 7, [f"P{index // 2}" for index in range(14)])
    parts = np.array(["train", "test"] * 7)
    with pytest.raises(InputError) as caught:
        check_groups(manifest, parts)
    assert str(caught.value) == (
        "toy: 7 groups have images in two parts (P0, P1, P2, P3, P4, …), so that results would flatter; "
        "data.drop_leaks=true leaves their 7 images out of the earlier part."
    )
    parts[2:] = ""
    with pytest.raises(InputError, match=r"^toy: 1 group has images in two parts \(P0\), so that"):
        check_groups(manifest, parts)
    parts[0] = ""
    check_groups(manifest, parts)


# --- the real trees


def test_real_isic_by_lesion(real_data: Path) -> None:
    manifest = register("isic", real_data / "isic2018")
    parts = assign(manifest)
    check_groups(manifest, parts)
    np.testing.assert_allclose(shares(manifest, parts, "test"), 0.2, atol=0.02)
    np.testing.assert_allclose(shares(manifest, parts, "validation"), 0.12, atol=0.02)


def test_real_brain_mri_patients_straddle_the_published_split(real_data: Path) -> None:
    manifest = register("brain", real_data / "brain_mri", groups=real_data / "brain_mri_patients.csv")
    parts = assign(manifest)
    assert (parts == "test").sum() == 394
    with pytest.raises(InputError, match=r"^brain: \d+ groups have images in two parts \(cheng-"):
        check_groups(manifest, parts)
    leaks = straddling(manifest, parts)
    cleaned = np.where(manifest.table["sample"].isin(leaks), "", parts)
    check_groups(manifest, cleaned)
    assert (cleaned == "test").sum() == 394


def test_real_breakhis_folds_of_patients(real_data: Path) -> None:
    manifest = register("breakhis", real_data / "breakhis")
    groups = {name: "benign" if index < 4 else "malignant" for index, name in enumerate(manifest.classes)}
    manifest = narrow(manifest, classes=groups, magnifications=("100",))
    tested = np.zeros(len(manifest), dtype=int)
    for fold in range(5):
        parts = assign(manifest, folds=5, fold=fold)
        check_groups(manifest, parts)
        for part in ("train", "validation", "test"):
            assert set(manifest.targets[parts == part]) == {0, 1}
        tested += parts == "test"
    assert (tested == 1).all()


def test_real_sicapv2_published_folds(real_data: Path) -> None:
    listing = adapters.read(real_data / "sicapv2")
    manifest = Manifest("sicap", listing.root, listing.format, listing.classes, listing.table, listing.subgroups)
    for fold, size in ((1, 2487), (2, 2166), (3, 1793), (4, 3513)):
        parts = assign(manifest, folds="published", fold=fold)
        check_groups(manifest, parts)
        assert (parts == "test").sum() == size
        assert (parts == "").sum() == 2122
        assert (parts == "validation").sum() == pytest.approx(0.15 * (9959 - size), rel=0.25)
    assert (assign(manifest) == "test").sum() == 2122
