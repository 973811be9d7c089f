"""A search for the loss form and strength that serve a wish best; every trial is a run like any other.

Optuna proposes, the device's worker trains, and `riskcore.judging.score` judges on validation alone: test is left for
the comparison afterwards. What was tried stands in the study's folder of the workspace, so that a search can be
stopped at any time and goes on where it was.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from riskcore.config import FORMS, LossSettings, RunConfig, Settings, validated
from riskcore.decision.judged_run import JudgedRun
from riskcore.decision.operating import Wish
from riskcore.errors import InputError, RunError
from riskcore.files import acquired, disk_full_is_clear, is_locked, mend_lines, write_json
from riskcore.jobs.queue import start_workers, wait
from riskcore.jobs.submit import Plan, check, enqueue
from riskcore.judging.score import frontier_score
from riskcore.progress import OnProgress
from riskcore.readers import read_json
from riskcore.runs.folder import Run
from riskcore.runs.ids import data_label
from riskcore.runs.results import load
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.versions import check_name
from riskcore.workspace import Workspace

if TYPE_CHECKING:
    import optuna

TRIALS = 50
STRENGTHS = (0.1, 30.0)
"""Where strengths are looked for, on a logarithmic scale."""
FIRST_STRENGTH = 3.0
"""Every form is tried at this strength before Optuna proposes anything."""
REFERENCE = LossSettings(form="ce", strength=0.0)
POLL = 0.2  # seconds between two looks at a run
FAILURES = 5
"""After so many trials in a row whose runs failed a search ends: whatever is wrong will not mend itself."""


class Search(Settings):
    """What is searched: the content of ``study.json``.

    Attributes:
        config: settings of every run; its loss is what is looked for.
        content: hash of matrix and data set, so that scores under another content are never mixed with these.
        seeds: runs a trial, with the seeds from `config.seed` on.
        trials: how many there shall be.
    """

    config: RunConfig
    content: str
    seeds: int = Field(default=1, ge=1, le=100)
    trials: int = Field(default=TRIALS, ge=1, le=10_000)

    @classmethod
    def of(cls, plan: Plan, *, seeds: int = 1, trials: int = TRIALS) -> "Search":
        """With the settings of a plan from `riskcore.jobs.submit.check`."""
        return validated(cls, {"config": plan.config, "content": plan.fingerprint, "seeds": seeds, "trials": trials})

    @property
    def name(self) -> str:
        """The same for the same search, however many trials: asking again goes on with it.

        Example:
            >>> config = RunConfig.build({"data": "demo", "matrix": "demo"})
            >>> name = Search(config=config, content="c0ffee").name
            >>> name == Search(config=config, content="c0ffee", trials=9).name
            True
            >>> name == Search(config=config, content="decade").name
            False
        """
        settings = self.config.model_dump(mode="json", exclude={"loss"})
        digest = hashlib.sha256(json.dumps([settings, self.content, self.seeds], sort_keys=True).encode()).hexdigest()
        return f"{data_label(self.config.data.name)}-{digest[:8]}"


@dataclass(frozen=True)
class Trial:
    """One loss that was tried.

    Attributes:
        number: from 0 on; -1 is the reference.
        loss: form and strength.
        state: "failed" where a run did not finish.
        score: `frontier_score`, lower is better; None unless finished.
        runs: ids.
    """

    number: int
    loss: LossSettings
    state: Literal["finished", "running", "failed"]
    score: float | None
    runs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "number": self.number,
            "loss": self.loss.label,
            "form": self.loss.form,
            "strength": self.loss.strength,
            "state": self.state,
            "score": self.score,
            "runs": list(self.runs),
        }


@dataclass(frozen=True)
class Study:
    """What a search has found.

    Attributes:
        search: what was asked for.
        reference: cross-entropy, trained alike; None until it has finished.
        trials: in the order in which they were tried.
    """

    search: Search
    reference: Trial | None
    trials: tuple[Trial, ...]

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The finished trials, the least score first."""
        scored = [(trial.score, trial.number, trial) for trial in self.trials if trial.score is not None]
        return tuple(trial for *_, trial in sorted(scored, key=lambda found: found[:2]))

    @property
    def best(self) -> Trial | None:
        """The finished trial of least score."""
        return next(iter(self.ranked), None)

    def as_dict(self) -> dict[str, Any]:
        """What ``riskcore tune --json`` gives."""
        return {
            "study": self.search.name,
            "wish": self.search.config.wish,
            "wanted": self.search.trials,
            "reference": self.reference and self.reference.as_dict(),
            "best": self.best and self.best.as_dict(),
            "trials": [trial.as_dict() for trial in self.trials],
        }


class SearchStopped(Exception):
    """The search was asked to stop; it goes on when it is started again."""


def prepare(workspace: Workspace, search: Search) -> str:
    """Write a search down, before any of it is done; its name.

    Raises:
        InputError: an unreadable wish, or the search is under way already.
    """
    Wish.parse(search.config.wish)
    folder = _folder(workspace, search.name)
    with disk_full_is_clear(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(workspace, search.name), disk_full_is_clear(folder):
        write_json(folder / "study.json", search.model_dump(mode="json"))
        _stop_file(workspace, search.name).unlink(missing_ok=True)
    return search.name


def request_stop(workspace: Workspace, name: str) -> None:
    """Ask a search to stop after the look it takes next; the run that trains goes on."""
    write_json(_stop_file(workspace, _search(workspace, name).name), {})


def names(workspace: Workspace) -> list[str]:
    """Of all searches, the newest first."""
    files = workspace.studies.glob("*/study.json")
    return [file.parent.name for file in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)]


def study(workspace: Workspace, name: str) -> Study:
    """What a search has found so far.

    Raises:
        InputError: there is no such search.
    """
    search = _search(workspace, name)
    with _journal_is_whole(workspace, name):
        try:
            kept = _optuna().load_study(study_name=name, storage=_storage(workspace, name))
        except KeyError:  # nothing has been begun
            return Study(search, None, ())
        reference = kept.user_attrs.get("reference")
        return Study(
            search,
            Trial(-1, REFERENCE, "finished", reference["score"], tuple(reference["runs"])) if reference else None,
            tuple(_trial(trial) for trial in kept.get_trials(deepcopy=False) if _was_tried(trial)),
        )


def is_running(workspace: Workspace, name: str) -> bool:
    """Whether a process works on a search, here or in a terminal."""
    return is_locked(_folder(workspace, name) / "lock")


def run(workspace: Workspace, name: str, progress: OnProgress = lambda done, total, label: None) -> Study:
    """Try losses until there are as many trials as asked for.

    Args:
        workspace: where runs and study are.
        name: from `prepare`.
        progress: told (trials done, wanted, "trials") now and then; may raise to stop.

    Returns:
        What was found.

    Raises:
        InputError: no such search, or it is under way already.
        RunError: cross-entropy, with which all is compared, could not be trained; trial after trial fails; matrix or
            data set were changed; or the disk is full.
        SearchStopped: `request_stop` said so.
    """
    search = _search(workspace, name)
    with _alone(workspace, name), disk_full_is_clear(_journal(workspace, name)):
        mend_lines(_journal(workspace, name))
        with _journal_is_whole(workspace, name):
            kept = _optuna_study(workspace, name)
            _tidy(kept)
        reference, failures = _reference(workspace, search, kept, progress), 0
        while (done := _count(kept, "COMPLETE")) < search.trials:
            progress(done, search.trials, "trials")
            trial = kept.ask()
            loss = _loss(trial)
            runs = _trained(workspace, search, loss, lambda: progress(done, search.trials, "trials"))
            trial.set_user_attr("runs", [run.id for run in runs])
            if all(run.state == "finished" for run in runs):
                kept.tell(trial, _score(search, runs, reference))
                failures = 0
            else:
                kept.tell(trial, state=_optuna().trial.TrialState.FAIL)
                failures += 1
            if failures == FAILURES:
                raise RunError(
                    f"{name}: the last {failures} trials failed; `riskcore runs list --state failed` names their runs, "
                    "and `riskcore runs show` says why."
                )
    return study(workspace, name)


def _folder(workspace: Workspace, name: str) -> Path:
    check_name(name)
    return workspace.studies / name


def _stop_file(workspace: Workspace, name: str) -> Path:
    return _folder(workspace, name) / "stop"


def _search(workspace: Workspace, name: str) -> Search:
    file = _folder(workspace, name) / "study.json"
    if not file.is_file():
        raise InputError(f"There is no search {name!r}; start it with `riskcore tune TRAINING_FILE`.")
    return validated(Search, read_json(file))


@contextmanager
def _alone(workspace: Workspace, name: str) -> Iterator[None]:
    lock = acquired(_folder(workspace, name) / "lock", 0.2)  # who only looks holds it for a moment
    if lock is None:
        raise InputError(f"The search {name} is under way already; stop it first, or wait.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _journal_is_whole(workspace: Workspace, name: str) -> Iterator[None]:
    """InputError of one line where Optuna's journal holds what it did not write."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        path = _journal(workspace, name)
        raise InputError(f"{path}: damaged; restore it from a copy, or delete its folder to search anew.") from error


def _optuna() -> Any:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _journal(workspace: Workspace, name: str) -> Path:
    return _folder(workspace, name) / "journal.log"


def _storage(workspace: Workspace, name: str) -> "optuna.storages.JournalStorage":
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(_journal(workspace, name))))


def _optuna_study(workspace: Workspace, name: str) -> "optuna.Study":
    optuna, storage = _optuna(), _storage(workspace, name)
    found = optuna.create_study(storage=storage, study_name=name, direction="minimize", load_if_exists=True)
    # Seeded by what is known, so that a search that goes on does not begin with the same proposals again.
    found.sampler = optuna.samplers.TPESampler(seed=len(found.get_trials(deepcopy=False)), multivariate=True)
    return found


def _tidy(kept: "optuna.Study") -> None:
    """At the start: every form is proposed once, and what a killed search had begun is begun again."""
    for trial in kept.get_trials(deepcopy=False):
        if trial.state.name == "RUNNING":
            begun = _proposed(trial)
            if begun:  # before it is called failed: killed in between, it is tried once more, not lost
                kept.enqueue_trial(begun)
            kept.tell(trial.number, state=_optuna().trial.TrialState.FAIL)
    known = {_proposed(trial).get("form") for trial in kept.get_trials(deepcopy=False)}
    for form in FORMS:
        if form not in known:
            kept.enqueue_trial({"form": form, "strength": FIRST_STRENGTH})


def _proposed(trial: "optuna.trial.FrozenTrial") -> dict[str, Any]:
    """What was asked for and what has been suggested so far."""
    return trial.system_attrs.get("fixed_params", {}) | trial.params


def _was_tried(trial: "optuna.trial.FrozenTrial") -> bool:
    """Not those that wait, nor those that were cut short and begun again."""
    return trial.state.name in ("COMPLETE", "RUNNING") or (trial.state.name == "FAIL" and "runs" in trial.user_attrs)


def _loss(trial: "optuna.Trial") -> LossSettings:
    form = trial.suggest_categorical("form", list(FORMS))
    # Rounded, since a run is known by its label; what Optuna proposes lies closer together than what can be told apart.
    return LossSettings(form=form, strength=float(f"{trial.suggest_float('strength', *STRENGTHS, log=True):.3g}"))


def _trial(trial: "optuna.trial.FrozenTrial") -> Trial:
    states: dict[str, Literal["finished", "running", "failed"]] = {"COMPLETE": "finished", "RUNNING": "running"}
    loss = LossSettings(
        form=trial.params.get("form", FORMS[0]), strength=float(f"{trial.params.get('strength', FIRST_STRENGTH):.3g}")
    )
    return Trial(
        trial.number,
        loss,
        states.get(trial.state.name, "failed"),
        trial.value if trial.state.name == "COMPLETE" else None,
        tuple(trial.user_attrs.get("runs", ())),
    )


def _count(kept: "optuna.Study", state: str) -> int:
    return sum(trial.state.name == state for trial in kept.get_trials(deepcopy=False))


def _reference(workspace: Workspace, search: Search, kept: "optuna.Study", progress: OnProgress) -> list[Run]:
    """Cross-entropy's runs; trained unless they are there, so that a deleted one does not end the search for good."""
    known = [workspace.runs / id for id in kept.user_attrs.get("reference", {}).get("runs", ())]
    if known and all(folder.is_dir() for folder in known):
        return [Run(folder) for folder in known]
    runs = _trained(workspace, search, REFERENCE, lambda: progress(0, search.trials, "cross-entropy, the reference"))
    if any(run.state != "finished" for run in runs):
        states = ", ".join(f"{run.id} {run.state}" for run in runs if run.state != "finished")
        raise RunError(
            f"Cross-entropy, with which all is compared, was not trained ({states}); see `riskcore runs log`."
        )
    kept.set_user_attr("reference", {"runs": [run.id for run in runs], "score": _score(search, runs, runs)})
    return runs


def _trained(workspace: Workspace, search: Search, loss: LossSettings, look: Callable[[], None]) -> list[Run]:
    """The runs of one loss, queued and waited for; those that are there already are taken."""
    first = search.config.seed
    configs = [
        search.config.model_copy(update={"loss": loss, "seed": seed}) for seed in range(first, first + search.seeds)
    ]
    plans = check(workspace, configs)
    if any(plan.fingerprint != search.content for plan in plans):
        raise RunError("The matrix or the data set was changed since this search began; start a new one.")
    runs = enqueue(workspace, plans, reuse=True)
    start_workers(workspace)

    def watch(runs: list[Run]) -> None:
        look()
        if _stop_file(workspace, search.name).exists():
            raise SearchStopped

    return wait(RunStore(workspace), [run.id for run in runs], poll=POLL, on_progress=watch)


def _score(search: Search, runs: list[Run], reference: list[Run]) -> float:
    loaded, base = load("trial", runs), load("reference", reference)
    judged = JudgedRun(loaded, SeverityMatrix.load(runs[0].folder / "matrix.json"))
    return frontier_score(judged, base, Wish.parse(search.config.wish))
