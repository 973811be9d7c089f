import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from riskcore.config import (
    BASELINES,
    FORMS,
    SETTINGS,
    LossSettings,
    Measure,
    ModelSettings,
    RunConfig,
    TrainSettings,
    fitted_size,
    fitting_sizes,
    shown,
)
from riskcore.errors import InputError
from riskcore.learning.checkpoints import LOWER_IS_BETTER
from riskcore.readers import read_yaml

SHORT = {"data": "isic2018", "matrix": "isic2018"}


def refusal(*overrides: str, values: dict[str, Any] = SHORT) -> str:
    with pytest.raises(InputError) as caught:
        RunConfig.build(values, overrides)
    return str(caught.value)


def test_the_shortest_file_gives_the_defaults() -> None:
    config = RunConfig.build(SHORT)
    assert config.data.name == "isic2018"
    assert config.model.model_dump() == {
        "name": "tf_efficientnet_lite0",
        "weights": "packaged",
        "size": 160,
        "hidden": 0,
        "members": 1,
    }
    assert config.loss.label == "ce"
    assert (config.seed, config.fold, config.wish) == (0, None, "accuracy_loss=0.01")


@pytest.mark.parametrize(
    ("backbone", "stages", "epochs", "batch_size", "learning_rate"),
    [("full", None, 10, 32, 5e-4), ("frozen", 0, 40, 256, 1e-3), ("last:2", 2, 6, 32, 1e-3)],
)
def test_what_is_not_given_follows_the_backbone(
    backbone: str, stages: int | None, epochs: int, batch_size: int, learning_rate: float
) -> None:
    train = RunConfig.build(SHORT, [f"train.backbone={backbone}"]).train
    assert (train.trained_stages, train.epochs, train.batch_size, train.learning_rate) == (
        stages,
        epochs,
        batch_size,
        learning_rate,
    )
    given = RunConfig.build(
        SHORT, [f"train.backbone={backbone}", "train.epochs=3", "train.batch_size=8", "train.learning_rate=1e-2"]
    ).train
    assert (given.epochs, given.batch_size, given.learning_rate) == (3, 8, 0.01)


def test_overrides_reach_nested_settings_and_leave_the_file_alone() -> None:
    values: dict[str, Any] = {**SHORT, "train": {"epochs": 7}, "loss": "focal"}
    config = RunConfig.build(values, ["data.folds=5", "fold=2", "train.ema=0.9", "loss.form=margin", "loss.strength=6"])
    assert (config.data.name, config.data.folds, config.fold) == ("isic2018", 5, 2)
    assert (config.train.epochs, config.train.ema) == (7, 0.9)
    assert config.loss.label == "margin s=6"
    assert values == {**SHORT, "train": {"epochs": 7}, "loss": "focal"}


def test_values_are_read_as_yaml() -> None:
    config = RunConfig.build(
        SHORT, ["data.magnifications=[40, 100]", "data.folds=published", "fold=1", "data.drop_leaks=true"]
    )
    assert config.data.magnifications == ("40", "100")
    assert config.data.folds == "published"
    assert config.data.drop_leaks is True


def test_settings_survive_their_way_through_json() -> None:
    config = RunConfig.build(SHORT, ["train.backbone=frozen", "loss=focal", "data.folds=5", "fold=0"])
    assert RunConfig.build(config.model_dump(mode="json")) == config


@pytest.mark.parametrize("form", [*FORMS, *BASELINES])
def test_baselines_have_no_strength(form: str) -> None:
    loss = LossSettings.model_validate({"form": form, "strength": 5, "confusion": 1, "base": "focal"})
    if form in BASELINES:
        assert loss.label == form
        assert (loss.strength, loss.confusion, loss.base) == (0, 0, "ce")
    else:
        assert loss.label == f"{form} s=5 beta=1 focal"


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ({"form": "focal", "gamma": 1}, "focal gamma=1"),
        ({"form": "focal", "gamma": 2}, "focal"),
        ({"form": "ce", "gamma": 1}, "ce"),
        ({"form": "margin", "strength": 1, "gamma": 1}, "margin s=1"),
        ({"form": "margin", "strength": 1, "base": "focal", "gamma": 0.5}, "margin s=1 focal gamma=0.5"),
    ],
)
def test_gamma_belongs_to_focal_losses(settings: dict, label: str) -> None:
    loss = LossSettings.model_validate(settings)
    assert loss.label == label
    assert LossSettings.model_validate(loss.model_dump(mode="json")) == loss


def test_runs_from_before_there_were_teachers_stay_in_their_pools() -> None:
    assert "teachers" not in TrainSettings.model_validate({}).model_dump(mode="json")
    assert TrainSettings.model_validate({"teachers": 5}).model_dump(mode="json")["teachers"] == 5


def test_runs_from_before_gamma_could_be_set_stay_in_their_pools() -> None:
    assert LossSettings(form="focal").model_dump(mode="json") == {
        "form": "focal",
        "strength": 0.0,
        "confusion": 0.0,
        "base": "ce",
    }


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=3", "Unknown setting `train.epoch`: did you mean `train.epochs`?"),
        ("epochs=3", "Unknown setting `epochs`: did you mean `train.epochs`?"),
        ("learning_rate=3", "Unknown setting `learning_rate`: did you mean `train.learning_rate`?"),
        ("loss={form: focal, gamma: -1}", "Setting `loss.gamma` = -1: input should be greater than or equal to 0."),
        ("train.teachers=1", "Expected `train.teachers` to be 0 (none) or 2 and more, but got 1."),
        ("loss.strengh=3", "Unknown setting `loss.strengh`: did you mean `loss.strength`?"),
        ("sed=3", "Unknown setting `sed`: did you mean `seed`?"),
        ("xyzzy=1", "Unknown setting `xyzzy`: valid are data, matrix, model, loss, train, seed, fold, wish."),
        ("epochs", "Expected overrides as key=value, but got 'epochs'."),
        ("=3", "Expected overrides as key=value, but got '=3'."),
        (
            "train.epochs={",
            "train.epochs={: not valid YAML (line 2, column 1: while parsing a flow node did not "
            "find expected node content).",
        ),
        ("seed.x=3", "Setting `seed` = {'x': 3}: input should be a valid integer."),
        ("seed=-1", "Setting `seed` = -1: input should be greater than or equal to 0."),
        ("model.size=10", "Setting `model.size` = 10: input should be greater than or equal to 32."),
        ("data.validation=0.7", "Setting `data.validation` = 0.7: input should be less than 0.5."),
        ("train.sampler=even", "Setting `train.sampler` = 'even': input should be 'shuffle' or 'class_balanced'."),
        ("train.batch_size=1", "Expected `train.batch_size` to be 0 (automatic) or 2 and more, but got 1."),
        ("data.folds=1", "Expected `data.folds` to be published or a number of 2 and more, but got 1."),
        ("data.folds=many", "Expected `data.folds` to be published or a number of 2 and more, but got 'many'."),
        ("fold=1", "Expected `fold` and `data.folds` together: a fold names one part of that many."),
        ("data.folds=5", "Expected `fold` and `data.folds` together: a fold names one part of that many."),
        ("wish=joy", "wish 'joy': expected KIND=NUMBER, e.g. accuracy_loss=0.01, or least_severity."),
        (
            "loss=hinge",
            "Expected `loss.form` to be one of ce, focal, class_weighted_ce, label_smoothing, margin, expected, "
            "barrier, log_harm, reweight, but got 'hinge'.",
        ),
        (
            "train.backbone=last:0",
            "Expected `train.backbone` to be full, frozen or last:N (N ≥ 1), but got 'last:0'.",
        ),
    ],
)
def test_a_wrong_setting_is_one_line(override: str, message: str) -> None:
    assert refusal(override) == message


def test_a_missing_setting_is_named() -> None:
    assert refusal(values={"data": "isic2018"}) == (
        "Missing setting `matrix`: add it to the file or as an override, matrix=…"
    )
    assert refusal("data={}") == "Missing setting `data.name`: add it to the file or as an override, data.name=…"


def test_files_are_read_or_refused_with_a_line(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("data: isic2018\nmatrix: isic2018\nloss: {form: margin, strength: 6}\n")
    assert RunConfig.from_file(file, ["seed=2"]).loss.label == "margin s=6"
    with pytest.raises(InputError) as caught:
        read_yaml(tmp_path / "absent.yaml")
    assert (
        str(caught.value) == f"{tmp_path / 'absent.yaml'}: cannot be read (No such file or directory); check the path."
    )
    for content, message in (
        ("a: [", "not valid YAML ("),
        ("- a", "expected a mapping of settings, such as `data: isic2018`."),
    ):
        file.write_text(content)
        with pytest.raises(InputError) as caught:
            read_yaml(file)
        assert str(caught.value).startswith(f"{file}: {message}")
        assert "\n" not in str(caught.value)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        RunConfig.build(SHORT).seed = 3


def test_every_measure_has_a_direction() -> None:
    assert set(LOWER_IS_BETTER) == set(Measure.__args__)


def test_settings_need_no_torch() -> None:
    code = "import sys, riskcore.config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_setting_has_a_meaning_and_those_that_the_screen_asks_for_a_label_of_their_own() -> None:
    fields = {name: field for name, field in SETTINGS.items() if name not in ("data", "model", "loss", "train")}
    assert all(len(field.description or "") > 8 for field in fields.values())
    labels = {name: about.label for name, field in fields.items() if (about := shown(field))}
    assert len(set(labels.values())) == len(labels)
    assert set(fields) - set(labels) == {"fold", "wish"}  # folds are all trained; the wish has controls of its own


def test_every_loss_and_what_is_trained_is_a_choice_that_the_settings_take() -> None:
    def choices(name: str) -> list[str]:
        about = shown(SETTINGS[name])
        assert about is not None
        return list(about.choices)

    assert set(choices("loss.form")) == {*FORMS, *BASELINES}
    assert [TrainSettings.model_validate({"backbone": name}).backbone for name in choices("train.backbone")] == choices(
        "train.backbone"
    )
    assert choices("model.name")[0] == ModelSettings().name


@pytest.mark.parametrize("backbone", ["full", "frozen", "last:1", "last:3"])
def test_automatic_values_are_those_that_the_fields_tell(backbone: str) -> None:
    train = TrainSettings.model_validate({"backbone": backbone})
    told = {
        name: about.automatic.of(backbone)
        for name, field in TrainSettings.model_fields.items()
        if (about := shown(field)) and about.automatic
    }
    assert told == train.model_dump(include=set(told))
    assert sorted(told) == ["batch_size", "epochs", "learning_rate", "weight_decay"]
    assert TrainSettings.model_validate({"backbone": backbone, **dict.fromkeys(told)}) == train, "None leaves them out"
    assert TrainSettings.model_validate({"backbone": backbone, "epochs": 0, "weight_decay": 0}).epochs == told["epochs"]
    assert TrainSettings.model_validate({"backbone": backbone, "weight_decay": 0}).weight_decay == 0


def test_automatic_values_are_told_in_words() -> None:
    told = {name: SETTINGS[f"train.{name}"].description for name in ("epochs", "batch_size", "learning_rate")}
    assert told == {
        "epochs": "0: 40 for frozen, 6 for last:N, else 10",
        "batch_size": "0: 256 for frozen, else 32",
        "learning_rate": "0: 0.001 for frozen and last:N, else 0.0005; 0.0001 for trained stages of a transformer",
    }


@pytest.mark.parametrize("train", [{"backbone": "last:1"}, TrainSettings.model_validate({"backbone": "last:1"})])
def test_a_transformer_learns_at_a_rate_of_its_own_unless_one_is_given(train: Any) -> None:
    transformer = RunConfig.build({**SHORT, "model": "vit_small_patch14_dinov2", "train": train})
    assert (transformer.train.learning_rate, transformer.train.weight_decay) == (1e-4, 0.05)
    assert RunConfig.build(transformer.model_dump(mode="json")) == transformer
    for name, value in (("learning_rate", 1e-3), ("weight_decay", 0)):
        assert getattr(RunConfig.build(transformer.model_dump(), [f"train.{name}={value}"]).train, name) == value
    assert RunConfig.build({**SHORT, "train": train}).train.learning_rate == 1e-3
    frozen = RunConfig.build({**SHORT, "model": "vit_small_patch14_dinov2"}, ["train.backbone=frozen"])
    assert frozen.train.learning_rate == 1e-3


def test_what_was_changed_is_what_follows_for_none_of_the_networks() -> None:
    given = TrainSettings.model_validate({"backbone": "last:1", "learning_rate": 1e-3, "epochs": 6})
    assert given.changed("resnet50") == {"backbone": "last:1"}
    assert given.changed("resnet50", "vit_small_patch14_dinov2") == {"backbone": "last:1", "learning_rate": 1e-3}
    left = TrainSettings.model_validate({"backbone": "last:1", "learning_rate": None})
    assert left.changed("resnet50", "vit_small_patch14_dinov2") == {"backbone": "last:1"}


def test_a_hidden_layer_needs_a_frozen_backbone() -> None:
    frozen = {**SHORT, "model": {"hidden": 64}, "train": {"backbone": "frozen"}}
    assert RunConfig.build(frozen).model.hidden == 64
    with pytest.raises(InputError, match=r"`model.hidden` is for train.backbone=frozen; set it to 0, or"):
        RunConfig.build(frozen, ["train.backbone=last:1"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: &a [x]\nb: *a\n", "anchors and aliases are not read"),
        ("seed: " + "9" * 5000, "is a number of 5,000 digits"),
        (
            "data: toy\nmatrix: demo\nseed: 2020-13-45\n",
            "Setting `seed` = '2020-13-45': input",
        ),
        ("data: toy\nmatrix: demo\nloss: {form: margin, strength: .inf}\n", ".inf is not a finite number"),
        (
            "data: toy\nmatrix: demo\nloss: {form: margin, strength: '1e999'}\n",
            "`loss.strength` = '1e999': input",
        ),
        ("data: toy\nmatrix: demo\ndata.folds: " + "x" * 9000, "Unknown setting `data.folds`"),
        ("- " * 3000 + "x", "more than 64 deep"),
        ('data: "a\\0b"\nmatrix: demo\n', "holds a sign that no file can hold"),
    ],
    ids=range(8),
)
def test_a_hostile_training_file_is_one_short_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "train.yaml"
    file.write_text(content)
    with pytest.raises(InputError) as caught:
        RunConfig.from_file(file)
    message = str(caught.value)
    assert said in message
    assert message.isprintable()
    assert len(message) < 600


@pytest.mark.parametrize(
    ("name", "patch"), [("vit_small_patch14_dinov2", 14), ("vit_small_patch16_224", 16), ("resnet50", 1)]
)
def test_sizes_that_fit_are_the_nearest_on_either_side(name: str, patch: int) -> None:
    for size in range(32, 300):
        smaller, larger = fitting_sizes(name, size)
        assert smaller % patch == larger % patch == 0
        assert smaller <= size <= larger
        assert larger - smaller == (0 if size % patch == 0 else patch)
        assert fitted_size(name, size) == smaller


def test_a_backbone_without_a_size_takes_one_that_fits() -> None:
    assert ModelSettings.model_validate({"name": "vit_small_patch14_dinov2"}).size == 154
    assert ModelSettings.model_validate({"name": "vit_small_patch14_dinov2", "size": 98}).size == 98
    assert ModelSettings().size == ModelSettings.model_validate({"name": "resnet50"}).size == 160
