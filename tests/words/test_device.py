"""Devices in words, with and without a GPU."""

import os
from pathlib import Path

import pytest

from riskcore.words import device as module
from riskcore.words.device import device_words, side_by_side

SMI = """#!/bin/sh
case "$1" in
  -L) echo 'GPU 0: NVIDIA H100'; echo 'GPU 1: NVIDIA A2';;
  *) echo '0, GPU-aaa, NVIDIA H100'; echo '1, GPU-bbb, NVIDIA A2';;
esac
"""


@pytest.fixture(autouse=True)
def fresh():
    module.devices.cache_clear()
    module._gpu_names.cache_clear()
    yield
    module.devices.cache_clear()
    module._gpu_names.cache_clear()


@pytest.fixture
def gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nvidia-smi").write_text(SMI)
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_without_a_gpu_the_cpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert device_words() == device_words("cpu") == "CPU, 2 cores — no GPU found"
    assert side_by_side() == 1


def test_gpus_are_named_with_their_numbers(gpus: None) -> None:
    assert device_words() == "CUDA GPU 0: NVIDIA H100, CUDA GPU 1: NVIDIA A2"
    assert (side_by_side(), side_by_side("cuda"), side_by_side("cpu")) == (2, 2, 1)


def test_a_gpu_that_is_not_wanted_is_mentioned(gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert device_words("cpu") == "CPU, 1 core — by the setting “device”; there is a GPU"


def test_only_visible_gpus_are_named_by_number_or_uuid(gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-bbb")
    assert device_words() == "CUDA GPU GPU-bbb: NVIDIA A2"
    assert side_by_side() == 1
