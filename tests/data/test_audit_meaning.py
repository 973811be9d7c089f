"""What an audit's findings mean for training."""

from riskcore.data.audit import Audit, Copy, Count, DuplicateSet, Named, SharedGroup
from riskcore.data.audit_meaning import meaning


def audit(**found: object) -> Audit:
    nothing = {"counts": (), "sizes": None, "missing": (), "drop": ()}
    nothing |= {"unreadable": (), "blank": (), "several": (), "exact": (), "near": (), "shared_groups": ()}
    return Audit(name="toy", format="csv", synthetic=False, has_groups=True, **(nothing | found))


def copies(*rows: tuple[str, str]) -> DuplicateSet:
    """Labels and splits."""
    return DuplicateSet(
        "bytes", tuple(Copy(f"{n}.png", label, split, f"g{n}") for n, (label, split) in enumerate(rows))
    )


def test_a_clean_set_has_nothing_to_tell() -> None:
    assert meaning(audit()) == []


def test_each_kind_is_told_once_the_gravest_first() -> None:
    found = meaning(
        audit(
            unreadable=(Named("1.png", "empty"),),
            shared_groups=(SharedGroup("p1", {"train": 3, "test": 1}), SharedGroup("p2", {"train": 1, "test": 1})),
            blank=("2.png", "3.png"),
            several=("4.dcm",),
            exact=(copies(("a", "train"), ("a", "test")), copies(("a", "train"), ("a", "train"))),
            near=(copies(("a", "test"), ("b", "test")), copies(("a", "train"), ("b", "test"))),
        )
    )
    assert [(each.kind, each.weight, each.headline) for each in found] == [
        ("unreadable", "blocks", "1 file cannot be read."),
        ("groups", "blocks", "2 patients, slides or lesions with 6 images in two splits."),
        ("blank", "flatters", "2 images blank or nearly so."),
        ("across", "flatters", "2 pictures with copies in two splits."),
        ("labels", "flatters", "2 pictures under two labels."),
        (
            "within",
            "note",
            "1 picture with copies in one split, 1 of them under different patients, slides or lesions.",
        ),
        ("several", "note", "1 file with several images."),
    ]
    assert all(each.meaning.endswith(".") for each in found)


def test_a_published_part_that_lacks_a_class_is_told_of() -> None:
    counts = [Count("ill", "train", 3, 3), Count("ill", "test", 0, 0), Count("ill", "all", 3, 3)]
    counts += [Count("well", "train", 0, 0), Count("well", "test", 2, 2), Count("well", "all", 2, 2)]
    (found,) = meaning(audit(counts=tuple(counts)))  # that training lacks a class is refused elsewhere
    assert (found.kind, found.weight) == ("lacking", "note")
    assert found.headline == "The published test part holds no image of ill."
    assert "No image of ill in the published test part." in audit(counts=tuple(counts)).text()


def test_an_image_without_a_split_counts_as_a_training_image() -> None:
    (found,) = meaning(audit(near=(copies(("a", ""), ("a", "train")),)))
    assert found.kind == "within"
