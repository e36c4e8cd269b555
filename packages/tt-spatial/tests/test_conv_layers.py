"""The convolution layers: what they refuse, how they print, padding modes, initial values."""

import math

import numpy as np
import pytest
import tt_spatial.functional as F
from tt_autograd import Tensor, gradcheck, manual_seed
from tt_spatial.layers import (
    AvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    MaxPool2d,
)

rng = np.random.default_rng(0)


def floats(*shape):
    return Tensor(rng.standard_normal(shape).astype(np.float32))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Conv2d(4, 6, 3, padding_mode="mirror"), ValueError, "padding_mode must be one of"),
        (lambda: Conv2d(4, 6, 3, padding="full"), ValueError, "Invalid padding string"),
        (lambda: Conv2d(4, 6, 3, stride=2, padding="same"), ValueError, "strided"),
        (lambda: Conv2d(4, 6, 3, groups=3), ValueError, "out_channels|in_channels"),
        (lambda: Conv2d(4, 6, 3, groups=4), ValueError, "out_channels"),
        (lambda: Conv2d(4, 6, 3, groups=0), ValueError, "positive"),
        (lambda: Conv2d(4.0, 6, 3), TypeError, "in_channels must be made of ints, got 4.0"),
        (lambda: Conv2d(4, 6, (3, 2.5)), TypeError, r"kernel_size must be made of ints, got \(3, 2.5\)"),
        (lambda: ConvTranspose1d(4, 6, "3"), TypeError, "kernel_size"),
        (lambda: ConvTranspose2d(4, 6, 3, padding_mode="reflect"), ValueError, '"zeros"'),
        (lambda: ConvTranspose2d(4, 6, 3, padding="same"), TypeError, "padding"),
        (lambda: ConvTranspose2d(4, 6, 3, stride=2)(floats(1, 4, 5, 5), (14, 14)), ValueError, "valid sizes range"),
        (lambda: ConvTranspose2d(4, 6, 3, stride=2)(floats(1, 4, 5, 5), (11,)), ValueError, "output_size must have"),
        (lambda: Conv2d(4, 6, 3)(floats(4, 4)), RuntimeError, "Expected 3D"),
        (lambda: Conv2d(4, 6, (3, 3, 3))(floats(1, 4, 9, 9)), RuntimeError, "weight of 4 dimensions"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=f"^(conv|Conv).*: .*({message})"):
        make()


def test_weights_that_cannot_be():
    with pytest.raises(RuntimeError, match=r"negative dimension -1: \[6, 4, -1, -1\]"):
        Conv2d(4, 6, -1)
    with pytest.raises(RuntimeError, match="'cuda' is not available"):
        Conv2d(4, 6, 3, device="cuda")


def test_repr():
    assert repr(Conv1d(4, 6, 3)) == "Conv1d(4, 6, kernel_size=(3,), stride=(1,))"
    assert repr(Conv2d(4, 6, (3, 5), 2, (1, 2), (2, 1), 2, False, "circular")) == (
        "Conv2d(4, 6, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2), dilation=(2, 1), groups=2, bias=False, "
        "padding_mode=circular)"
    )
    assert repr(Conv3d(4, 6, 3, padding="same")) == (
        "Conv3d(4, 6, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=same)"
    )
    assert repr(ConvTranspose1d(4, 6, 3, 2, 1, 1)) == (
        "ConvTranspose1d(4, 6, kernel_size=(3,), stride=(2,), padding=(1,), output_padding=(1,))"
    )


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (lambda: Conv2d(8, 64, 3, groups=2), 36),
        (lambda: Conv1d(64, 32, 5), 320),
        (lambda: ConvTranspose2d(64, 32, 3, groups=4), 72),
    ],
)
def test_initial_values(layer, fan_in):
    manual_seed(0)  # the largest of 32 biases may be small
    layer, bound = layer(), 1 / math.sqrt(fan_in)
    for p in (layer.weight, layer.bias):
        assert p.requires_grad
        assert np.abs(p.array).max() <= bound
        assert np.abs(p.array).max() > 0.9 * bound


def test_state():
    layer = Conv2d(2, 3, 3)
    assert list(layer.state_dict()) == ["weight", "bias"]
    assert list(Conv2d(2, 3, 3, bias=False).state_dict()) == ["weight"]
    assert layer.double().weight.dtype == np.float64
    assert Conv2d(2, 3, 3, dtype=np.float64).bias.dtype == np.float64


NUMPY = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "zeros": "constant"}


@pytest.mark.parametrize("mode", NUMPY)
@pytest.mark.parametrize("padding", [(1, 2), "same", "valid"])
def test_padding_modes(mode, padding):
    layer = Conv2d(2, 3, (3, 4), padding=padding, dilation=(1, 2), padding_mode=mode)
    x = floats(2, 2, 8, 9)
    around = {"same": ((1, 1), (3, 3)), "valid": ((0, 0), (0, 0))}.get(padding, ((1, 1), (2, 2)))
    wide = Tensor(np.pad(x.array, ((0, 0), (0, 0), *around), NUMPY[mode]))
    expected = F.conv2d(wide, layer.weight, layer.bias, dilation=(1, 2))
    np.testing.assert_allclose(layer(x).array, expected.array, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("mode", "padding"), [("zeros", "same"), ("reflect", 1), ("circular", (2, 1))])
def test_a_subclass_with_a_weight_of_its_own(mode, padding):
    class Centred(Conv2d):
        def forward(self, input):
            weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
            return self._conv_forward(input, weight, None)

    x, layer = floats(2, 4, 6, 7), Centred(4, 6, 3, padding=padding, padding_mode=mode)
    plain = Conv2d(4, 6, 3, padding=padding, padding_mode=mode, bias=False)
    plain.weight.data = layer.weight.data - layer.weight.data.mean(dim=(1, 2, 3), keepdim=True)
    np.testing.assert_array_equal(layer(x).detach().array, plain(x).detach().array)
    layer(x).sum().backward()
    assert layer.bias.grad is None
    assert abs(layer.weight.grad.sum().item()) < 1e-3


@pytest.mark.parametrize(
    "make", [lambda: Conv2d(1, 2, 3), lambda: ConvTranspose2d(1, 2, 3), lambda: MaxPool2d(2), lambda: AvgPool2d(2)]
)
def test_attributes_of_a_user_change_nothing(make):
    layer, x = make(), Tensor(np.ones((1, 1, 4, 4), "float32"))
    before = layer(x).shape
    layer.d, layer.dims = "theirs", (2, 3)
    assert layer(x).shape == before


def test_derivative_with_circular_padding():
    layer = Conv1d(2, 2, 3, padding=2, padding_mode="circular").double()
    assert gradcheck(layer, (Tensor(rng.standard_normal((2, 2, 4))).requires_grad_(),))


def test_an_output_size_can_be_asked_for():
    layer = ConvTranspose2d(4, 6, 3, stride=2, padding=1)
    x = floats(2, 4, 8, 8)
    assert layer(x).shape == (2, 6, 15, 15)
    assert layer(x, output_size=(16, 15)).shape == (2, 6, 16, 15)
    assert layer(x[0], output_size=[6, 16, 16]).shape == (6, 16, 16)
    assert ConvTranspose1d(2, 3, 2)(floats(1, 2, 4)).shape == (1, 3, 5)
    assert ConvTranspose3d(2, 3, 2)(floats(1, 2, 4, 4, 4)).shape == (1, 3, 5, 5, 5)


def test_it_learns():
    """Gradient descent finds the kernel that made the data."""
    wanted = floats(2, 1, 3, 3)
    x = floats(16, 1, 8, 8)
    y = F.conv2d(x, wanted)
    layer = Conv2d(1, 2, 3)
    for _ in range(60):
        layer.zero_grad()
        loss = ((layer(x) - y) ** 2).mean()
        loss.backward()
        for p in layer.parameters():
            p.data -= 0.3 * p.grad
    assert loss.item() < 1e-3
    np.testing.assert_allclose(layer.weight.array, wanted.array, atol=0.1)
