from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from riskcore.config import ModelSettings, TrainSettings
from riskcore.errors import InputError
from riskcore.learning import network
from riskcore.learning.backbones import Preprocessing
from riskcore.learning.features import ActivationKey, ActivationSource, ImageSource, cached_activations
from riskcore.learning.loop import Callbacks, Task, accelerator_for, fit, predict_logits
from riskcore.learning.losses import CrossEntropyLoss
from riskcore.learning.network import (
    Ensemble,
    Network,
    StandardisedHead,
    as_stored,
    build,
    heads,
    joined,
    networks_of,
    start_at_prior,
)
from riskcore.severity import SeverityMatrix

SMALL = ModelSettings(name="test_efficientnet", weights="none", size=32)


def test_the_head_standardises_with_the_training_features() -> None:
    features = torch.randn(200, 5) * torch.tensor([1.0, 10.0, 0.1, 3.0, 0.0]) + 7
    head = StandardisedHead(5, 2)
    head.fit(features)
    nn.init.eye_(head.linear.weight)
    found = head(features)
    for column in range(2):
        own = features[:, column].numpy()
        assert np.allclose(found[:, column].detach().numpy(), (own - own.mean()) / own.std(), atol=1e-4)
    assert head.deviation[4] == 1  # constant: left as it is, not divided by zero
    assert sorted(head.state_dict()) == ["deviation", "linear.bias", "linear.weight", "mean"]


def test_a_new_head_finds_all_classes_equally_likely() -> None:
    assert torch.equal(StandardisedHead(4, 3)(torch.randn(6, 4)), torch.zeros(6, 3))


def test_activations_are_rounded_and_kept_in_range() -> None:
    found = as_stored(torch.tensor([1e9, -1e9, 1.0001, 2.0]))
    assert found.tolist() == [65504.0, -65504.0, 1.0, 2.0]


def test_a_network_rounds_between_its_parts_as_training_does() -> None:
    parts = Network(nn.Identity(), nn.Identity(), Preprocessing(8, (0, 0, 0), (1, 1, 1), "bicubic"))
    assert parts(torch.tensor([1.0001])).tolist() == [1.0]
    assert Network(None, nn.Identity(), parts.preprocessing)(torch.tensor([1.0001])) == torch.tensor([1.0001])


@pytest.mark.parametrize("stages", [None, 0, 1, 3])
def test_the_front_is_frozen_and_the_rest_is_trained(stages: int | None) -> None:
    built = build(SMALL, stages, 3, seed=1)
    images = torch.randn(2, 3, 32, 32)
    assert built(images).shape == (2, 3)
    assert all(parameter.requires_grad for parameter in built.trained.parameters())
    if stages is None:
        assert built.front is None
    else:
        assert not any(parameter.requires_grad for parameter in built.front.parameters())
        assert not built.front.training
    trained = sum(parameter.numel() for parameter in built.trained.parameters())
    assert (
        trained < sum(parameter.numel() for parameter in build(SMALL, None, 3).trained.parameters()) or stages is None
    )


def test_the_start_is_a_function_of_the_seed() -> None:
    first, again, other = (build(SMALL, None, 3, seed).trained.state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_an_unknown_backbone_is_refused() -> None:
    with pytest.raises(InputError, match=r"^model.name=resnet51: timm has no such model; did you mean resnet"):
        build(ModelSettings(name="resnet51", weights="none"), None, 3)


class _Whole(nn.Module):
    """A network trained in one piece with its front frozen: the reference for cached activations."""

    def __init__(self, parts: Network) -> None:
        super().__init__()
        self.front, self.back = parts.front, parts.trained

    def train(self, mode: bool = True) -> "_Whole":
        super().train(mode)
        self.front.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        return self.back(as_stored(self.front(images)).float())


@pytest.mark.parametrize("model", ["test_efficientnet", "test_vit", "test_resnet"])
def test_training_on_cached_activations_is_training_the_whole_with_a_frozen_front(tmp_path: Path, model: str) -> None:
    settings = ModelSettings(name=model, weights="none", size=32)
    images = np.random.default_rng(0).integers(0, 256, (48, 32, 32, 3), dtype=np.uint8)
    targets = np.arange(48, dtype=np.int64) % 3
    matrix = SeverityMatrix(["a", "b", "c"], [[0, 1, 2], [3, 0, 1], [10, 8, 0]], critical=8)
    task = Task(targets, np.arange(36), np.arange(36, 48), matrix, seed=4)
    train = TrainSettings(backbone="last:1", epochs=2, batch_size=12, augment="none", learning_rate=1e-3)
    accelerator, quiet = accelerator_for("cpu"), Callbacks(lambda _: None)

    whole = network.build(settings, 1, 3, seed=5)
    shown = ImageSource(images, whole.preprocessing, "none", accelerator.device)
    reference = fit(_Whole(whole), shown, task, CrossEntropyLoss(), train, tmp_path / "whole.pt", quiet, accelerator)

    parts = network.build(settings, 1, 3, seed=5)
    key = ActivationKey("images", "weights", 32, 1, 2, "none")
    cached = cached_activations(key, tmp_path, lambda: parts, images, accelerator.device, lambda *_: None)
    source = ActivationSource(cached.values, "none", accelerator.device)
    back = fit(parts.trained, source, task, CrossEntropyLoss(), train, tmp_path / "back.pt", quiet, accelerator)

    found, expected = (
        predict_logits(each, given, task.validation) for each, given in ((back, source), (reference, shown))
    )
    assert np.std(expected) > 0.02
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_training_starts_at_the_class_shares() -> None:
    shares = torch.tensor([0.7, 0.2, 0.1])
    head = StandardisedHead(4, 3)
    start_at_prior(head, shares)
    assert torch.allclose(head(torch.randn(5, 4)).softmax(1), shares.expand(5, 3))  # its weights start at 0

    model = build(SMALL, None, 3).trained
    start_at_prior(model, shares)
    assert torch.equal(model.get_classifier().bias, shares.log())  # type: ignore[operator]


def test_a_network_whose_classifier_is_not_linear_is_left_as_it_is() -> None:
    for other in (nn.Conv2d(4, 3, 1), nn.Linear(4, 5), nn.Linear(4, 3, bias=False)):
        before = {name: tensor.clone() for name, tensor in other.state_dict().items()}
        start_at_prior(other, torch.tensor([0.7, 0.2, 0.1]))
        assert all(torch.equal(tensor, before[name]) for name, tensor in other.state_dict().items())


# --- several networks in one


def several(members: int) -> ModelSettings:
    return SMALL.model_copy(update={"members": members})


@pytest.mark.parametrize("stages", [None, 1])
def test_members_differ_in_what_starts_at_random_and_the_first_is_a_network_alone(stages: int | None) -> None:
    alone, both = build(SMALL, stages, 3, seed=4), build(several(2), stages, 3, seed=4)
    first, second = networks_of(both.trained)
    assert all(torch.equal(tensor, alone.trained.state_dict()[name]) for name, tensor in first.state_dict().items())
    assert any(not torch.equal(tensor, first.state_dict()[name]) for name, tensor in second.state_dict().items())
    if both.front is not None and alone.front is not None:  # one front serves both
        assert both.front.state_dict().keys() == alone.front.state_dict().keys()


def test_an_ensemble_gives_the_logarithm_of_the_mean_probability() -> None:
    both = build(several(3), None, 3).trained.eval()
    images = torch.randn(4, 3, 32, 32)
    mean = torch.stack([member(images).softmax(1) for member in networks_of(both)]).mean(0)
    torch.testing.assert_close(both(images).exp(), mean)


def test_in_training_each_member_gets_a_part_of_the_batch() -> None:
    ensemble = Ensemble([nn.Linear(2, 3), nn.Linear(2, 3)]).train()
    batch = torch.randn(6, 2)
    first, second = ensemble.members
    assert torch.equal(ensemble(batch), torch.cat([first(batch[:3]), second(batch[3:])]))


def test_one_network_is_no_ensemble_and_all_members_start_at_the_class_shares() -> None:
    alone = nn.Linear(2, 3)
    assert joined([alone]) is alone
    assert networks_of(alone) == [alone]
    shares = torch.tensor([0.7, 0.2, 0.1])
    both = build(several(2), 0, 3).trained
    start_at_prior(both, shares)
    features = torch.randn(5, both.get_buffer("members.0.mean").shape[0])
    assert torch.allclose(both.eval()(features).exp(), shares.expand(5, 3))


# --- a hidden layer on a frozen backbone


def test_a_hidden_layer_lies_between_standardised_features_and_classes() -> None:
    head = StandardisedHead(5, 3, hidden=7)
    features = torch.randn(40, 5) * 3 + 2
    head.fit(features)
    head.eval()
    assert head.hidden is not None
    standard = (features - features.mean(0)) / features.std(0, correction=0)
    expected = head.linear(nn.functional.gelu(head.hidden(standard)))
    torch.testing.assert_close(head(features), expected)
    head.train()
    assert not torch.allclose(head(features), head(features))  # drop-out


def test_members_with_a_hidden_layer_start_apart_whatever_was_drawn_before() -> None:
    wide = SMALL.model_copy(update={"hidden": 8, "members": 2})
    first, again = heads(4, 3, wide, seed=3), heads(4, 3, wide, seed=3)
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in first.state_dict().items())
    own, other = (member.state_dict()["hidden.weight"] for member in networks_of(first))
    assert not torch.allclose(own, other)
