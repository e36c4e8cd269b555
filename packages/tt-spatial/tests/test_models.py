"""The models: names and shapes of parameters as torchvision has them, sizes, initial values, and that they learn."""

import numpy as np
import pytest
from tt_autograd import Tensor, no_grad
from tt_nn import CrossEntropyLoss, Dropout, ReLU
from tt_spatial import AlexNet, BatchNorm2d, LeNet5, MaxPool2d, models
from tt_spatial.models import vgg
from tt_tensor import manual_seed, versions


def names(model):
    return list(model.state_dict())


def norm(name):
    return [f"{name}.{part}" for part in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")]


def resnet(blocks, convolutions, first):
    """torchvision's names: `first` says whether the first stage has a projection."""
    found = ["conv1.weight", *norm("bn1")]
    for stage, count in enumerate(blocks, 1):
        for k in range(count):
            at = f"layer{stage}.{k}"
            for c in range(1, convolutions + 1):
                found += [f"{at}.conv{c}.weight", *norm(f"{at}.bn{c}")]
            if k == 0 and (stage > 1 or first):
                found += [f"{at}.downsample.0.weight", *norm(f"{at}.downsample.1")]
    return [*found, "fc.weight", "fc.bias"]


@pytest.mark.parametrize(
    ("name", "blocks", "convolutions", "size"),
    [
        ("resnet18", (2, 2, 2, 2), 2, 11689512),
        ("resnet34", (3, 4, 6, 3), 2, 21797672),
        ("resnet50", (3, 4, 6, 3), 3, 25557032),
    ],
)
def test_resnet_has_torchvisions_names_and_size(name, blocks, convolutions, size):
    model = getattr(models, name)()
    assert names(model) == resnet(blocks, convolutions, convolutions == 3)
    assert sum(p.numel() for p in model.parameters()) == size


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("vgg11", (0, 3, 6, 8, 11, 13, 16, 18)),
        ("vgg13", (0, 2, 5, 7, 10, 12, 15, 17, 20, 22)),
        ("vgg16", (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)),
        ("vgg19", (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)),
        ("vgg11_bn", (0, 4, 8, 11, 15, 18, 22, 25)),
        ("vgg16_bn", (0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40)),
    ],
)
def test_vgg_has_torchvisions_names(name, places):
    model = getattr(models, name)(num_classes=10, pool=1, hidden=16)
    expected = []
    for k in places:
        expected += [f"features.{k}.weight", f"features.{k}.bias", *(norm(f"features.{k + 1}") if "bn" in name else [])]
    assert names(model) == expected + [f"classifier.{k}.{part}" for k in (0, 3, 6) for part in ("weight", "bias")]


@pytest.mark.parametrize(("depth", "count"), [(11, 9_220_480), (13, 9_404_992), (16, 14_714_688), (19, 20_024_384)])
def test_vgg_has_as_many_weights_as_torchvisions(depth, count):
    assert sum(p.numel() for p in vgg.features(depth, batch_norm=False).parameters()) == count


def test_alexnet_and_lenet_have_the_usual_names():
    expected = [f"features.{k}.{part}" for k in (0, 3, 6, 8, 10) for part in ("weight", "bias")]
    expected += [f"classifier.{k}.{part}" for k in (1, 4, 6) for part in ("weight", "bias")]
    assert names(AlexNet(hidden=8)) == expected
    assert names(LeNet5()) == [
        f"{k}.{part}" for k in ("conv1", "conv2", "fc1", "fc2", "fc3") for part in ("weight", "bias")
    ]


def test_initial_values_are_those_of_torchvision():
    model = models.resnet18(num_classes=10, zero_init_residual=True)
    weight = model.layer2[1].conv2.weight.array
    assert abs(weight.std() / np.sqrt(2 / (128 * 9)) - 1) < 0.02
    assert (model.layer2[1].bn2.weight.array == 0).all()
    assert (model.layer2[1].bn1.weight.array == 1).all()
    vgg = models.vgg11(num_classes=10, pool=1, hidden=64)
    assert abs(vgg.classifier[3].weight.array.std() / 0.01 - 1) < 0.1
    assert (vgg.features[3].bias.array == 0).all()


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (LeNet5, (2, 1, 28, 28)),
        (lambda: LeNet5(image_size=12, in_channels=3), (2, 3, 12, 12)),
        (lambda: AlexNet(hidden=32), (2, 3, 32, 32)),
        (lambda: models.vgg11_bn(num_classes=10, pool=1, hidden=16), (2, 3, 32, 32)),
        (lambda: models.resnet18(num_classes=10), (2, 3, 32, 32)),
        (lambda: models.resnet18(num_classes=10, small_images=True), (2, 3, 8, 8)),
        (lambda: models.ResNet(models.Bottleneck, (1, 1, 1, 1), 10, groups=32, width_per_group=4), (2, 3, 32, 32)),
    ],
)
def test_every_parameter_has_its_gradient(make, shape):
    """None is cut off, and in a random direction the loss changes as they say."""
    manual_seed(0)
    model, rng = make().double(), np.random.default_rng(0)
    for module in model.modules():
        if isinstance(module, Dropout):
            module.eval()
    x, labels = Tensor(rng.standard_normal(shape)), Tensor(np.array([1, 2]))

    def loss():
        return CrossEntropyLoss()(model(x), labels)

    loss().backward()
    change, steps = 0.0, []
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert p.grad.array.any(), name
        steps.append((p.array, 1e-10 * rng.standard_normal(p.shape)))
        change += float((p.grad.array * steps[-1][1]).sum())
    ends = []
    with no_grad():
        for sign in (1, -2):
            for values, step in steps:
                values += sign * step
                versions.touch(values)
            ends.append(loss().item())
    np.testing.assert_allclose((ends[0] - ends[1]) / 2, change, 1e-3)


def test_lenet_of_today_learns():
    rng = np.random.default_rng(0)
    manual_seed(0)
    model = LeNet5(num_classes=2, image_size=12, activation=ReLU, pooling=MaxPool2d)
    label = rng.integers(0, 2, 64)
    x = rng.standard_normal((64, 1, 12, 12)).astype("float32") * 0.3
    x[label == 1, :, :, 6:] += 1
    losses = []
    for _ in range(25):
        loss = CrossEntropyLoss()(model(Tensor(x)), Tensor(label))
        losses.append(loss.item())
        model.zero_grad()
        loss.backward()
        with no_grad():
            for p in model.parameters():
                p -= p.grad * 0.1
    assert losses[-1] < losses[0] / 2


def test_misuse():
    with pytest.raises(ValueError, match="LeNet5"):
        LeNet5(image_size=8)
    with pytest.raises(ValueError, match="BasicBlock"):
        models.BasicBlock(8, 8, groups=2)
    with pytest.raises(ValueError, match="BatchNorm2d"):
        BatchNorm2d(3)(Tensor(np.zeros((2, 3, 4))))
    with pytest.raises(NotImplementedError, match="dilation=1"):
        models.resnet18(replace_stride_with_dilation=[False, False, True])
    with pytest.raises(ValueError, match="three bools, got .True."):
        models.resnet50(replace_stride_with_dilation=[True])


BUILDERS = [name for name in models.__all__ if name.startswith(("resnet", "vgg"))]


@pytest.mark.parametrize("name", BUILDERS)
def test_weights_and_progress(name):
    with pytest.raises(ValueError, match=f"{name}: weights='DEFAULT' cannot be fetched"):
        getattr(models, name)(weights="DEFAULT")
    with pytest.raises(TypeError, match="positional"):
        getattr(models, name)(None)


def test_no_weights_are_a_model_to_train():
    model = models.resnet18(weights=None, progress=False, num_classes=2)
    assert model.fc.out_features == 2


def test_stages_with_dilation_instead_of_stride():
    settings = {"num_classes": 3, "small_images": True}
    model = models.resnet50(replace_stride_with_dilation=[False, True, True], **settings)
    plain = models.resnet50(**settings)
    assert [p.shape for p in model.parameters()] == [p.shape for p in plain.parameters()]
    # A stage's first window still sees what the stage before it made.
    assert [block.conv2.dilation for block in (*model.layer3[:2], *model.layer4[:2])] == [
        (1, 1),
        (2, 2),
        (2, 2),
        (4, 4),
    ]
    assert [block.conv2.stride for block in (model.layer2[0], model.layer3[0], model.layer4[0])] == [
        (2, 2),
        (1, 1),
        (1, 1),
    ]
    x = Tensor(np.zeros((1, 3, 16, 16), "float32"))
    assert model.layer4(model.layer3(model.layer2(model.layer1(model.conv1(x))))).shape[2:] == (8, 8)
