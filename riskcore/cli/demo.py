"""riskcore demo: the whole main job on synthetic images, offline."""

from riskcore.cli.output import Json, emit, note, progress_bar, say, workspace


def demo(json: Json = False) -> None:
    """Draw synthetic lesions, train three losses on them, and compare them at equal accuracy."""
    from riskcore.cli.compare import print_comparison
    from riskcore.cli.waiting import wait_for
    from riskcore.comparing.comparison import compare
    from riskcore.jobs.demo import prepare_demo, queue_demo
    from riskcore.runs.results import labels, own_matrix, predictions
    from riskcore.runs.store import RunStore
    from riskcore.words.answer import document

    here = workspace()
    note("Drawing and auditing synthetic lesions …")
    with progress_bar() as progress:
        manifest = prepare_demo(here, progress)
    tested = int((manifest.table["split"] == "test").sum())
    note(f"{len(manifest):,} synthetic images, {tested:,} of them for test.")
    store = RunStore(here)
    runs = queue_demo(here)
    wait_for(store, [run.id for run in runs])
    pools = list(dict.fromkeys(run.pool for run in runs))
    baseline, *others = pools
    found = compare(
        [predictions(store, pool) for pool in others],
        predictions(store, baseline),
        own_matrix(store, baseline),
        labels=labels(store, pools),
        synthetic=True,
    )
    if json:
        emit(document(found))
        return
    print_comparison(found)
    say("Open: riskcore app → Compare")
