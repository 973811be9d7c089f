"""The tour of the dashboard: on which run it is given, and whether this workspace's users have seen it."""

from collections.abc import Sequence

from riskcore.errors import InputError
from riskcore.files import write_json
from riskcore.jobs.demo import NAME
from riskcore.readers import read_json
from riskcore.runs.choices import Choice
from riskcore.workspace import Workspace

_SEEN = "tour_seen"


def tour_run(choices: Sequence[Choice], shown: str | None = None) -> Choice | None:
    """The finished run or pool that the tour shows: the demo's cross-entropy, else the demo's newest, else the newest.

    Args:
        choices: finished ones, the newest first.
        shown: id of the one that a step has shown already; while it is there the tour stays with it.
    """
    stays = next((choice for choice in choices if choice.id == shown), None)
    if stays is not None:
        return stays
    demo = [choice for choice in choices if choice.data == NAME]
    plain = [choice for choice in demo if choice.loss == "ce"]
    return next(iter((*plain, *demo, *choices)), None)


def tour_seen(workspace: Workspace) -> bool:
    """Whether the tour was finished or skipped in this workspace."""
    try:
        return bool(read_json(workspace.root / "settings.json").get(_SEEN))
    except InputError:  # not there, or damaged: the tour is offered once more
        return False


def remember_tour(workspace: Workspace) -> None:
    """Offer the tour no more of its own accord. RunError when that cannot be written."""
    write_json(workspace.root / "settings.json", {_SEEN: True})
