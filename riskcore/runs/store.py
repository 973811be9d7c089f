"""The run store: create, list, find, order, stop, delete and restore runs.

The truth is the runs' folders (`riskcore.runs.folder`); the index (`riskcore.runs.index`) makes listing fast.
"""

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from riskcore.errors import InputError, nearest
from riskcore.files import TEMPORARY, disk_full_is_clear, is_locked, remove_all, write_atomic, write_json
from riskcore.runs import heart
from riskcore.runs import index as run_index
from riskcore.runs.annotations import ANNOTATION, annotate, read_annotation
from riskcore.runs.folder import Run, now
from riskcore.runs.ids import POOL, label_of, new_id, pool_id
from riskcore.runs.record import SCHEMA, STATES, State
from riskcore.runs.unread import UnreadRun
from riskcore.workspace import Workspace

_SECOND = 1_000_000_000

Runs = list[Run]
Unread = list[UnreadRun]
Names = list[str]


class RunStore:
    """The runs of a workspace.

    Example:
        >>> import tempfile
        >>> store = RunStore(Workspace(Path(tempfile.mkdtemp())))
        >>> labels = {"data": "isic2018", "matrix": "isic2018", "model": "resnet18", "loss": "log_harm s=3"}
        >>> run = store.create({"seed": 3, "fold": 2}, **labels)
        >>> run.state, run.id[15:-5]
        ('queued', '-isic2018-log_harm-s3-k2')
        >>> store.list(state="queued")[0].id == run.id
        True
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def create(
        self,
        config: Mapping[str, Any],
        *,
        data: str,
        matrix: str,
        model: str,
        loss: str,
        fingerprint: str = "",
        files: Mapping[str, str] | None = None,
    ) -> Run:
        """Put a new run at the end of the queue; its folder appears complete or not at all.

        Args:
            config: every setting, JSON-ready; `seed` and `fold` are what the members of a pool may differ in.
            data, matrix, model, loss: what lists show.
            fingerprint: hash of the *content* behind names in `config`, e.g. matrix and data set: runs join a
                pool only if it is the same.
            files: more files of the folder, name -> text, e.g. the matrix.

        Raises:
            RunError: the folder cannot be written, e.g. on a full disk; nothing is left over.
        """
        seed, fold = config.get("seed", 0), config.get("fold")
        label = label_of(data, loss)
        suffix = f"-s{seed}" if fold is None else f"-s{seed}-k{fold}"
        while (folder := self.workspace.runs / new_id(label + suffix)).exists():
            pass
        record = {
            "schema": SCHEMA,
            "id": folder.name,
            "created": now(),
            "data": data,
            "matrix": matrix,
            "model": model,
            "loss": loss,
            "seed": seed,
            "fold": fold,
            "pool": pool_id(config, data=data, loss=loss, fingerprint=fingerprint),
            "state": "queued",
            "order": time.time_ns(),
            "claims": 0,
            "owner": None,
            "error": None,
            "progress": None,
            "result": None,
            "timings": {},
            "config": dict(config),
        }
        temporary = self.workspace.runs / f"{TEMPORARY}{folder.name}"
        try:
            for file, text in (files or {}).items():
                write_atomic(temporary / file, text)
            write_json(temporary / "run.json", record)
            with disk_full_is_clear(folder):
                temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return Run(folder, record)

    def list(
        self,
        *,
        state: State | None = None,
        data: str | None = None,
        pool: str | None = None,
        tag: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Runs:
        """Runs in the state as found, newest first; `limit` of them after `offset`.

        Raises:
            InputError: there is no such state.
        """
        if state is not None and state not in STATES:
            raise InputError(f"Expected a state out of {', '.join(STATES)}, but got {state!r}.")
        found_out = state in ("running", "interrupted")  # which of the two, only the folder tells
        states = () if state is None else ("running",) if found_out else (state,)
        rows = run_index.select(
            self.workspace.index,
            self.workspace.runs,
            states=states,
            data=data,
            pool=pool,
            tag=tag,
            limit=None if found_out else limit,
            offset=0 if found_out else offset,
        )
        runs = self._found(rows)
        if state is not None:
            runs = [run for run in runs if run.state == state]
        return runs[offset : None if limit is None else offset + limit] if found_out else runs

    def page(
        self,
        *,
        state: State | None = None,
        data: str | None = None,
        text: str = "",
        tag: str | None = None,
        named: run_index.Named = lambda record: "",
        limit: int,
        offset: int = 0,
    ) -> Runs:
        """A page of the runs for looking at: what runs, what is queued in its order, then the newest first.

        Args:
            state: keep the runs found in this state.
            data: keep the runs of this data set.
            text: keep the runs in whose id, data set, matrix, backbone, loss or annotation each of these words occurs.
            tag: keep the runs with this tag.
            named: what else the run of a record is called, for `text`.
            limit, offset: how many, after how many.
        """
        rows = run_index.page(
            self.workspace.index,
            self.workspace.runs,
            self._living,
            state=state,
            data=data,
            text=text,
            tag=tag,
            named=named,
            limit=limit,
            offset=offset,
        )
        return self._found(rows)

    def counts(
        self,
        *,
        data: str | None = None,
        text: str = "",
        tag: str | None = None,
        named: run_index.Named = lambda record: "",
    ) -> dict[State, int]:
        """How many runs are in each state as found, of those that `page` lists with the same arguments."""
        wanted: dict[str, Any] = {"data": data, "text": text, "tag": tag, "named": named}
        found = run_index.counts(self.workspace.index, self.workspace.runs, self._living, **wanted)
        return {state: found.get(state, 0) for state in STATES}

    def version(self) -> str:
        """A text that is another one when a run comes or goes, is annotated or changes its state.

        What is written into a file again and again while a run trains, such as its metrics, does not count.
        """
        return run_index.version(self.workspace.runs)

    def unread(self) -> Unread:
        """The runs whose run.json cannot be read, the newest first; no other method lists them."""
        names = run_index.unread(self.workspace.index, self.workspace.runs)
        return _unread(self.workspace.runs / name for name in names)

    def data_names(self) -> Names:
        """The data sets that runs were trained on, sorted."""
        return run_index.data_names(self.workspace.index, self.workspace.runs)

    def tags(self) -> Names:
        """The tags that runs have, sorted."""
        runs = self.workspace.runs
        written = [name for name in _names(runs) if os.path.exists(f"{runs}/{name}/{ANNOTATION}")]
        return sorted({tag for name in written for tag in read_annotation(runs / name).tags})

    def _found(self, rows: Iterable[tuple[str, dict[str, Any]]]) -> Runs:
        folder, runs, found = self.workspace.runs, [], list(rows)
        heart.look(folder / name for name, record in found if record["state"] == "running")
        for name, record in found:
            with suppress(InputError):  # deleted or damaged since
                runs.append(Run(folder / name, record))
        return runs

    def _living(self, rows: Iterable[tuple[str, dict[str, Any]]]) -> Names:
        return [run.id for run in self._found(rows) if run.state == "running"]

    def queue(self) -> Runs:
        """The queued runs, in the order in which workers take them."""
        return sorted(self.list(state="queued"), key=lambda run: (run.order, run.id))

    def get(self, id: str) -> Run:
        """A run by its id or the only one that starts so.

        Raises:
            InputError: there is none, several start so, or it is in the trash.
        """
        return Run(self.workspace.runs / self._full_id(id, self.workspace.runs))

    def resolve(self, id: str) -> Runs:
        """The runs behind an id: one run, or every member of a pool whatever its state, by seed and fold.

        Raises:
            InputError: there is none of that id.
        """
        if not id.startswith(POOL):
            return [self.get(id)]
        if members := self.pools().get(id):
            return members
        raise InputError(f"No pool {id!r}: {nearest(id, self.pools())}")

    def pools(self) -> dict[str, Runs]:
        """Pool id -> its member runs by seed and fold; the pool of the newest run comes first."""
        pools: dict[str, Runs] = {}
        for run in self.list():
            pools.setdefault(run.pool, []).append(run)
        for members in pools.values():
            members.sort(key=lambda run: (run.seed, -1 if run.fold is None else run.fold, run.id))
        return pools

    def annotate(
        self,
        id: str,
        *,
        name: str | None = None,
        note: str | None = None,
        add: Iterable[str] = (),
        remove: Iterable[str] = (),
    ) -> Runs:
        """Write a name, a note or tags on a run or on every member of a pool, in any state; returns the runs.

        Arguments and errors as of `riskcore.runs.annotations.annotate`; InputError also where there is no such run.
        """
        runs, add, remove = self.resolve(id), list(add), list(remove)
        for run in runs:
            annotate(run.folder, name=name, note=note, add=add, remove=remove)
        return runs

    def stop(self, id: str) -> Run:
        """Ask a running run to save and stop; its owner does so at the next step. Others: InputError."""
        run = self.get(id)
        run.expect("stopped", "running")
        with disk_full_is_clear(run.folder / "stop"):
            (run.folder / "stop").touch()
        return run

    def cancel(self, id: str) -> Run:
        """Take a queued run out of the queue: it is *stopped* and can be resumed. Others: InputError."""
        run = self.get(id)
        with run.hold("cancelled", "queued"):
            run.change("stopped")
        return run

    def requeue(self, id: str) -> Run:
        """Put a stopped or interrupted run (its checkpoint stays) back into the queue. Others: InputError."""
        run = self.get(id)
        run.requeue()
        return run

    def move(self, id: str, place: str) -> Run:
        """Move a queued run to the "first" or "last" place, one place "up" or "down", or before another one (its id).

        Raises:
            InputError: one of the two is not queued.
        """
        run = self.get(id)
        run.expect("moved", "queued")
        queue = self.queue()
        if place in ("up", "down"):
            place = _neighbour(place, run.id, [other.id for other in queue])
        queue = [other for other in queue if other.id != run.id]
        if place == "last" or not queue:
            order = time.time_ns()
        elif place == "first":
            order = queue[0].order - _SECOND
        else:
            order = self._room_before(self.get(place), queue)
        run.reorder(order)
        return run

    def delete(self, id: str) -> Run | UnreadRun:
        """Move a run, damaged or not, into the workspace's trash; a queued one is cancelled first.

        Raises:
            InputError: it is running, or there is none.
        """
        name = self._full_id(id, self.workspace.runs)
        if unread := UnreadRun.of(self.workspace.runs / name):
            return self._delete_unread(unread)
        run = self.get(name)
        if run.state == "running":
            raise InputError(f"Run {run.id} is running: stop it before it is deleted.")
        with run.hold("deleted", *STATES):
            if run.state == "queued":
                run.change("stopped")
            self._rename(run.folder, self.workspace.trash / run.id)
        return Run(self.workspace.trash / run.id)

    def _delete_unread(self, run: UnreadRun) -> UnreadRun:
        if is_locked(run.folder / heart.LOCK):
            raise InputError(f"Run {run.id} is in use by another process; wait for its end before it is deleted.")
        target = self.workspace.trash / run.id
        self._rename(run.folder, target)
        return UnreadRun.of(target) or run

    def trashed(self, limit: int | None = None) -> Runs:
        """The runs in the trash, newest first; at most `limit` of them."""
        runs: Runs = []
        for name in sorted(_ids(self.workspace.trash), reverse=True):
            if limit is not None and len(runs) == limit:
                break
            with suppress(InputError):  # damaged
                runs.append(Run(self.workspace.trash / name))
        return runs

    def trashed_unread(self) -> Unread:
        """The runs in the trash whose run.json cannot be read, newest first."""
        return _unread(self.workspace.trash / name for name in sorted(_ids(self.workspace.trash), reverse=True))

    def trash_count(self) -> int:
        """How many runs are in the trash."""
        return len(_ids(self.workspace.trash))

    def restore(self, id: str) -> Run | UnreadRun:
        """Bring a run, damaged or not, back from the trash. InputError when it is not there."""
        name = self._full_id(id, self.workspace.trash)
        target = self.workspace.runs / name
        self._rename(self.workspace.trash / name, target)
        return UnreadRun.of(target) or Run(target)

    def empty_trash(self) -> int:
        """Remove the runs in the trash for good and return how many there were.

        Each is renamed first: a kill in the midst leaves no half run, only what the next emptying, or a worker a day
        later, removes unasked.

        Raises:
            RunError: something in one cannot be removed; what is left of it stays in the trash, the others are gone.
        """
        names = _ids(self.workspace.trash)
        remove_all(self.workspace.trash, names)
        return len(names)

    def _full_id(self, id: str, folder: Path) -> str:
        if Path(id).name == id and os.path.exists(folder / id / "run.json"):
            return id
        known = _ids(folder)
        matches = [name for name in known if id and name.startswith(id)]
        if len(matches) == 1:
            return matches[0]
        where = " in the trash" if folder == self.workspace.trash else ""
        if matches:
            shown = ", ".join(sorted(matches)[:5])
            raise InputError(f"{id!r} names {len(matches)} runs{where}: {shown}; write more of it.")
        if not where and id in _ids(self.workspace.trash):
            raise InputError(f"Run {id} is in the trash: restore it first.")
        raise InputError(f"No run {id!r}{where}: {nearest(id, known)}")

    def _room_before(self, target: Run, queue: Runs) -> int:
        """An order between the target and the run ahead of it; those ahead make room when there is none."""
        target.expect("moved before", "queued")
        place = [other.id for other in queue].index(target.id)
        if place == 0:
            return target.order - _SECOND
        between = (queue[place - 1].order + target.order) // 2
        if between > queue[place - 1].order:
            return between
        for ahead in queue[:place]:
            ahead.reorder(ahead.order - 2 * _SECOND)
        return target.order - _SECOND

    def _rename(self, source: Path, target: Path) -> None:
        with disk_full_is_clear(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)


def _neighbour(direction: str, id: str, queue: list[str]) -> str:
    """The place one up or down in the queue, as `RunStore.move` takes it; what is at its end stays there."""
    if id not in queue:  # begun since: the caller finds out
        return "last"
    position = queue.index(id)
    if direction == "up":
        return queue[position - 1] if position else "first"
    return queue[position + 2] if position + 2 < len(queue) else "last"


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except FileNotFoundError:
        return []


def _ids(folder: Path) -> list[str]:
    return [name for name in _names(folder) if run_index.is_run(folder / name)]


def _unread(folders: Iterable[Path]) -> list[UnreadRun]:
    return [found for folder in folders if (found := UnreadRun.of(folder)) is not None]
