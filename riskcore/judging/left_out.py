"""Images of another data set that a run does not judge there: of classes left out as asked, and blank ones."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from riskcore.errors import InputError
from riskcore.foreign_text import listed


@dataclass(frozen=True)
class LeftOut:
    """What was left out of judging; each image counts once.

    Attributes:
        classes: name of a class of the other set, left out as asked -> its number of images.
        blank: names of images of the other classes that show nothing, in the order of the data set.
    """

    classes: Mapping[str, int] = field(default_factory=dict)
    blank: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader must know; none where nothing was left out.

        Example:
            >>> for sentence in LeftOut({"SCC": 1200, "UNK": 1}, ("a.png",)).sentences:
            ...     print(sentence)
            Left out as asked: SCC (1,200 images), UNK (1 image).
            Left out: 1 blank image, which `predict` does not judge either (a.png).
        """
        said = []
        if self.classes:
            said.append(f"Left out as asked: {class_counts(self.classes)}.")
        if self.blank:
            number = counted_images(len(self.blank), "blank ")
            said.append(f"Left out: {number}, which `predict` does not judge either ({listed(self.blank)}).")
        return tuple(said)

    def part(self, data: str, split: str) -> str:
        """What the judged part is called where looks at it are counted: without other classes it is another part.

        Example:
            >>> LeftOut().part("clinic", "test"), LeftOut({"UNK": 0, "SCC": 1}).part("clinic", "test")
            ('clinic test', 'clinic test without SCC, UNK')
        """
        without = f" without {', '.join(sorted(self.classes))}" if self.classes else ""
        return f"{data} {split}{without}"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: the numbers and names, and what is said of them; `from_dict` gives the same back."""
        return {**asdict(self), "blank": list(self.blank), "sentences": list(self.sentences)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "LeftOut":
        """What `as_dict` gave; InputError when it is damaged.

        Example:
            >>> found = LeftOut({"SCC": 2}, ("a.png",))
            >>> LeftOut.from_dict(found.as_dict()) == found
            True
        """
        try:
            return cls({str(name): int(images) for name, images in data["classes"].items()}, tuple(data["blank"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"What was left out of an evaluation is damaged ({error}); evaluate it again.") from None


NOTHING_LEFT_OUT = LeftOut()


def class_counts(images: Mapping[str, int]) -> str:
    """Classes with their number of images, for a sentence.

    Example:
        >>> class_counts({"SCC": 12, "UNK": 1})
        'SCC (12 images), UNK (1 image)'
    """
    return listed(f"{name} ({counted_images(number)})" for name, number in images.items())


def counted_images(number: int, kind: str = "") -> str:
    """A number of images in words.

    Example:
        >>> counted_images(1), counted_images(1200, "blank ")
        ('1 image', '1,200 blank images')
    """
    return f"{number:,} {kind}image{'' if number == 1 else 's'}"
