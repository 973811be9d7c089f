"""Mutated files against the loaders: only riskcore's own errors leave, in one line, in bounded time and memory.

Images are mutations of the DICOM files that pydicom carries, of files that Pillow writes in many modes and, where
`RISKCORE_TEST_DATA` names a folder of data sets, of real ones. A decoder that ends its process is found, too. Documents
are mutations of what riskcore itself reads: matrices, settings, tables, the files of runs, bundles and data sets.
"""

import json
import multiprocessing
import os
import random
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from pydicom.data import get_testdata_files

from riskcore.config import RunConfig
from riskcore.data.images import count_frames, decode
from riskcore.data.manifest import register
from riskcore.data.registry import load_dataset, save_dataset
from riskcore.data.synthetic import write_synthetic
from riskcore.decision.calibration import Calibration
from riskcore.decision.dial import Dial
from riskcore.errors import InputError, RunError
from riskcore.judging.foreign import read_foreign
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.bundle import Bundle, describe
from riskcore.readers import read_csv, read_json, read_yaml
from riskcore.runs.folder import Run
from riskcore.runs.store import RunStore
from riskcore.severity import SeverityMatrix
from riskcore.workspace import Workspace

PROCESSES, CHUNK = 2, 500
LARGEST = 400_000
"""Bytes; larger samples are left out, as their mutations would mostly fall into the pixels."""


@dataclass
class Outcome:
    """What became of some mutations."""

    read: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    peak_mb: float = 0.0

    def add(self, other: "Outcome") -> None:
        self.read += other.read
        self.refused += other.refused
        self.faults += other.faults
        self.slowest = max(self.slowest, other.slowest)
        self.peak_mb = max(self.peak_mb, other.peak_mb)


def attack(what: str, number: int, folder: Path, seed: int = 0) -> list[str]:
    """So many mutations of `what`, "images" or "documents"; prints a table and returns the faults, one line each."""
    context = multiprocessing.get_context("spawn")
    chunks = [(what, seed, start, min(CHUNK, number - start), folder) for start in range(0, number, CHUNK)]
    total, begun = Outcome(), time.monotonic()
    with ProcessPoolExecutor(PROCESSES, context) as pool:
        for done, answer in enumerate(as_completed([pool.submit(_chunk, chunk) for chunk in chunks]), start=1):
            try:
                total.add(answer.result())
            except BrokenProcessPool:
                last = [path.name for own in folder.iterdir() if own.is_dir() for path in _newest(own)]
                return [f"a decoder ended its process at one of: {', '.join(last)}"]
            print(f"  {min(done * CHUNK, number):,} of {number:,} {what}", end="\r", file=sys.stderr, flush=True)
    seconds, slowest = total.slowest
    print(f"{number:,} mutated {what} in {time.monotonic() - begun:.0f} s:")
    print(f"  {total.read:>8,}  read,  {total.refused:,} refused in one line")
    print(f"  {seconds:>8.2f}  seconds for the slowest ({slowest}); peak {total.peak_mb:.0f} MB above the process")
    return [f"{fault} ({count} times)" for fault, count in Counter(total.faults).most_common()]


def _newest(folder: Path) -> list[Path]:
    return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[-1:]


def _chunk(job: tuple[str, int, int, int, Path]) -> Outcome:
    what, seed, start, number, folder = job
    samples = _samples(what)
    assert len(samples) >= 10, "there is nothing to mutate"
    own = folder / str(multiprocessing.current_process().pid)
    own.mkdir(exist_ok=True)
    outcome, before = Outcome(), _peak_mb()
    for place in range(start, start + number):
        chance = random.Random(f"{seed} {place}")
        name, data, read = samples[place % len(samples)]
        _one(outcome, name, mutated(data, chance), read, own / name)
    outcome.peak_mb = _peak_mb() - before
    return outcome


@cache
def _samples(what: str) -> list[tuple[str, bytes, Callable[[Path], object]]]:
    return list(_images() if what == "images" else _documents())


def _one(outcome: Outcome, name: str, data: bytes, read: Callable[[Path], object], path: Path) -> None:
    path.write_bytes(data)
    begun = time.monotonic()
    try:
        read(path)
        outcome.read += 1
    except (InputError, RunError) as error:
        outcome.refused += 1
        said = str(error)
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in said):
            outcome.faults.append(f"{name}: a message holds a control character")
    except Exception as error:
        outcome.faults.append(f"{name}: {type(error).__name__} leaves: {' '.join(str(error).split())[:80]}")
    outcome.slowest = max(outcome.slowest, (time.monotonic() - begun, name))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file with a fault or several: flipped bits, runs of bytes set, cut, doubled or moved, numbers made extreme."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 8))):
        if not changed:
            break
        # Half of the faults fall into the first 600 bytes, where headers are.
        place = chance.randrange(min(len(changed), 600) if chance.random() < 0.5 else len(changed))
        length = chance.choice((1, 2, 4, 16, 200))
        match chance.randrange(8):
            case 0:
                changed[place] ^= 1 << chance.randrange(8)
            case 1:
                changed[place : place + length] = bytes(chance.randrange(256) for _ in range(length))
            case 2:
                changed[place : place + length] = chance.choice((b"\x00", b"\xff", b"\x7f", b"\x1b")) * length
            case 3:
                del changed[place : place + length]
            case 4:
                changed[place:place] = changed[place : place + length] * chance.choice((1, 1, 50))
            case 5:
                del changed[place:]
            case 6:
                other = chance.randrange(len(changed))
                changed[place : place + length] = changed[other : other + length]
            case 7:
                changed[place:place] = chance.choice(PIECES)
    return bytes(changed)


PIECES = (
    *(b"\xef\xbb\xbf", b"\r\n", b"\t", b";", b"=1+1", b"\x1b[31m", b"\xe2\x80\xae", b'"\\ud800"'),
    *(b"NaN", b"1e400", b"-1", b"9" * 5000, b"null", b"true", b"2024-99-99", b"[" * 3000, b"{" * 3000),
    *(b"&a [*a, *a]", b"<<: *a", b"!!python/object:os.system"),
)
"""What trips readers of text."""


def _peak_mb() -> float:
    """The most memory that this process has held; not `ru_maxrss`, which counts what came before exec, too."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e3


def _images() -> Iterator[tuple[str, bytes, Callable[[Path], object]]]:
    drawn = np.random.default_rng(0).integers(0, 256, (48, 64, 4), dtype=np.uint8)
    if real := os.environ.get("RISKCORE_TEST_DATA"):
        for folder in sorted(path for path in Path(real).iterdir() if path.is_dir()):
            for suffix in (".jpg", ".png", ".tif"):
                small = (file for file in sorted(folder.rglob(f"*{suffix}")) if file.stat().st_size <= LARGEST)
                for file in islice(small, 3):
                    yield file.name, file.read_bytes(), decode
                    drawn[..., :3] = np.asarray(Image.open(file).convert("RGB").resize((64, 48)))
    modes = {
        "PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
        "JPEG": ("RGB", "L", "CMYK"),
        "TIFF": ("RGB", "RGBA", "L", "I;16", "F", "CMYK", "LAB", "1"),
        "BMP": ("RGB", "L", "P"),
        "GIF": ("RGB", "L", "P"),
        "WEBP": ("RGB", "RGBA"),
    }
    pages = [Image.fromarray(drawn[..., :3]).rotate(turn) for turn in (0, 90, 180)]
    for kind in ("TIFF", "GIF", "WEBP"):
        stream = BytesIO()
        pages[0].save(stream, kind, save_all=True, append_images=pages[1:])
        yield f"three.{kind.lower()}", stream.getvalue(), decode
        yield f"counted.{kind.lower()}", stream.getvalue(), count_frames
    for kind, names in modes.items():
        for mode in names:
            if mode == "I;16":
                image = Image.fromarray(drawn[..., 0].astype(np.uint16) * 257)
            elif mode == "F":
                image = Image.fromarray(drawn[..., 0].astype(np.float32))
            else:
                image = Image.fromarray(drawn).convert("RGB").convert(mode)
            stream = BytesIO()
            image.save(stream, kind)
            yield f"{mode.replace(';', '')}.{kind.lower()}", stream.getvalue(), decode
    for file in map(Path, get_testdata_files("*.dcm")):
        if file.stat().st_size <= LARGEST:
            yield file.name, file.read_bytes(), decode


def _documents() -> Iterator[tuple[str, bytes, Callable[[Path], object]]]:
    matrix = SeverityMatrix.preset("demo")
    header = "," + ",".join(matrix.classes)
    rows = [f"{name}," + ",".join(map(str, row)) for name, row in zip(matrix.classes, matrix.values, strict=True)]
    settings = b"data: {name: isic2018, folds: 5}\nmatrix: isic2018\nloss: {form: margin, strength: 1}\nseed: 3\n"
    cases = "sample,truth,naevus,melanoma\n" + "".join(f"{case}.png,naevus,0.9,0.1\n" for case in range(20))
    two = SeverityMatrix(["naevus", "melanoma"], [[0, 2], [10, 0]])
    yield "matrix.json", matrix.to_json().encode(), SeverityMatrix.load
    yield "matrix.csv", "\n".join([header, *rows]).encode(), SeverityMatrix.load
    yield "training.yaml", settings, lambda path: RunConfig.build(read_yaml(path))
    yield "settings.yaml", settings, read_yaml
    yield "record.json", matrix.to_json().encode(), read_json
    yield "table.csv", b"sample,truth,group\na.png,naevus,p1\nb.png,melanoma,p2\n" * 3, read_csv
    yield "predictions.csv", cases.encode(), lambda path: read_foreign(path, two)
    with TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        manifest = register("lesions", write_synthetic(Path(folder) / "images", images=10, size=16))
        saved = save_dataset(workspace, manifest).read_bytes()
        run = RunStore(workspace).create({"seed": 0}, data="lesions", matrix="demo", model="resnet18", loss="ce")
        record = (run.folder / "run.json").read_bytes()
        run.append_metrics({"kind": "epoch", "epoch": 1, "epochs": 1, "train_loss": 0.5})
        lines = (run.folder / "metrics.jsonl").read_bytes() * 3
        described = _bundle(Path(folder), matrix)
    yield "lesions.json", saved, lambda path: load_dataset(workspace, path)
    yield "run.json", record, lambda path: Run(path.parent)
    yield "metrics.jsonl", lines, lambda path: Run(path.parent, json.loads(record)).metrics()
    yield "bundle.json", described, lambda path: Bundle.load(path.parent)


def _bundle(folder: Path, matrix: SeverityMatrix) -> bytes:
    Bundle(
        classes=matrix.classes,
        matrix=matrix,
        model="resnet18",
        stages=0,
        preprocessing=describe(Preprocessing(32, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "bicubic")),
        calibration=Calibration.identity(len(matrix.classes)),
        dial=Dial("severity", 0.5),
        provenance={"run": "r", "data": "lesions", "synthetic": True},
    ).save(folder)
    return (folder / "bundle.json").read_bytes()
