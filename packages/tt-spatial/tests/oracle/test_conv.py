"""Convolutions and their layers: values, dtypes, shapes, gradients to second order and errors are PyTorch's."""

import warnings

import numpy as np
import pytest
import tt_autograd as tt
import tt_spatial
import tt_spatial.functional
import tt_spatial.layers

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)


def floats(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


X1, X2, X3 = floats(2, 4, 9), floats(2, 4, 9, 8), floats(1, 4, 5, 6, 4)
W1, W2, W3 = floats(6, 4, 3), floats(6, 4, 3, 3), floats(6, 4, 2, 3, 1)
T1, T2, T3 = floats(4, 6, 3), floats(4, 6, 3, 3), floats(4, 6, 2, 3, 1)
B = floats(6)

# name of the function, arrays, settings
CASES = [
    ("conv1d", [X1, W1, B], {}),
    ("conv1d", [X1, W1], {"stride": 2, "padding": 2, "dilation": 2}),
    ("conv1d", [X1[0], W1, B], {"padding": "same"}),
    ("conv2d", [X2, W2, B], {}),
    ("conv2d", [X2, W2, B], {"padding": 1}),
    ("conv2d", [X2, W2, B], {"padding": [1, 2], "stride": [2, 1]}),
    ("conv2d", [X2, W2, B], {"stride": (2,)}),
    ("conv2d", [X2, W2], {"dilation": (2, 3)}),
    ("conv2d", [X2, W2, B], {"padding": "same", "dilation": 2}),
    ("conv2d", [X2, floats(6, 4, 4, 2)], {"padding": "same"}),
    ("conv2d", [X2, floats(6, 4, 2, 2)], {"stride": 3}),
    ("conv2d", [X2, floats(6, 4, 1, 1), B], {"stride": 2}),
    ("conv2d", [X2, W2, B], {"padding": "valid", "stride": 2}),
    ("conv2d", [X2, floats(6, 2, 3, 3), B], {"groups": 2}),
    ("conv2d", [X2, floats(8, 1, 3, 3)], {"groups": 4, "padding": 1}),
    ("conv2d", [X2[0], W2, B], {}),
    ("conv2d", [X2[:0], W2, B], {}),
    ("conv2d", [X2.astype(np.float64), W2.astype(np.float64), B.astype(np.float64)], {"padding": 1}),
    ("conv2d", [floats(2, 16, 12, 12), floats(16, 16, 3, 3), floats(16)], {"padding": 1}),
    ("conv2d", [floats(2, 3, 20, 20), floats(8, 3, 7, 7), floats(8)], {"padding": 3, "stride": 2}),
    ("conv3d", [X3, W3, B], {"padding": 1}),
    ("conv3d", [X3, floats(6, 2, 2, 2, 2)], {"groups": 2, "stride": (1, 2, 1), "dilation": (2, 1, 1)}),
    ("conv_transpose1d", [X1, T1, B], {"stride": 2, "output_padding": 1}),
    ("conv_transpose1d", [X1[0], T1], {"padding": 2}),
    ("conv1d", [floats(20, 4, 9), floats(6, 4, 3), B], {"padding": 1}),  # many small signals
    ("conv_transpose2d", [floats(8, 3, 4, 6), floats(3, 1, 4, 4)], {"padding": 2, "output_padding": 2, "groups": 3, "dilation": 3}),
    ("conv1d", [floats(40, 4, 9), floats(6, 4, 3), B], {"padding": 1}),
    ("conv2d", [floats(40, 4, 7, 8), W2, B], {"padding": 1, "stride": 2}),  # a group of 32, and a smaller one
    ("conv2d", [floats(40, 4, 7, 8), W2, B], {"padding": 1}),
    ("conv_transpose1d", [floats(20, 4, 9), floats(4, 6, 1), B], {"output_padding": 1, "dilation": 2}),
    ("conv_transpose2d", [X2, T2, B], {}),
    ("conv_transpose2d", [X2, T2, B], {"stride": 2, "padding": 1, "output_padding": (1, 0)}),
    ("conv_transpose2d", [X2, T2, B], {"stride": 1, "output_padding": 2, "dilation": 3}),
    ("conv_transpose2d", [X2, floats(4, 6, 1, 1), B], {"output_padding": (1, 2), "dilation": 3}),
    ("conv_transpose2d", [X2, floats(4, 3, 3, 3), B], {"groups": 2, "dilation": 2, "stride": (3, 1)}),
    ("conv_transpose2d", [X2[:0], T2], {}),
    ("conv_transpose2d", [X2, floats(4, 2, 2, 2)], {"stride": 2}),
    ("conv_transpose3d", [X3, T3, B], {"stride": (2, 1, 3), "padding": (0, 1, 0)}),
]  # fmt: skip


def results(lib, functions, name, arrays, settings, orders=2):
    """The result, the gradients of a fixed function of it, and the gradients of their squares."""
    grad = tt.grad if lib is tt else torch.autograd.grad
    xs = [lib.tensor(a, requires_grad=True) for a in arrays]
    y = getattr(functions, name)(*xs, **settings)
    found, scalar = [y], (y * y * y).sum()
    for _ in range(orders):
        gradients = grad(scalar, xs, create_graph=True, allow_unused=True, materialize_grads=True)
        found += gradients
        scalar = sum((g * g).sum() for g in gradients)
    return found


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("k", range(len(CASES)))
def test_values_and_gradients(k):
    name, arrays, settings = CASES[k]
    ours = results(tt, tt_spatial.functional, name, arrays, settings)
    theirs = results(torch, torch.nn.functional, name, arrays, settings)
    for a, b in zip(ours, theirs, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype) == str(b.dtype).split(".")[-1]
        b = b.detach().numpy()
        tolerance = 1e-10 if b.dtype == np.float64 else 2e-5
        np.testing.assert_allclose(a.detach().array, b, rtol=tolerance, atol=tolerance * np.abs(b).max(initial=1))


LONG = (X2 * 10).astype(np.int64), (W2 * 10).astype(np.int64)
CALLS = [
    lambda F, t: F.conv2d(t(LONG[0]), t(LONG[1])),
    lambda F, t: F.conv2d(t(X2 > 0), t(W2 > 0)),
    lambda F, t: F.conv2d(t(X2), t(W2.astype(np.float64))),
    lambda F, t: F.conv2d(t(X2), t(W2), t(B.astype(np.float64))),
    lambda F, t: F.conv2d(t(X2[0, 0]), t(W2)),
    lambda F, t: F.conv2d(t(X2[None]), t(W2)),
    lambda F, t: F.conv1d(t(X1), t(W2)),
    lambda F, t: F.conv2d(t(X2), t(W2), t(B[:3])),
    lambda F, t: F.conv2d(t(X2[:, :3]), t(W2)),
    lambda F, t: F.conv2d(t(X2), t(W2), stride=0),
    lambda F, t: F.conv2d(t(X2), t(W2), stride=(1, 2, 3)),
    lambda F, t: F.conv2d(t(X2), t(W2), stride=1.5),
    lambda F, t: F.conv2d(t(X2), t(W2), padding=-1),
    lambda F, t: F.conv2d(t(X2), t(W2), padding="same", stride=2),
    lambda F, t: F.conv2d(t(X2), t(W2), padding="full"),
    lambda F, t: F.conv2d(t(X2), t(W2), dilation=0),
    lambda F, t: F.conv2d(t(X2), t(W2), groups=0),
    lambda F, t: F.conv2d(t(X2), t(W2), groups=2),
    lambda F, t: F.conv2d(t(X2), t(W2[:5, :2]), groups=2),
    lambda F, t: F.conv2d(t(X2[:, :, :2]), t(W2)),
    lambda F, t: F.conv2d(t(X2[:, :, :0]), t(W2), padding=1),
    lambda F, t: F.conv2d(t(X2), t(W2[:0])),
    lambda F, t: F.conv2d(t(X2), t(W2[:, :, :0])),
    lambda F, t: F.conv2d(t(X2), 3),
    lambda F, t: F.conv_transpose2d(t(LONG[0]), t((T2 * 10).astype(np.int64))),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2), stride=2, output_padding=2),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2), output_padding=-1),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2), t(B[:5])),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2[:3])),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2), groups=3),
    lambda F, t: F.conv_transpose2d(t(X2), t(T2), padding="same"),
    lambda F, t: F.conv_transpose2d(t(X2[:, :, :1, :1]), t(T2), padding=2),
]


def outcome(call, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call(*arguments)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            return error


def same_outcome(ours, theirs):
    if isinstance(theirs, Exception):
        wanted = next(c for c in (IndexError, ValueError, TypeError, RuntimeError) if isinstance(theirs, c))
        assert isinstance(ours, wanted), (ours, theirs)
        return
    if isinstance(ours, Exception):
        raise ours
    assert str(ours.dtype) == str(theirs.dtype).split(".")[-1]
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("k", range(len(CALLS)))
def test_errors_and_dtypes(k):
    ours = outcome(CALLS[k], tt_spatial.functional, tt.tensor)
    same_outcome(ours, outcome(CALLS[k], torch.nn.functional, torch.tensor))


LAYERS = [
    ("Conv1d", (4, 6, 3), {"padding": 2, "padding_mode": "circular"}, X1),
    ("Conv2d", (4, 6, 3), {}, X2),
    ("Conv2d", (4, 6, (3, 2)), {"padding": "same", "padding_mode": "reflect", "dilation": 2}, X2),
    ("Conv2d", (4, 8, 3, 2, 1, 1, 4, False, "replicate"), {}, X2),
    ("Conv2d", (4, 6, 3), {"padding": "valid", "padding_mode": "reflect"}, X2[0]),
    ("Conv3d", (4, 2, 3), {"padding": (1, 0, 2), "padding_mode": "replicate"}, X3),
    ("ConvTranspose1d", (4, 6, 3, 2, 1, 1), {}, X1),
    ("ConvTranspose2d", (4, 6, 3, 2, 1, 1, 2, False, 2), {}, X2),
    ("ConvTranspose3d", (4, 2, 2), {"stride": 2}, X3),
    ("Conv2d", (4, 6, 3), {"padding": 9, "padding_mode": "reflect"}, X2),
    ("Conv2d", (4, 6, 3), {"padding": 9, "padding_mode": "circular"}, X2),
    ("Conv2d", (4, 6, 3), {"padding": "full"}, X2),
    ("Conv2d", (4, 6, 3), {"groups": 3}, X2),
    ("Conv2d", (4, 6, 3), {"padding_mode": "mirror"}, X2),
    ("Conv2d", (4, 6, -1), {}, X2),
    ("ConvTranspose2d", (4, 6, 3), {"padding_mode": "reflect"}, X2),
]


@pytest.mark.parametrize("k", range(len(LAYERS)))
def test_layers(k):
    name, arguments, settings, x = LAYERS[k]
    theirs = outcome(lambda: getattr(torch.nn, name)(*arguments, **settings))
    ours = outcome(lambda: getattr(tt_spatial.layers, name)(*arguments, **settings))
    if isinstance(theirs, Exception):
        same_outcome(ours, theirs)
        return
    assert repr(ours) == repr(theirs)
    values = {key: value.detach().numpy() for key, value in theirs.state_dict().items()}
    ours.load_state_dict({key: tt.tensor(value) for key, value in values.items()})
    same_outcome(outcome(ours, tt.tensor(x)), outcome(theirs, torch.tensor(x)))


@pytest.mark.parametrize("size", [(17, 15), (18, 16), (18, 17), (16,), (2, 6, 18, 16), (1, 2, 3, 4, 5)])
def test_output_size(size):
    outcomes = []
    for lib, layers in ((tt, tt_spatial.layers), (torch, torch.nn)):
        layer = layers.ConvTranspose2d(4, 6, 3, stride=2, padding=1)
        y = outcome(layer, lib.tensor(X2), size)
        outcomes.append(type(y) if isinstance(y, Exception) else tuple(y.shape))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("name", ["Conv2d", "ConvTranspose2d"])
def test_initial_values_have_the_same_spread(name):
    for groups in (1, 4):
        theirs = getattr(torch.nn, name)(64, 32, 3, groups=groups)
        ours = getattr(tt_spatial.layers, name)(64, 32, 3, groups=groups)
        for key in ("weight", "bias"):
            a, b = getattr(ours, key).detach().array, getattr(theirs, key).detach().numpy()
            assert a.std() == pytest.approx(b.std(), rel=0.02 if key == "weight" else 0.4)
            assert np.abs(a).max() == pytest.approx(np.abs(b).max(), rel=0.02 if key == "weight" else 0.3)
