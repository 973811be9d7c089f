"""riskcore evaluate: judge a run, a pool, or any model's predictions."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from riskcore.cli.output import Json, emit, note, progress_bar, workspace
from riskcore.cli.scale import Logits, Percent, scale_of
from riskcore.errors import InputError


def evaluate(
    id: Annotated[str | None, typer.Argument(help="A finished run or pool.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="Instead of a run: any model's predictions (CSV).")] = None,
    data: Annotated[str | None, typer.Option(help="Judge the run on another registered data set.")] = None,
    matrix: Annotated[str | None, typer.Option(help="Another matrix: a saved name, a preset or a file.")] = None,
    aversion: Annotated[float | None, typer.Option(min=0, max=1, help="A fixed dial instead of a wish.")] = None,
    rule: Annotated[str, typer.Option(help="Rule of the fixed dial: severity or critical.")] = "severity",
    wish: Annotated[str, typer.Option(help="What the dial is chosen for on validation.")] = "accuracy_loss=0.01",
    split: Annotated[str | None, typer.Option(help="test or validation; with --data also train or all.")] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option(help="With --data: a class whose images are not judged; repeatable.")
    ] = None,
    prevalence: Annotated[float | None, typer.Option(help="Re-weight to this share of critical classes.")] = None,
    shift_probabilities: Annotated[
        bool, typer.Option("--shift-probabilities", help="Decide for that share, too: on shifted probabilities.")
    ] = False,
    allow_overlap: Annotated[
        bool, typer.Option("--allow-overlap", help="Judge cases that were seen in training or validation all the same.")
    ] = False,
    details: Annotated[
        bool, typer.Option("--details", help="With calibration of the risk, net benefit, tests of subgroups, flow.")
    ] = False,
    percent: Percent = False,
    logits: Logits = False,
    certify: Annotated[
        float | None,
        typer.Option(help="Which cases may be answered with at most this many critical errors per 1,000; see --per."),
    ] = None,
    per: Annotated[
        Literal["answered", "case", "harm", "harm-case"],
        typer.Option(
            help="With --certify: errors per 1,000 answered or per 1,000 cases; harm: mean severity of the same."
        ),
    ] = "answered",
    confidence: Annotated[float | None, typer.Option(help="With --certify; 0.95 unless told otherwise.")] = None,
    on_average: Annotated[
        bool, typer.Option("--on-average", help="With --certify per case: on average instead of with a confidence.")
    ] = False,
    overall_only: Annotated[
        bool, typer.Option("--overall-only", help="With --certify: not for each critical class, too.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="With --certify: in the run's bundle, at its dial; predict then follows it.")
    ] = False,
    json: Json = False,
) -> None:
    """Rates with intervals at argmax and at the dial, the costliest mistakes, and subgroups."""
    from riskcore.cli.printed.evaluation import print_report
    from riskcore.data.registry import load_dataset
    from riskcore.decision.certificate import is_harm
    from riskcore.decision.dial import Dial
    from riskcore.decision.judged_run import JudgedRun
    from riskcore.decision.operating import Wish
    from riskcore.jobs.sealing import keep_rule
    from riskcore.judging import foreign
    from riskcore.judging.certified import certificates
    from riskcore.judging.left_out import NOTHING_LEFT_OUT
    from riskcore.judging.overlap import overlap_of
    from riskcore.judging.report import on_validation, report_on
    from riskcore.learning.bundle import Bundle
    from riskcore.runs import results
    from riskcore.runs.flow import recorded_flow
    from riskcore.runs.looks import Question, record
    from riskcore.runs.store import RunStore
    from riskcore.severity.store import load_matrix
    from riskcore.words.looks import NOT_OF_FILES, looks_words

    if (id is None) == (predictions is None):
        raise InputError("Expected either the id of a run or --predictions FILE.csv.")
    if data is None and split not in (None, "test", "validation"):
        raise InputError(f"Expected --split test or validation, but got {split!r}.")
    if leave_out and data is None:
        raise InputError("--leave-out needs --data, the data set whose classes are left out.")
    if certify is not None and data is not None:
        raise InputError("--certify takes no --data: a certificate is about groups of the run's own data set.")
    if certify is not None and prevalence is not None:
        raise InputError(
            "--certify takes no --prevalence: a certificate holds for the share of critical classes in the certify "
            "part, and at another it is void; leave one of them out."
        )
    if on_average and (certify is None or confidence is not None):
        raise InputError("--on-average needs --certify and takes no --confidence: it has none.")
    if keep and (certify is None or id is None or matrix is not None or aversion is not None):
        raise InputError("--keep needs a run and --certify, and takes its own matrix and dial; leave the others out.")
    if shift_probabilities and prevalence is None:
        raise InputError("--shift-probabilities needs --prevalence, the share of critical classes to shift them to.")
    scale = scale_of(percent, logits, predictions is not None)
    choice: Wish | Dial = Wish.parse(wish) if aversion is None else Dial(rule, aversion)
    here = workspace()
    synthetic, flow, members, part, left_out = False, None, [], "", NOTHING_LEFT_OUT
    if predictions is not None:
        if matrix is None or data is not None:
            raise InputError("--predictions needs --matrix (a saved name, a preset or a file) and takes no --data.")
        severity = load_matrix(here, matrix)
        run = foreign.read_foreign(predictions, severity, scale=scale, allow_overlap=allow_overlap)
        name = predictions.name
        overlap = overlap_of(run)
    else:
        assert id is not None
        store = RunStore(here)
        severity = load_matrix(here, matrix) if matrix is not None else results.own_matrix(store, id)
        if data is None:
            run, name = results.predictions(store, id), store.resolve(id)[0].data
            members = results.finished(store, id)
            if keep:
                choice = Bundle.load(results.bundle_folder(store, id)).dial
            synthetic, overlap = results.synthetic(members), results.own_overlap(run, members)
            flow = recorded_flow(members)
            overlap.check(run.id, allow_overlap)
        else:
            from riskcore.jobs.external import evaluate_on
            from riskcore.learning.bundle import Bundle
            from riskcore.words.images.not_judged import lacking_note
            from riskcore.words.seal import unsealed_note

            members, manifest = results.finished(store, id), load_dataset(here, data)
            bundles = [Bundle.load(run.folder / "bundle") for run in members]
            for said in filter(None, (unsealed_note(*bundles), lacking_note(*bundles))):
                note(said)
            with progress_bar() as progress:
                shown = results.shown_id(id, members)
                run, split, overlap, left_out = evaluate_on(
                    members,
                    here,
                    manifest,
                    id=shown,
                    split=split,
                    leave_out=leave_out or (),
                    allow_overlap=allow_overlap,
                    progress=progress,
                )
            name, synthetic, part = manifest.name, manifest.synthetic, left_out.part(manifest.name, split)
    # A run's own test images are all judged, as others report them; of another data set those of its kind.
    away = data is not None and bool(run.strange)
    judged = JudgedRun(run.without_strange() if away else run, severity)
    flattering = data is None and split == "validation"
    report = report_on(
        on_validation(judged) if flattering else judged,
        choice,
        data=name,
        split=split or "test",
        prevalence=prevalence,
        shifted=shift_probabilities,
        overlap=overlap,
        left_out=left_out,
        synthetic=synthetic,
        detailed=details,
        flow=flow,
        everything=JudgedRun(run, severity) if away else None,
    )
    certified = None
    if certify is not None:
        certified = certificates(
            on_validation(judged) if flattering else judged,
            choice,
            cap=certify if is_harm(per) else certify / 1000,
            confidence=None if on_average else 0.95 if confidence is None else confidence,
            per=per,
            by_class=not overall_only,
        )
    if keep and certified:
        if kept := certified[0].rule:
            keep_rule(members[0].folder / "bundle", kept)
        note(f"{'Kept in' if kept else 'Nothing was kept in'} the bundle of {members[0].id}.")
    looks, said = None, NOT_OF_FILES
    if members and not flattering:
        stated = prevalence if shift_probabilities else None
        looks = record(members, Question(judged.matrix, choice, prevalence=stated, data=part))
        said = looks_words(looks)
    if json:
        found = None if certified is None else [each.as_dict() for each in certified]
        emit(report.as_dict() | {"looks": looks, "certificates": found})
    else:
        print_report(report, None if flattering else said, certified or ())
