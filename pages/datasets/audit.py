"""The audit of a data set: start it, watch it, and what it found."""

from typing import Literal

import pandas as pd
import streamlit as st

from pages.datasets.findings import data_findings, headlines
from pages.datasets.strips import class_strips
from pages.kit import cached
from pages.kit.errors import shown_errors
from pages.kit.job_progress import job_progress
from pages.kit.links import link_to
from riskcore.data.audit import Audit
from riskcore.data.audit_meaning import meaning
from riskcore.data.manifest import Manifest
from riskcore.data.prepare import kept_audit
from riskcore.foreign_text import spreadsheet_safe
from riskcore.jobs import background


def data_audit(manifest: Manifest) -> None:
    """Draw the panel."""
    if job_progress("audit", manifest.name):
        st.markdown("It goes on when you leave this screen.")
        return
    findings = None
    with shown_errors():
        findings = kept_audit(cached.workspace(), manifest)
    if findings is None:
        st.markdown(
            "Look at every image for copies, unreadable files, one picture under two labels, and patients in two "
            "parts of the data. A thousand images take some seconds. Training does it too, if it has not been done."
        )
        _start("Check the images", manifest, "primary")
        return
    found = meaning(findings)
    if found:
        headlines(found, findings.has_groups)
    else:
        unknown = "" if findings.has_groups else " Which images belong to one patient is not known."
        st.success(
            f"Nothing found in {len(manifest):,} images: no copies, no unreadable file, no picture under two labels, "
            f"no patient in two splits.{unknown}",
            icon=":material/check_circle:",
        )
    _what_next(manifest, findings)
    if found:
        data_findings(manifest, findings, found)
    else:
        class_strips(manifest)


def _what_next(manifest: Manifest, findings: Audit) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if findings.drop:
            st.download_button(
                f"What to leave out: {len(findings.drop):,} files (CSV)",
                pd.DataFrame([(each.sample, each.reason) for each in findings.drop], columns=["path", "reason"])
                .map(spreadsheet_safe)
                .to_csv(index=False),
                file_name=f"{manifest.name}-leave-out.csv",
                mime="text/csv",
                key="data_drop",
                icon=":material/download:",
                on_click="ignore",
                help="Copies, leaks and unreadable files, each with the reason. Training can leave the leaks out by "
                "itself.",
            )
        _start("Check again", manifest, "secondary")
        link_to("train", "Train on it", train_data=manifest.name)


def _start(label: str, manifest: Manifest, kind: Literal["primary", "secondary"]) -> None:
    if st.button(label, key="data_check", icon=":material/search_check:", type=kind):
        background.start(cached.workspace(), "audit", manifest.name)
        st.rerun()
