"""Losses against closed forms, hand-computed numbers, PyTorch's own losses and numerical gradients."""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
import torch.nn.functional as F
from sklearn.utils.class_weight import compute_class_weight

from riskcore.config import BASELINES, BASES, FORMS
from riskcore.errors import InputError
from riskcore.learning.losses import CONFUSION_MOMENTUM, CrossEntropyLoss, FocalLoss, RiskCalibratedLoss, build_loss
from riskcore.severity import SeverityMatrix

# M~ is [[0, 1/8, 1], [0, 0, 1/2], [3/8, 1/4, 0]]: exact in binary, no two cells alike across the diagonal.
MATRIX = SeverityMatrix(("a", "b", "c"), [[0, 2, 9], [1, 0, 5], [4, 3, 0]])
TRANSPOSED = SeverityMatrix(("a", "b", "c"), MATRIX.values.T)
ISIC = SeverityMatrix.preset("isic2018")
COUNTS = [1113, 6705, 514, 327, 1099, 115, 142]


def batch(n=32, k=7, seed=0, scale=3.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(n, k, generator=generator, dtype=torch.float64)
    return logits.to(dtype), torch.randint(k, (n,), generator=generator)


def every_loss(matrix=ISIC, counts=COUNTS):
    for base in BASES:
        for form in FORMS:
            for confusion in (0.0, 2.0):
                yield build_loss(form, matrix, strength=6.0, confusion=confusion, base=base)
    for form in BASELINES:
        yield build_loss(form, matrix, class_counts=counts)


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(InputError) as caught:
        call(*args, **kwargs)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- values ---

# p = (0.5, 0.3, 0.2) and strength 2, by hand. Costs of truth a: M~ row (0, 1/8, 1) gives sum M~ p = 0.2375;
# truth c: row (3/8, 1/4, 0) gives 0.2625. In the transposed matrix, row a is (0, 0, 3/8): 0.075, and row c is
# (1, 1/2, 0): 0.65.
P = (0.5, 0.3, 0.2)
BY_HAND = {
    ("margin", "a"): -math.log(0.5 / (0.5 + 0.3 * math.exp(0.25) + 0.2 * math.exp(2))),
    ("margin", "c"): -math.log(0.2 / (0.5 * math.exp(0.75) + 0.3 * math.exp(0.5) + 0.2)),
    ("expected", "a"): 0.6931471805599453 + 2 * 0.2375,
    ("expected", "c"): 1.6094379124341003 + 2 * 0.2625,
    ("barrier", "a"): 0.6931471805599453 - 2 * (math.log(0.7) / 8 + math.log(0.8)),
    ("barrier", "c"): 1.6094379124341003 - 2 * (math.log(0.5) * 3 / 8 + math.log(0.7) / 4),
    ("log_harm", "a"): 0.6931471805599453 - 2 * math.log(0.7625),
    ("log_harm", "c"): 1.6094379124341003 - 2 * math.log(0.7375),
    ("reweight", "a"): 1.475 * 0.6931471805599453,
    ("reweight", "c"): 1.525 * 1.6094379124341003,
}
BY_HAND_TRANSPOSED = {
    ("margin", "a"): -math.log(0.5 / (0.5 + 0.3 + 0.2 * math.exp(0.75))),
    ("margin", "c"): -math.log(0.2 / (0.5 * math.exp(2) + 0.3 * math.exp(1) + 0.2)),
    ("expected", "a"): 0.6931471805599453 + 2 * 0.075,
    ("expected", "c"): 1.6094379124341003 + 2 * 0.65,
    ("barrier", "a"): 0.6931471805599453 - 2 * math.log(0.8) * 3 / 8,
    ("barrier", "c"): 1.6094379124341003 - 2 * (math.log(0.5) + math.log(0.7) / 2),
    ("log_harm", "a"): 0.6931471805599453 - 2 * math.log(0.925),
    ("log_harm", "c"): 1.6094379124341003 - 2 * math.log(0.35),
    ("reweight", "a"): 1.15 * 0.6931471805599453,
    ("reweight", "c"): 2.3 * 1.6094379124341003,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("truth", ["a", "c"])
@pytest.mark.parametrize(("matrix", "expected"), [(MATRIX, BY_HAND), (TRANSPOSED, BY_HAND_TRANSPOSED)])
def test_hand_computed_numbers_for_both_orientations(form, truth, matrix, expected):
    loss = RiskCalibratedLoss(matrix, form, strength=2.0)
    z = torch.tensor([P], dtype=torch.float64).log() + 1.7  # a shift of all logits changes nothing
    target = torch.tensor([matrix.classes.index(truth)])
    assert loss(z, target).item() == pytest.approx(expected[form, truth], abs=1e-12)


def by_the_definition(form, z, y, costs, strength, gamma):
    """One sample's loss straight from the table in the documentation, in plain Python floats."""

    def softmax(row):
        top = max(row)
        weights = [math.exp(value - top) for value in row]
        return [weight / sum(weights) for weight in weights]

    def base(row):
        p = softmax(row)[y]
        return (1 - p) ** gamma * -math.log(p)

    p = softmax(z)
    harm = sum(cost * share for cost, share in zip(costs[y], p, strict=True))
    if form == "margin":
        return base([value + strength * cost for value, cost in zip(z, costs[y], strict=True)])
    if form == "expected":
        return base(z) + strength * harm
    if form == "barrier":
        return base(z) - strength * sum(c * math.log(1 - q) for c, q in zip(costs[y], p, strict=True) if c)
    if form == "log_harm":
        return base(z) - strength * math.log(1 - harm)
    return (1 + strength * harm) * base(z)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("form", FORMS)
def test_a_batch_is_the_mean_of_the_definition(form, base):
    logits, targets = batch()
    loss = RiskCalibratedLoss(ISIC, form, strength=3.0, base=base)
    costs = loss._exact.tolist()
    gamma = 2.0 if base == "focal" else 0.0
    samples = zip(logits.tolist(), targets.tolist(), strict=True)
    expected = np.mean([by_the_definition(form, z, y, costs, 3.0, gamma) for z, y in samples])
    assert loss(logits, targets).item() == pytest.approx(expected, abs=1e-10)


def test_the_costs_of_the_loss_are_those_of_the_matrix():
    np.testing.assert_allclose(RiskCalibratedLoss(ISIC).normalised, ISIC.normalised(), rtol=0, atol=1e-7)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_is_its_closed_form(gamma):
    logits, targets = batch()
    p = logits.softmax(1).gather(1, targets[:, None]).squeeze(1)
    torch.testing.assert_close(FocalLoss(gamma)(logits, targets), ((1 - p) ** gamma * -p.log()).mean())


def test_baselines_are_pytorchs():
    logits, targets = batch(n=64)
    weights = compute_class_weight("balanced", classes=np.arange(7), y=np.repeat(np.arange(7), COUNTS))
    torch.testing.assert_close(build_loss("ce", ISIC)(logits, targets), F.cross_entropy(logits, targets))
    torch.testing.assert_close(
        build_loss("label_smoothing", ISIC)(logits, targets),
        F.cross_entropy(logits, targets, label_smoothing=0.1),
    )
    torch.testing.assert_close(
        build_loss("class_weighted_ce", ISIC, class_counts=np.array(COUNTS))(logits, targets),
        F.cross_entropy(logits, targets, weight=torch.from_numpy(weights)),
        rtol=1e-6,
        atol=1e-6,
    )
    torch.testing.assert_close(build_loss("focal", ISIC)(logits, targets), FocalLoss(2.0)(logits, targets))
    torch.testing.assert_close(build_loss("focal", ISIC, gamma=0)(logits, targets), F.cross_entropy(logits, targets))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("confusion", [0.0, 2.0])
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("form", FORMS)
def test_strength_0_is_exactly_the_base(form, base, confusion, dtype):
    logits, targets = batch(dtype=dtype)
    loss = build_loss(form, ISIC, strength=0.0, confusion=confusion, base=base)(logits, targets)
    expected = (FocalLoss() if base == "focal" else CrossEntropyLoss())(logits, targets)
    # The same numbers; some processors sum them in another order for a mean that is taken at once.
    torch.testing.assert_close(loss, expected, rtol=4 * torch.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("form", FORMS)
def test_equal_costs_leave_the_base_and_warn(form):
    equal = SeverityMatrix(("a", "b", "c"), np.ones((3, 3)) - np.eye(3))
    with pytest.warns(UserWarning, match="all confusions cost the same"):
        loss = build_loss(form, equal, strength=5.0, confusion=1.0)
    logits, targets = batch(k=3)
    torch.testing.assert_close(loss(logits, targets), F.cross_entropy(logits, targets))


@pytest.mark.parametrize("form", FORMS)
def test_zero_costs_off_the_diagonal(form):
    zeros = SeverityMatrix(("a", "b", "c"), [[0, 0, 0], [0, 0, 0], [5, 0, 0]])
    logits, targets = batch(k=3)
    loss = build_loss(form, zeros, strength=5.0)
    harmless = targets != 2
    torch.testing.assert_close(
        loss(logits[harmless], targets[harmless]), F.cross_entropy(logits[harmless], targets[harmless])
    )
    severe = ~harmless
    assert loss(logits[severe], targets[severe]) > F.cross_entropy(logits[severe], targets[severe])


@pytest.mark.parametrize("form", FORMS)
def test_two_classes(form):
    """One cell is left, so the costs' size does not matter: naevus -> melanoma costs nothing extra."""
    logits, targets = batch(k=2)
    losses = [
        build_loss(form, SeverityMatrix(("naevus", "melanoma"), [[0, 1], [high, 0]]), strength=2.0) for high in (2, 50)
    ]
    assert losses[0](logits, targets) == losses[1](logits, targets)
    naevi = targets == 0
    torch.testing.assert_close(losses[0](logits[naevi], targets[naevi]), F.cross_entropy(logits[naevi], targets[naevi]))


def test_log_harm_of_a_0_1_matrix_is_hierarchical_cross_entropy():
    groups = torch.tensor([1, 0, 1, 1, 0, 0, 0])
    values = (groups[:, None] != groups[None, :]).double()
    logits, targets = batch()
    loss = build_loss("log_harm", SeverityMatrix(ISIC.classes, values.numpy()), strength=2.0)
    in_group = (groups[targets][:, None] == groups).double()
    coarse = -(logits.softmax(1) * in_group).sum(1).log().mean()
    torch.testing.assert_close(loss(logits, targets), F.cross_entropy(logits, targets) + 2.0 * coarse)


def test_float64_keeps_the_costs_to_the_last_digit():
    """A third is no float32 number; margin's loss in closed form."""
    matrix = SeverityMatrix(["a", "b", "c"], [[0, 1, 4 / 3], [1, 0, 2], [1, 1, 0]])
    logits, targets = batch(n=6, k=3)
    cost = matrix.normalised()[targets.numpy()]
    z = logits.detach().numpy() + 2.5 * cost
    expected = (np.log(np.exp(z).sum(axis=1)) - z[np.arange(6), targets.numpy()]).mean()
    found = RiskCalibratedLoss(matrix, "margin", strength=2.5)(logits, targets).item()
    assert found == pytest.approx(expected, rel=0, abs=1e-14)


# --- gradients ---


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("form", [form for form in FORMS if form != "reweight"])
def test_gradcheck(form, base):
    logits, targets = batch(n=6, k=3)
    for matrix in (MATRIX, TRANSPOSED):
        loss = RiskCalibratedLoss(matrix, form, strength=2.5, base=base)
        assert torch.autograd.gradcheck(partial(loss, targets=targets), logits.requires_grad_())


@pytest.mark.parametrize("base", BASES)
def test_reweight_gradient_with_its_weight_held_fixed(base):
    logits, targets = batch(n=6, k=3)
    p = logits.softmax(1)
    weight = 1 + 2.5 * (torch.from_numpy(MATRIX.normalised())[targets] * p).sum(1)
    gamma = 2.0 if base == "focal" else 0.0

    def held_fixed(z):
        log_p = z.log_softmax(1).gather(1, targets[:, None]).squeeze(1)
        return (weight * (1 - log_p.exp()) ** gamma * -log_p).mean()

    assert torch.autograd.gradcheck(held_fixed, logits.requires_grad_())
    loss = RiskCalibratedLoss(MATRIX, "reweight", strength=2.5, base=base)
    (expected,) = torch.autograd.grad(held_fixed(logits), logits)
    (gradient,) = torch.autograd.grad(loss(logits, targets), logits)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("loss", [FocalLoss(0.5), FocalLoss(2.0), CrossEntropyLoss(torch.tensor([1.0, 2, 3]), 0.1)])
def test_gradcheck_of_baselines(loss):
    logits, targets = batch(n=6, k=3)
    assert torch.autograd.gradcheck(partial(loss, targets=targets), logits.requires_grad_())


# --- precision ---


def extreme_logits(k):
    """Every pattern that saturates: each class far ahead, each far behind, ties at both ends, all equal."""
    eye = torch.eye(k)
    rows = [1e4 * (2 * eye - 1), 1e4 * (1 - 2 * eye), 1e4 * eye, -1e4 * eye, torch.zeros(1, k)]
    rows += [torch.full((1, k), value) for value in (1e4, -1e4)]
    logits = torch.cat(rows)
    return logits.repeat_interleave(k, 0), torch.arange(k).repeat(len(logits))


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_extreme_logits_stay_finite(dtype, k):
    matrix = MATRIX if k == 3 else SeverityMatrix(("a", "b"), [[0, 2], [10, 0]])
    logits, targets = extreme_logits(k)
    logits = logits.to(dtype).requires_grad_()
    for loss in every_loss(matrix, counts=range(1, k + 1)):
        value = loss(logits, targets)
        (gradient,) = torch.autograd.grad(value, logits)
        assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32), loss
        assert torch.isfinite(value), loss
        assert torch.isfinite(gradient).all(), loss
        for z, y in zip(logits.detach(), targets, strict=True):
            single = z[None].clone().requires_grad_()
            value = loss(single, y[None])
            (gradient,) = torch.autograd.grad(value, single)
            assert torch.isfinite(value), (loss, z, y)
            assert torch.isfinite(gradient).all(), (loss, z, y)


@pytest.mark.parametrize("gamma", [0.1, 0.5, 0.9, 2.0])
def test_focal_is_finite_where_the_truth_is_certain(gamma):
    logits = torch.tensor([[1e4, -1e4]], requires_grad=True)
    value = FocalLoss(gamma)(logits, torch.tensor([0]))
    (gradient,) = torch.autograd.grad(value, logits)
    assert value == 0
    assert (gradient == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_the_float32_loss_of_the_same_logits(dtype):
    logits, targets = batch(dtype=dtype)
    for loss in every_loss():
        loss.eval()
        assert loss(logits, targets) == loss(logits.float(), targets)


def test_autocast_does_not_lower_the_precision():
    logits, targets = batch(dtype=torch.float32)
    for loss, twin in zip(every_loss(), every_loss(), strict=True):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            value = loss(logits, targets)
        assert value.dtype == torch.float32
        torch.testing.assert_close(value, twin(logits, targets), rtol=1e-6, atol=1e-6)


def test_small_probabilities_keep_their_logarithm():
    """-log(1 - p_j) = p_j for tiny p_j, also at logits of 1e4, where float32 resolves no better than 1e-3."""
    z = torch.tensor([[1e4, 1e4 - 10.0, 1e4 - 12.0]])
    p = z.double().softmax(1)
    extra = build_loss("barrier", MATRIX, strength=1.0)(z, torch.tensor([0])) - CrossEntropyLoss()(z, torch.tensor([0]))
    assert extra.item() == pytest.approx((p[0, 1] / 8 + p[0, 2]).item(), abs=2e-7)


# --- confusion-aware costs ---


def soft_counts(logits, targets, k):
    counts = torch.zeros(k, k, dtype=torch.float64)
    for p, y in zip(logits.double().softmax(1), targets.tolist(), strict=True):
        counts[y] += p
    return counts.fill_diagonal_(0)


def test_running_counts_are_an_exponential_average_of_soft_confusions():
    loss = RiskCalibratedLoss(MATRIX, "expected", strength=1.0, confusion=2.0)
    running = torch.zeros(3, 3, dtype=torch.float64)
    for step in range(5):
        logits, targets = batch(n=8 + step, k=3, seed=step)
        targets = targets.clamp(max=1)  # class c never occurs: its row stays empty
        value = loss(logits, targets)
        running = CONFUSION_MOMENTUM * running + (1 - CONFUSION_MOMENTUM) * soft_counts(logits, targets, 3)
        torch.testing.assert_close(loss.confusion_counts.double(), running, rtol=1e-5, atol=1e-8)
        assert not loss.confusion_counts[2].any()
        costs = torch.from_numpy(MATRIX.normalised()) * (1 + 2.0 * running / running.max()) / 3
        expected = F.cross_entropy(logits, targets) + (costs[targets] * logits.softmax(1)).sum(1).mean()
        torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-6)


def test_the_counts_carry_no_gradient():
    logits, targets = batch(n=6, k=3)
    logits.requires_grad_()
    loss = RiskCalibratedLoss(MATRIX, "expected", strength=2.0, confusion=2.0)
    (gradient,) = torch.autograd.grad(loss(logits, targets), logits)
    assert not loss.confusion_counts.requires_grad
    assert torch.autograd.gradcheck(partial(loss.eval(), targets=targets), logits)  # with the counts held
    (held,) = torch.autograd.grad(loss(logits, targets), logits)
    torch.testing.assert_close(gradient, held)


def test_the_counts_change_in_training_mode_and_when_asked_for_only():
    logits, targets = batch(k=3)
    aware = RiskCalibratedLoss(MATRIX, confusion=1.0).eval()
    aware(logits, targets)
    assert not aware.confusion_counts.any()
    plain = RiskCalibratedLoss(MATRIX, confusion=0.0)
    plain(logits, targets)
    assert not plain.confusion_counts.any()
    aware.train()(logits, targets)
    assert aware.confusion_counts.any()


def test_the_counts_travel_in_the_state():
    logits, targets = batch(k=3)
    loss, twin = (RiskCalibratedLoss(MATRIX, strength=4.0, confusion=1.0) for _ in range(2))
    loss(logits, targets)
    assert list(loss.state_dict()) == ["confusion_counts"]
    twin.load_state_dict(loss.state_dict())
    later = batch(k=3, seed=1)
    assert twin(*later) == loss(*later)
    assert twin(*later) != RiskCalibratedLoss(MATRIX, strength=4.0, confusion=1.0)(*later)


@pytest.mark.parametrize("confusion", [1e-3, 0.1, 0.3, 1 / 3, 7.7, 100.0])
def test_confusion_aware_costs_never_exceed_1(confusion):
    loss = RiskCalibratedLoss(MATRIX, "log_harm", strength=1.0, confusion=confusion)
    loss.confusion_counts.copy_(torch.tensor([[0.0, 1, 7], [2, 0, 1], [3, 1, 0]]))
    logits = torch.tensor([[0.0, 0.0, 1e4]], requires_grad=True)
    value = loss.eval()(logits, torch.tensor([0]))
    (gradient,) = torch.autograd.grad(value, logits)
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


def _count_in_two_processes(rank, address, results):
    distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    loss = RiskCalibratedLoss(MATRIX, confusion=1.0)
    logits, targets = batch(n=8, k=3)
    part = slice(4 * rank, 4 * rank + 4)
    loss(logits[part], targets[part])
    results[rank] = loss.confusion_counts
    distributed.destroy_process_group()


def test_distributed_processes_share_their_counts(tmp_path):
    results = torch.zeros(2, 3, 3).share_memory_()
    address = f"file://{tmp_path / 'rendezvous'}"
    multiprocessing.spawn(_count_in_two_processes, (address, results), nprocs=2)
    alone = RiskCalibratedLoss(MATRIX, confusion=1.0)
    alone(*batch(n=8, k=3))
    torch.testing.assert_close(results[0], alone.confusion_counts)
    torch.testing.assert_close(results[1], alone.confusion_counts)


# --- devices ---


def test_buffers_move_with_the_module():
    """The meta device stands for any other: what stays behind would raise or keep its device."""
    for loss in every_loss():
        moved = loss.to("meta")
        assert {buffer.device.type for buffer in moved.buffers()} <= {"meta"}
    weighted = build_loss("class_weighted_ce", ISIC, class_counts=COUNTS)
    assert len(list(weighted.buffers())) == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_cuda_loss_is_the_cpu_loss():
    logits, targets = batch()
    for loss in every_loss():
        expected = loss.eval()(logits, targets)
        torch.testing.assert_close(loss.cuda()(logits.cuda(), targets.cuda()).cpu(), expected)


# --- refusals ---


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"form": "hinge"},
            "Expected `form` to be one of margin, expected, barrier, log_harm, reweight, but got 'hinge'.",
        ),
        ({"base": "mse"}, "Expected `base` to be one of ce, focal, but got 'mse'."),
        ({"strength": -1}, "Expected `strength` to be a number of at least 0, but got -1."),
        ({"strength": math.inf}, "Expected `strength` to be a number of at least 0, but got inf."),
        ({"confusion": math.nan}, "Expected `confusion` to be a number of at least 0, but got nan."),
        ({"base": "focal", "gamma": -2}, "Expected `gamma` to be a number of at least 0, but got -2."),
    ],
)
def test_settings_are_checked(settings, message):
    assert refusal(RiskCalibratedLoss, ISIC, **settings) == message


def test_an_unknown_name_is_refused_with_the_known_ones():
    assert refusal(build_loss, "cross_entropy", ISIC) == (
        "Expected `form` to be one of margin, expected, barrier, log_harm, reweight, ce, focal, "
        "class_weighted_ce, label_smoothing, but got 'cross_entropy'."
    )


def test_class_counts_are_checked():
    assert refusal(build_loss, "class_weighted_ce", MATRIX) == (
        "class_weighted_ce needs `class_counts`, the training images a class."
    )
    for counts in ([1, 2], [0, 0, 0], [1, -1, 3], [1, math.nan, 3]):
        shown = [float(count) for count in counts]
        assert refusal(build_loss, "class_weighted_ce", MATRIX, class_counts=counts) == (
            f"Expected `class_counts` to be 3 counts, one for each of a, b, c, but got {shown}."
        )


def test_a_class_without_images_counts_as_one():
    weights = build_loss("class_weighted_ce", MATRIX, class_counts=[6, 3, 0]).class_weights
    torch.testing.assert_close(weights, torch.tensor([0.5, 1.0, 3.0]))


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (
            torch.zeros(4, 2),
            torch.zeros(4, dtype=torch.int64),
            "Expected `logits` to be a float tensor of shape (N >= 1, 3), but got torch.float32 of shape (4, 2).",
        ),
        (
            torch.zeros(3),
            torch.zeros(3, dtype=torch.int64),
            "Expected `logits` to be a float tensor of shape (N >= 1, 3), but got torch.float32 of shape (3,).",
        ),
        (
            torch.zeros(0, 3),
            torch.zeros(0, dtype=torch.int64),
            "Expected `logits` to be a float tensor of shape (N >= 1, 3), but got torch.float32 of shape (0, 3).",
        ),
        (
            torch.zeros(4, 3, dtype=torch.int64),
            torch.zeros(4, dtype=torch.int64),
            "Expected `logits` to be a float tensor of shape (N >= 1, 3), but got torch.int64 of shape (4, 3).",
        ),
        (
            torch.zeros(4, 3),
            torch.zeros(5, dtype=torch.int64),
            "Expected `targets` to be an int64 tensor of shape (4,), but got torch.int64 of shape (5,).",
        ),
        (
            torch.zeros(4, 3),
            torch.zeros(4),
            "Expected `targets` to be an int64 tensor of shape (4,), but got torch.float32 of shape (4,).",
        ),
        (torch.zeros(2, 3), torch.tensor([0, 3]), "Expected `targets` between 0 and 2, but got 3."),
        (torch.zeros(2, 3), torch.tensor([0, -100]), "Expected `targets` between 0 and 2, but got -100."),
    ],
)
def test_batches_are_checked(logits, targets, message):
    for form in (*FORMS, "class_weighted_ce"):
        loss = build_loss(form, MATRIX, class_counts=[1, 2, 3])
        assert refusal(loss, logits, targets) == message


def test_losses_without_a_matrix_take_any_number_of_classes_from_two_on():
    for loss in (FocalLoss(), CrossEntropyLoss()):
        assert refusal(loss, torch.zeros(1, 1), torch.tensor([0])) == (
            "Expected `logits` to be a float tensor of shape (N >= 1, K >= 2), but got torch.float32 of shape (1, 1)."
        )
        assert torch.isfinite(loss(torch.zeros(1, 9), torch.tensor([8])))


# --- what they are for ---


def featureless_fit(matrix, counts, form, strength, base):
    """Class probabilities of a model without features, trained on `counts` cases a class."""
    logits = torch.zeros(3, requires_grad=True)
    targets = torch.arange(3).repeat_interleave(torch.tensor(counts))
    loss = RiskCalibratedLoss(matrix, form, strength=strength, base=base)
    optimiser = torch.optim.SGD([logits], lr=0.5)
    for _ in range(200):
        optimiser.zero_grad()
        loss(logits.expand(len(targets), 3), targets).backward()
        optimiser.step()
    return logits.detach().softmax(0)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("form", FORMS)
def test_a_class_whose_misses_are_severe_gains_probability(form, base):
    severe_c = SeverityMatrix(("a", "b", "c"), [[0, 1, 1], [1, 0, 1], [9, 9, 0]])
    plain, wary = (featureless_fit(severe_c, [4, 4, 2], form, strength, base)[2] for strength in (0.0, 2.0))
    assert wary > plain + 0.02


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("form", [form for form in FORMS if form != "reweight"])
def test_errors_of_one_class_move_from_severe_to_mild(form, base):
    """a called c is severe, a called b is mild. Reweight cannot tell: its weight is one number a sample."""
    severe_ac = SeverityMatrix(("a", "b", "c"), [[0, 1, 9], [1, 0, 1], [1, 1, 0]])
    p = featureless_fit(severe_ac, [8, 1, 1], form, 2.0, base)
    assert p[2] < 0.9 * p[1]
