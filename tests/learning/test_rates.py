"""Learning rates over steps and stages, beside timm's own layer-wise groups."""

from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn

from riskcore.errors import InputError
from riskcore.learning.backbones import create, split_for_last, stages
from riskcore.learning.network import Ensemble
from riskcore.learning.rates import learning_rate_at, parameter_groups


def test_the_learning_rate_rises_to_its_peak_and_falls_like_a_cosine() -> None:
    rates = [learning_rate_at(step, 200, 0.1, 0.5) for step in range(200)]
    assert rates[:20] == pytest.approx([0.5 * step / 20 for step in range(1, 21)])
    assert rates[20:] == pytest.approx(0.25 + 0.25 * np.cos(np.linspace(0, np.pi, 181))[:-1])
    assert [learning_rate_at(step, 3, 0, 1.0) for step in range(3)] == pytest.approx([1, 0.75, 0.25])
    assert learning_rate_at(0, 1, 0.9, 1.0) == 1


def scales(trained: nn.Module, number: int | None, decay: float = 0.5) -> dict[int, float]:
    """Identity of each parameter -> its share of the rate."""
    groups = parameter_groups(trained, 0.1, decay, number)
    return {id(parameter): group["scale"] for group in groups for parameter in group["params"]}


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "tf_efficientnet_lite0", "resnet18", "convnext_atto"])
def test_a_whole_network_learns_faster_towards_its_end(name: str) -> None:
    model = create(name, 3, "none", size=64)
    found = scales(model, None)
    assert len(found) == len(list(model.parameters()))
    ours = [found[id(parameter)] for parameter in model.parameters()]
    assert ours == sorted(ours)
    assert ours[-1] == 1.0
    assert len(set(ours)) == 2 + len(stages(model))


def test_stages_of_a_transformer_learn_as_timm_has_it() -> None:
    model = create("vit_tiny_patch16_224", 3, "none", size=64)
    theirs = {
        id(parameter): group["lr_scale"]
        for group in import_module("timm.optim").param_groups_layer_decay(model, layer_decay=0.5)
        for parameter in group["params"]
    }
    ours = scales(model, None)
    behind = {id(parameter) for parameter in model.norm.parameters()}  # timm counts it to the last block
    assert {key: scale for key, scale in ours.items() if key not in behind} == pytest.approx(
        {key: scale for key, scale in theirs.items() if key not in behind}
    )


def test_the_last_stages_and_what_stands_behind_them() -> None:
    back = split_for_last(create("vit_tiny_patch16_224", 3, "none", size=64), 2)[1]
    found = scales(back, 2)
    shares = [{found[id(parameter)] for parameter in part.parameters()} for part in back]
    assert shares == [{0.25}, {0.5}, {1.0}, {1.0}]
    both = Ensemble([back, split_for_last(create("vit_tiny_patch16_224", 3, "none", size=64), 2)[1]])
    assert sorted(scales(both, 2).values()) == sorted([*found.values(), *found.values()])


def test_biases_and_scales_of_norms_do_not_decay() -> None:
    model = create("tf_efficientnet_lite0", 3, "none", size=64)
    for decay, groups in ((1.0, 2), (0.5, 18)):
        found = parameter_groups(model, 0.1, decay, None)
        assert len(found) == groups
        for group in found:
            assert {parameter.ndim > 1 for parameter in group["params"]} == {group["weight_decay"] > 0}


def test_without_known_stages_only_one_rate_is_possible() -> None:
    model = create("mobilenetv3_small_100", 3, "none", size=64)
    assert len(parameter_groups(model, 0.1, 1.0, None)) == 2
    with pytest.raises(InputError, match="cannot be cut into stages"):
        parameter_groups(model, 0.1, 0.5, None)


def test_one_rate_trains_as_before_there_were_scales() -> None:
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    (decayed, not_decayed) = parameter_groups(model, 0.1, 1.0, 0)
    assert (decayed["params"], not_decayed["params"]) == ([model.weight], [model.bias])
    assert np.unique([decayed["scale"], not_decayed["scale"]]).tolist() == [1.0]
