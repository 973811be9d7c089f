"""riskcore demo: the whole main job on synthetic images, offline."""

from riskcore.cli.output import Json, emit, note, progress_bar, say, workspace


def demo(json: Json = False) -> None:
    """Draw synthetic lesions, train three losses on them, and compare them at equal accuracy."""
    from riskcore.cli.compare import print_comparison
    from riskcore.cli.waiting import wait_for
    from riskcore.comparison import compare
    from riskcore.data.manifest import register
    from riskcore.data.prepare import stored_audit
    from riskcore.data.synthetic import write_synthetic
    from riskcore.launch import start_workers
    from riskcore.protocol import demo_protocol, queue
    from riskcore.results import labels, own_matrix, predictions
    from riskcore.runs import RunStore

    here = workspace()
    folder = here.root / "synthetic"
    if not (folder / "synthetic.csv").exists():
        note("Drawing synthetic lesions …")
        write_synthetic(folder)
    manifest = register("demo", folder)
    here.save_dataset(manifest)
    note(f"{len(manifest):,} synthetic images of {manifest.table['group'].nunique():,} lesions; auditing …")
    with progress_bar() as progress:
        findings = stored_audit(here, manifest, progress)
    note(findings.text().splitlines()[0])
    store = RunStore(here)
    runs = queue(here, demo_protocol())
    start_workers(here)
    wait_for(store, [run.id for run in runs])
    pools = list(dict.fromkeys(run.pool for run in runs))
    baseline, *others = pools
    found = compare(
        [predictions(store, pool) for pool in others],
        predictions(store, baseline),
        own_matrix(store, baseline),
        labels=labels(store, pools),
    )
    found["synthetic"] = True
    if json:
        emit(found)
        return
    print_comparison(found)
    say(f"Look further: riskcore runs list --pools; riskcore evaluate {baseline}")
    say("This version has no dashboard yet; everything it will show is on the command line.")
