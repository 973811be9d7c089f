"""The claims for a recipe as a document, on paper and on the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from riskcore.comparing.bars import Bars
from riskcore.comparing.claims import claims, seed_counts
from riskcore.comparing.paired import RECIPE
from riskcore.config import ModelSettings, TrainSettings, validated
from riskcore.decision.judged_run import fit_matrix
from riskcore.errors import InputError
from riskcore.files import write_atomic, write_json
from riskcore.formats import NOTHING, RESEARCH_USE, SYNTHETIC, percent, signed
from riskcore.readers import read_yaml
from riskcore.reports.markdown import markdown_table
from riskcore.runs import results
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix

BARS = {
    "usual": "against the likeliest class of `usual`",
    "plain": "against `plain` with its dial, at the same place",
    "harmless": "nothing else worse than `plain`",
}
NO_BARS = "No bars were given: changes are shown, nothing is claimed (`--bars`)."
NO_PLAIN = "No plain training was given: the bars against it are left out (`--plain`)."
SAME_PLAIN = "`plain` is the run itself: the bars against it are left out, as both sides are the same."
SIDES = ("run", "plain", "usual")
HEADERS = ("claim", "recipe", "the other", "change (95 %)", "claimed", "met?", "shown?", "p")


def method(document: Mapping[str, Any]) -> str:
    """How the table was made, in a few sentences."""
    several = max(document["seeds"], document["usual"]["seeds"]) >= RECIPE
    resampled = "groups and seeds" if several else "groups, not seeds: they speak of these trainings"
    return " ".join(
        [
            "Changes of CER and severity are relative, in per cent; others absolute, in points (of 100).",
            _claimed(document),
            *([] if document["plain"] else [SAME_PLAIN if document["plain_left_out"] else NO_PLAIN]),
            f"Intervals resample {resampled}; every dial is chosen anew in each replicate.",
        ]
    )


def _claimed(document: Mapping[str, Any]) -> str:
    if document["bars"] is None:
        return NO_BARS
    return (
        "Met: the change is on the right side of what is claimed. Shown: beyond chance too, with p corrected for all "
        "claims (Holm)."
    )


def read_bars(path: Path) -> Bars:
    """What has to be shown, from a YAML file. InputError with one line when it is not valid."""
    return validated(Bars, read_yaml(path))


def judge(
    store: RunStore,
    run: str,
    usual: str,
    plain: str | None = None,
    matrix: SeverityMatrix | None = None,
    *,
    bars: Bars | None = None,
    average: bool = False,
    usual_apart: bool = False,
) -> dict[str, Any]:
    """What `riskcore claims --json` gives.

    Args:
        store: where the runs are.
        run, usual, plain: ids of finished runs or pools; without `plain`, or where it is `run`, nothing is compared
            with it.
        matrix: another one than `run`'s own.
        bars: what has to be shown; default: nothing is claimed.
        average: judge the seeds of each side as one ensemble; chance is then that of the cases alone.
        usual_apart: leave `usual`'s seeds apart all the same: an ensemble against one network at a time, as people use
            them.

    Raises:
        InputError: an unknown or unfinished run, seeds that cannot be averaged, or as
            `riskcore.comparing.claims.claims` raises it.
    """
    same = plain is not None and _same(store, run, plain)
    ids = {"run": run} | ({} if plain is None or same else {"plain": plain}) | {"usual": usual}
    sides = {name: results.predictions(store, id) for name, id in ids.items()}
    joined = {name: average and not (name == "usual" and usual_apart) for name in ids}
    networks = {name: len(side.seeds) if joined[name] else 1 for name, side in sides.items()}
    if len({networks[name] for name in ids if joined[name]}) > 1:
        raise InputError(
            f"{seed_counts(list(sides.values()))}; ensembles are compared with ensembles of as many networks."
        )
    judged = {name: side.averaged() if joined[name] else side for name, side in sides.items()}
    ours = judged["run"]
    fitted = fit_matrix(matrix or results.own_matrix(store, run), ours.classes)
    found = [claim.as_dict() for claim in claims(ours, judged["usual"], fitted, plain=judged.get("plain"), bars=bars)]
    one_seed = [member.test.truth for member in ours.members if member.seed == ours.seeds[0]]
    own = {
        name: _side(store, id) | {"averaged": networks[name], "seeds": len(judged[name].seeds)}
        for name, id in ids.items()
    }
    return {
        **{name: own.get(name) for name in SIDES},
        "plain_left_out": same,
        "bars": None if bars is None else bars.model_dump(mode="json"),
        "data": store.resolve(run)[0].data,
        "synthetic": results.synthetic(results.finished(store, run)),
        "n": found[0]["change"]["n"],
        "groups": found[0]["change"]["groups"],
        "critical_cases": int(fitted.critical_classes[np.concatenate(one_seed)].sum()),
        "seeds": len(ours.seeds),
        "claims": found,
    }


def _same(store: RunStore, *ids: str) -> bool:
    """Whether ids name the same finished runs."""
    return len({tuple(sorted(run.id for run in results.finished(store, id))) for id in ids}) == 1


def _side(store: RunStore, id: str) -> dict[str, Any]:
    runs = results.finished(store, id)
    config = runs[0].config
    return {
        "id": results.shown_id(id, runs),
        "loss": runs[0].loss,
        "model": ModelSettings.model_validate(config["model"]).model_dump(mode="json", exclude_defaults=True),
        "train": TrainSettings.model_validate(config["train"]).changed(config["model"]["name"]),
    }


def write(document: Mapping[str, Any], folder: Path) -> None:
    """Write claims.md and claims.json. RunError when the folder cannot be written."""
    write_atomic(folder / "claims.md", markdown(document))
    write_json(folder / "claims.json", document)


def rows(claims: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """One line a claim, a line of one cell before each bar."""
    lines: list[list[str]] = []
    for heading, own in _by_bar(claims):
        lines.append([heading])
        lines += [_row(claim) for claim in own]
    return lines


def _by_bar(claims: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Heading and claims of each bar that was tested."""
    for bar, heading in BARS.items():
        if own := [claim for claim in claims if claim["bar"] == bar]:
            yield heading, own


def _row(claim: Mapping[str, Any]) -> list[str]:
    change, answers = claim["change"], {True: "yes", False: "no", None: NOTHING}
    return [
        claim["measure"],
        _value(claim, claim["ours"]),
        _value(claim, claim["theirs"]),
        f"{signed(change['value'])} ({signed(change['low'])} to {signed(change['high'])})",
        NOTHING if claim["bound"] is None else f"{'>' if claim['above'] else '<'} {signed(claim['bound'])}",
        answers[claim["met"]],
        answers[claim["shown"]],
        NOTHING if claim["p_value"] is None else f"{claim['p_value']:.3f}",
    ]


def _value(claim: Mapping[str, Any], value: float) -> str:
    return f"{value:.2f}" if "severity" in claim["measure"] else f"{100 * value:.1f}"


def remarks(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stands beside the claims: over-calls, and accuracies where they are not the claim itself."""
    lines = []
    for claim in claims:
        beside = claim["beside"]
        if not beside:
            continue
        pairs = [
            f"{words} {percent(beside[name])} against {percent(beside[f'their_{name}'])}"
            for name, words in (("over_call_rate", "over-calls"), ("accuracy", "accuracy"))
            if name in beside
        ]
        if claim["same_place"] is False:
            pairs.append("which is not the same place")
        lines.append(f"{claim['measure']} ({claim['bar']}): {', '.join(pairs)}.")
    return lines


def cases(document: Mapping[str, Any]) -> str:
    """On what the claims were tested."""
    seeds = f"{document['seeds']} seed{'' if document['seeds'] == 1 else 's'}"
    return (
        f"{document['data']}: {document['n']:,} test cases, {document['groups']:,} groups, "
        f"{document['critical_cases']:,} cases of critical classes; {seeds}."
    )


def sides(document: Mapping[str, Any]) -> list[str]:
    """What stands against what: a line each for the recipe, plain training and the usual way."""
    lines = []
    for side in SIDES:
        own = document[side]
        if own is None:
            continue
        settings = ", ".join(f"{name} {value}" for name, value in (own["model"] | own["train"]).items())
        several = f", {own['averaged']} seeds averaged" if own["averaged"] > 1 else ""
        if own["seeds"] != document["seeds"]:
            several = f", {own['seeds']} seeds, one network at a time"
        lines.append(f"`{side}`: {own['loss']} ({own['id']}), {settings}{several}")
    return lines


def markdown(document: Mapping[str, Any]) -> str:
    """The claims as a file: which recipes, on which cases, and what came out."""
    lines = [f"# Claims for {document['run']['id']}", ""]
    if document["synthetic"]:
        lines += [SYNTHETIC, ""]
    lines += [f"{cases(document)} {method(document)} {RESEARCH_USE}", ""]
    lines += [f"- {line}" for line in sides(document)]
    lines.append("")
    for heading, own in _by_bar(document["claims"]):
        lines += [f"## {heading[0].upper()}{heading[1:]}", "", *markdown_table(HEADERS, list(map(_row, own))), ""]
        lines += [f"- {text}" for text in remarks(own)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
