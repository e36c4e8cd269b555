"""What is wrong with an input is said; nothing overflows; dtypes stay; training differs from evaluation."""

import subprocess
import sys

import numpy as np
import pytest
import tt_nn
import tt_nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor, grad
from tt_nn.ops import common, entropy
from tt_tensor import get_num_threads, set_num_threads
from tt_tensor.errors import DTypeError, ShapeError


def tensor(values, dtype="float32"):
    return Tensor(np.asarray(values, dtype))


def integers(values):
    return Tensor(np.asarray(values))


def ones(*shape):
    return tensor(np.ones(shape))


MISUSE = {
    "mse: column against row": (lambda: F.mse_loss(ones(4, 1), ones(4)), ShapeError, r"mse_loss.*\(4, 1\).*\(4,\)"),
    "l1: column against row": (lambda: F.l1_loss(ones(4, 1), ones(4)), ShapeError, r"\(4, 1\).*\(4,\)"),
    "huber: column against row": (lambda: F.huber_loss(ones(4, 1), ones(4)), ShapeError, r"\(4, 1\).*\(4,\)"),
    "mse: integers": (lambda: F.mse_loss(integers([1]), integers([2])), DTypeError, "float"),
    "mse: weight": (lambda: F.mse_loss(ones(4), ones(4), weight=ones(3)), ShapeError, r"\(4,\).*\(3,\)"),
    "bce: shape": (lambda: F.binary_cross_entropy_with_logits(ones(4, 1), ones(4)), ValueError, r"\(4,\).*\(4, 1\)"),
    "bce: NaN label": (lambda: F.binary_cross_entropy_with_logits(ones(1), ones(1) * float("nan")), ValueError, "NaN"),
    "bce: range": (lambda: F.binary_cross_entropy(ones(2) * 2, ones(2)), RuntimeError, "between 0 and 1"),
    "ce: class too large": (lambda: F.cross_entropy(ones(2, 3), integers([0, 3])), IndexError, "Target 3.*3 classes"),
    "ce: class negative": (lambda: F.cross_entropy(ones(2, 3), integers([0, -1])), IndexError, "Target -1"),
    "ce: float labels": (lambda: F.cross_entropy(ones(2, 3), ones(2)), DTypeError, "long"),
    "ce: NaN labels": (lambda: F.cross_entropy(ones(2, 3), ones(2) * float("nan")), DTypeError, "long"),
    "ce: NaN probabilities": (lambda: F.cross_entropy(ones(2, 3), ones(2, 3) * float("nan")), ValueError, "NaN"),
    "ce: int32": (lambda: F.cross_entropy(ones(2, 3), Tensor(np.zeros(2, "int32"))), DTypeError, "int32.*long"),
    "ce: batch": (lambda: F.cross_entropy(ones(2, 3), integers([0])), ShapeError, r"\(2,\), got \(1,\)"),
    "ce: column": (lambda: F.cross_entropy(ones(2, 3), integers([[0], [1]])), ShapeError, r"\(2, 1\)"),
    "ce: probabilities": (lambda: F.cross_entropy(ones(2, 3), ones(2, 4)), ShapeError, r"\(2, 3\).*\(2, 4\)"),
    "ce: weight": (lambda: F.cross_entropy(ones(2, 3), integers([0, 1]), ones(2)), ShapeError, "3 classes"),
    "ce: tracked weight": (
        lambda: F.cross_entropy(ones(2, 3), integers([0, 1]), ones(3).requires_grad_()),
        RuntimeError,
        "detach",
    ),
    "ce: smoothing": (
        lambda: F.cross_entropy(ones(2, 3), integers([0, 1]), label_smoothing=2.0),
        RuntimeError,
        "between",
    ),
    "ce: ignored probabilities": (
        lambda: F.cross_entropy(ones(2, 3), ones(2, 3), ignore_index=0),
        RuntimeError,
        "ignore_index=0.*probabilities",
    ),
    "huber: weight": (lambda: F.huber_loss(ones(4), ones(4), weight=ones(1)), ValueError, r"\(4,\).*\(1,\)"),
    "bce: weight": (
        lambda: F.binary_cross_entropy(ones(3, 1), ones(3, 1), ones(3)),
        RuntimeError,
        r"weight of shape \(3,\).*\(3, 1\)",
    ),
    "bce: pos_weight": (
        lambda: F.binary_cross_entropy_with_logits(ones(3, 1), ones(3, 1), pos_weight=ones(2)),
        RuntimeError,
        r"weight of shape \(2,\).*\(3, 1\)",
    ),
    "bce: weight with more dimensions": (
        lambda: F.binary_cross_entropy_with_logits(ones(3), ones(3), ones(1, 3)),
        RuntimeError,
        r"weight of shape \(1, 3\)",
    ),
    "gaussian: two dimensions": (
        lambda: F.gaussian_nll_loss(ones(2, 3), ones(2, 3), ones(1, 1)),
        ValueError,
        r"\(1, 1\)",
    ),
    "glu: integers": (lambda: F.glu(integers([1, 2])), DTypeError, "glu.*float"),
    "prelu: integers": (lambda: F.prelu(integers([1, 2]), integers([1])), DTypeError, "prelu.*float"),
    "TripletMarginLoss": (lambda: tt_nn.TripletMarginLoss(margin=0), ValueError, "margin.*greater than 0"),
    "MultiMarginLoss: p": (lambda: tt_nn.MultiMarginLoss(p=3), ValueError, "p == 2"),
    "MultiMarginLoss: weight": (lambda: tt_nn.MultiMarginLoss(weight=ones(2, 2)), ValueError, r"\(2, 2\)"),
    "AdaptiveLogSoftmaxWithLoss": (
        lambda: tt_nn.AdaptiveLogSoftmaxWithLoss(2, 4, [2], div_value=1.0)(ones(1, 2), integers([4])),
        RuntimeError,
        r"\[0, 3\]",
    ),
    "linear: bias of one output": (lambda: F.linear(ones(2, 3), ones(3), ones(2)), RuntimeError, r"\(?2"),
    "Hardtanh": (lambda: tt_nn.Hardtanh(1.0, 1.0), AssertionError, "larger"),
    "ce: reduction": (lambda: F.cross_entropy(ones(2, 3), integers([0, 1]), reduction="avg"), ValueError, "avg"),
    "deprecated": (lambda: F.cross_entropy(ones(2, 3), integers([0, 1]), size_average=True), TypeError, "reduction="),
    "unknown keyword": (lambda: F.relu(ones(2), slope=3), TypeError, "slope"),
    "softmax: dim": (lambda: F.softmax(ones(2), 1), IndexError, "out of range"),
    "softmax: integers": (lambda: F.softmax(integers([1, 2]), 0), DTypeError, "int64"),
    "glu: odd": (lambda: F.glu(ones(3)), ShapeError, "even"),
    "layer_norm": (lambda: F.layer_norm(ones(2, 3), [4]), ShapeError, r"\[2, 3\]"),
    "batch_norm: one value": (lambda: F.batch_norm(ones(1, 3), None, None, training=True), ValueError, "more than 1"),
    "batch_norm: half of it": (
        lambda: F.batch_norm(ones(2, 3), ones(3), None, training=True),
        ValueError,
        "both be None",
    ),
    "batch_norm: eps": (lambda: F.batch_norm(ones(2, 3), None, None, training=True, eps=0.0), ValueError, "positive"),
    "batch_norm: no tensor": (lambda: F.batch_norm([1.0], None, None), TypeError, "Tensor"),
    "instance_norm: no tensor": (lambda: F.instance_norm([1.0]), TypeError, "Tensor"),
    "batch_norm: dims": (lambda: tt_nn.BatchNorm1d(3)(ones(3)), ValueError, "1D"),
    "batch_norm: channels": (lambda: tt_nn.BatchNorm1d(3)(ones(2, 4)), RuntimeError, "4 elements"),
    "group_norm": (lambda: tt_nn.GroupNorm(2, 3), ValueError, "divisible"),
    "ctc: label": (lambda: F.ctc_loss(ones(4, 1, 3), integers([[5]]), (4,), (1,)), IndexError, "3 classes"),
    "ctc: lengths": (lambda: F.ctc_loss(ones(4, 1, 3), integers([[1]]), (9,), (1,)), RuntimeError, "at most 4"),
}


@pytest.mark.parametrize("name", MISUSE)
def test_misuse(name):
    call, error, message = MISUSE[name]
    with pytest.raises(error, match=message):
        call()


def test_implicit_dim_warns():
    with pytest.warns(UserWarning, match="dim=1"):
        F.softmax(ones(2, 3))


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=12), st.floats(-100, 100, width=32))
@settings(max_examples=60, deadline=None)
def test_softmax_sums_to_one_and_ignores_a_shift(scores, shift):
    x = np.array([scores], "float32")
    p = F.softmax(tensor(x), 1).array
    np.testing.assert_allclose(p.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(F.log_softmax(tensor(x), 1).exp().array, p, rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(F.softmax(tensor(x.astype(float) + shift, float), 1).array, p, rtol=2e-3, atol=1e-6)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_cross_entropy_is_nll_of_log_softmax(n, c, seed):
    rng = np.random.default_rng(seed)
    x, t = rng.standard_normal((n, c)) * 30, rng.integers(0, c, n)
    expected = F.nll_loss(F.log_softmax(tensor(x, float), 1), integers(t)).array
    np.testing.assert_allclose(F.cross_entropy(tensor(x, float), integers(t)).array, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("size", [(), (3,), (4, 5), (2, 3, 4)])
@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("weighted", [False, True])
def test_nll_of_pictures_is_that_of_their_places(size, reduction, weighted):
    rng = np.random.default_rng(0)
    data, t = rng.standard_normal((2, 3, *size)), rng.integers(0, 3, (2, *size))
    w = Tensor(np.array([0.2, 0.5, 0.7])) if weighted else None
    x, rows = Tensor(data).requires_grad_(), Tensor(np.moveaxis(data, 1, -1).reshape(-1, 3)).requires_grad_()
    loss = F.nll_loss(x, integers(t), w, ignore_index=1, reduction=reduction)
    wanted = F.nll_loss(rows, integers(t.reshape(-1)), w, ignore_index=1, reduction=reduction)
    np.testing.assert_allclose(loss.array.reshape(wanted.shape), wanted.array, rtol=1e-12)
    (loss * loss).sum().backward()
    (wanted * wanted).sum().backward()
    np.testing.assert_allclose(np.moveaxis(x.grad.array, 1, -1).reshape(-1, 3), rows.grad.array, rtol=1e-12)
    assert x.grad.array.flags.c_contiguous


def test_cross_entropy_is_the_same_on_several_threads(monkeypatch):
    scores, t = np.random.default_rng(0).standard_normal((50, 9)).astype("float32"), integers(np.arange(50) % 9)
    found, before = [], get_num_threads()
    try:
        for threads, many in ((1, common.MANY), (3, 18)):
            set_num_threads(threads)
            monkeypatch.setattr(common, "MANY", many)
            x = Tensor(scores.copy()).requires_grad_()
            loss = F.cross_entropy(x, t, ignore_index=4, reduction="none")
            loss.sum().backward()
            found.append((loss.detach().array, x.grad.array))
    finally:
        set_num_threads(before)
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_losses_are_finite_for_large_logits(scale):
    x = Tensor(np.array([[scale, -scale], [-scale, scale]], "float32")).requires_grad_()
    for loss in (F.cross_entropy(x, integers([0, 0])), F.binary_cross_entropy_with_logits(x, ones(2, 2) * 0.0)):
        x.grad = None
        loss.backward()
        assert np.isfinite(loss.array)
        assert np.isfinite(x.grad.array).all()


def test_float32_and_float16_stay_what_they_are():
    names = [
        n
        for n in F.__all__
        if n in {"relu", "gelu", "silu", "mish", "elu", "softplus", "logsigmoid", "softsign", "hardswish"}
    ]
    for dtype in ("float16", "float32", "float64"):
        x = Tensor(np.linspace(-3, 3, 12, dtype=dtype).reshape(3, 4)).requires_grad_()
        results = [getattr(F, n)(x) for n in names] + [F.layer_norm(x, [4]), F.rms_norm(x, [4]), F.softmax(x, 1)]
        results.append(F.cross_entropy(x, integers([0, 1, 2])))
        results.append(F.mse_loss(x, x.detach() * 2))
        for y in results:
            x.grad = None
            y.sum().backward()
            assert y.dtype == x.grad.dtype == x.dtype


@pytest.mark.parametrize("f", [F.silu, F.gelu, lambda x: F.gelu(x, approximate="tanh")])
def test_gradients_of_float16_are_those_of_float32_rounded(f):
    numbers = np.linspace(-9, 9, 999, dtype="float16")
    x, wide = Tensor(numbers).requires_grad_(), Tensor(numbers.astype("float32")).requires_grad_()
    f(x).sum().backward()
    f(wide).sum().backward()
    np.testing.assert_array_equal(x.grad.array, wide.grad.array.astype("float16"))


def test_kernels_change_none_of_their_inputs():
    x, t = np.random.default_rng(0).standard_normal((300, 200)).astype("float32"), np.arange(300) % 200
    before = x.copy()
    v = Tensor(x).requires_grad_()
    for y in (F.relu(v), F.gelu(v), F.silu(v), F.softmax(v, 1), F.log_softmax(v, 0), F.layer_norm(v, [200])):
        g = np.full(x.shape, 2.0, "float32")
        y.backward(Tensor(g))
        assert (g == 2).all()
    F.cross_entropy(v, integers(t)).backward()
    F.mse_loss(v, v.detach()).backward()
    F.batch_norm(v, None, None, training=True).sum().backward()
    np.testing.assert_array_equal(x, before)


def test_batch_norm_trains_and_evaluates():
    norm, x = tt_nn.BatchNorm1d(3, momentum=0.5), tensor(np.random.default_rng(0).standard_normal((8, 3)) * 3 + 2)
    y = norm(x)
    np.testing.assert_allclose(y.detach().array.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(norm.running_mean.array, x.array.mean(0) * 0.5, rtol=1e-5)
    np.testing.assert_allclose(norm.running_var.array, 0.5 + 0.5 * x.array.var(0, ddof=1), rtol=1e-5)
    assert norm.num_batches_tracked.item() == 1
    norm.eval()
    before = norm.running_mean.array.copy()
    one = norm(x[:1])  # a single sample is fine in evaluation
    np.testing.assert_array_equal(norm.running_mean.array, before)
    expected = (x.array[:1] - before) / np.sqrt(norm.running_var.array + norm.eps)
    np.testing.assert_allclose(one.detach().array, expected, rtol=1e-5)
    norm.reset_running_stats()
    assert norm.num_batches_tracked.item() == 0
    assert (norm.running_var.array == 1).all()


def test_batch_norm_averages_all_batches_without_momentum():
    norm = tt_nn.BatchNorm1d(2, momentum=None)
    batches = [tensor(np.random.default_rng(k).standard_normal((5, 2))) for k in range(3)]
    for x in batches:
        norm(x)
    np.testing.assert_allclose(norm.running_mean.array, np.mean([x.array.mean(0) for x in batches], 0), rtol=1e-5)


def test_running_statistics_can_be_held_still():
    norm = tt_nn.BatchNorm1d(2)
    norm.track_running_stats = False
    norm(tensor(np.random.default_rng(0).standard_normal((5, 2))))
    assert norm.num_batches_tracked.item() == 0
    assert norm.running_mean.tolist() == [0, 0]


def test_rrelu_draws_only_in_training():
    layer, x = tt_nn.RReLU(0.1, 0.9), -ones(1000)
    y = layer(x).array
    assert y.min() >= -0.9
    assert y.max() <= -0.1
    assert y.std() > 0.1
    assert (layer.eval()(x).array == np.float32(-0.5)).all()


def test_in_place_activations_write_into_their_input():
    x = tensor([-1.0, 2.0])
    assert F.relu(x, inplace=True) is x
    assert x.tolist() == [0.0, 2.0]


def test_every_public_function_is_documented_and_listed():
    assert len(set(F.__all__)) == len(F.__all__)
    for name in F.__all__:
        assert getattr(F, name).__doc__, name


def test_no_second_copy_of_the_scores_is_kept_for_backward():
    code = """
import tracemalloc, numpy as np, tt_nn.functional as F
from tt_autograd import Tensor, grad
from tt_nn.ops import common
from tt_tensor import get_num_threads, set_num_threads
x, t = Tensor(np.zeros((2000, 1000), "float32")).requires_grad_(), Tensor(np.zeros(2000, int))
tracemalloc.start()
loss = F.cross_entropy(x, t)
held, peak = tracemalloc.get_traced_memory()
assert held < 100_000 and peak < 2_000_000, (held, peak)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_labels_of_binary_cross_entropy_are_checked():
    p, labels = tensor([0.5, 0.5]), tensor([0.0, 1.0])
    with pytest.raises(RuntimeError, match="target should be between 0 and 1"):
        F.binary_cross_entropy(p, labels + 1)
    with pytest.raises(RuntimeError, match="none NaN"):
        F.binary_cross_entropy(p, labels / 0)
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits):
        with pytest.raises(RuntimeError, match=r"\.float\(\)"):
            loss(p, labels.long())


def test_target_of_cross_entropy_is_a_tensor():
    with pytest.raises(TypeError, match="expected a tensor as target, got list"):
        F.cross_entropy(tensor([[0.0, 1.0]]), [1])


@pytest.mark.parametrize("shape", [(0, 4), (0, 4, 5), (2, 4, 0), (0, 4, 3, 3)])
@pytest.mark.parametrize("training", [True, False])
def test_normalization_of_nothing(shape, training):
    x, weight, mean, var = tensor(np.zeros(shape)), ones(4), tensor(np.zeros(4)), ones(4)
    x.requires_grad_()
    weight.requires_grad_()
    y = F.batch_norm(x, mean, var, weight, None, training)
    (y * y).sum().backward()
    assert y.shape == x.grad.shape == shape
    assert weight.grad.tolist() == [0, 0, 0, 0]
    if len(shape) > 2 or not training:
        assert F.instance_norm(x, mean, var, use_input_stats=training).shape == shape
    assert mean.tolist() == [0, 0, 0, 0]
    assert var.tolist() == [1, 1, 1, 1]


def test_second_derivative_of_the_normalization_of_nothing():
    x, weight = tensor(np.zeros((0, 4, 3))), ones(4)
    x.requires_grad_()
    weight.requires_grad_()
    y = F.batch_norm(x, None, None, weight, training=True)
    first = grad(y.sum(), (x, weight), create_graph=True)
    assert grad(sum(v.sum() for v in first), weight)[0].tolist() == [0, 0, 0, 0]


def test_normalization_of_another_dtype():
    x, mean, var = ones(3, 2, 4), ones(2), ones(2)
    with pytest.raises(DTypeError, match="float64, but running_mean float32"):
        F.batch_norm(x.double(), mean, var)
    with pytest.raises(DTypeError, match="float32, but weight float64"):
        F.instance_norm(x, weight=mean.double())
    assert F.batch_norm(x.half(), mean, var).dtype == np.float16


@pytest.mark.parametrize("kept", [0, 1 << 20])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_cross_entropy_of_ignored_targets_only_has_no_gradient(monkeypatch, kept, reduction):
    """The mean of no loss is NaN, but nothing that is ignored gets a gradient."""
    monkeypatch.setattr(entropy, "KEPT", kept)
    x = tensor([[1.0, 2.0], [3.0, 4.0]]).requires_grad_()
    loss = F.cross_entropy(x, integers([1, 1]), ignore_index=1, reduction=reduction)
    loss.sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("target", [-1, 2, 2**62])
def test_cross_entropy_names_a_target_that_is_no_class(target):
    """From below, from above, and beside others that are in range."""
    with pytest.raises(IndexError, match=f"Target {target} is out of bounds: with 2 classes"):
        F.cross_entropy(tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), integers([1, target, 0]))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("ignore_index", [-100, 2])
@pytest.mark.parametrize("size", [(3,), (4, 6), (2, 3, 5)])  # few places, which are copied into rows, and many
def test_cross_entropy_of_places_is_that_of_rows(size, ignore_index, reduction):
    rng = np.random.default_rng(0)
    data, target = rng.standard_normal((2, 5, *size)).astype("float32") * 30, rng.integers(0, 5, (2, *size))
    x = Tensor(data).requires_grad_()
    rows = Tensor(np.moveaxis(data, 1, -1).reshape(-1, 5)).requires_grad_()
    loss = F.cross_entropy(x, integers(target), ignore_index=ignore_index, reduction=reduction)
    wanted = F.cross_entropy(rows, integers(target.reshape(-1)), ignore_index=ignore_index, reduction=reduction)
    np.testing.assert_allclose(loss.detach().array, wanted.detach().array.reshape(loss.shape), rtol=1e-5, atol=1e-5)
    g = rng.standard_normal(loss.shape).astype("float32")
    loss.backward(Tensor(g))
    wanted.backward(Tensor(g.reshape(wanted.shape)))
    back = np.moveaxis(rows.grad.array.reshape(2, *size, 5), -1, 1)
    np.testing.assert_allclose(x.grad.array, back, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "view", [lambda x: x[:, :, ::2], lambda x: x.transpose(2, 3), lambda x: x[:1].expand(16, 5, 16, 16)]
)
def test_cross_entropy_of_a_view_is_that_of_its_copy(view):
    rng = np.random.default_rng(0)
    x = Tensor(rng.standard_normal((16, 5, 16, 16)).astype("float32"))
    seen = view(x).detach().requires_grad_()
    copy = Tensor(seen.detach().array.copy()).requires_grad_()
    target = integers(rng.integers(0, 5, (16, *seen.shape[2:])))
    losses = [F.cross_entropy(scores, target) for scores in (seen, copy)]
    for loss in losses:
        loss.backward()
    assert losses[0].item() == losses[1].item()
    np.testing.assert_array_equal(seen.grad.array, copy.grad.array)


LIMITS = {  # where a factor of the formula is 0 and another one overflows
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.0), "float32", [np.inf], [np.inf], [1]),
    "hardswish": (F.hardswish, "float16", [20000], [20000], [1]),
    "mish": (F.mish, "float32", [-3e38], [0], [0]),
    "gelu": (lambda x: F.gelu(x, "tanh"), "float32", [1e15, -1e15], [1e15, 0], [1, 0]),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_activations(name):
    f, dtype, x, y, slope = LIMITS[name]
    x = tensor(x, dtype).requires_grad_()
    out = f(x)
    out.sum().backward()
    np.testing.assert_allclose(out.detach().array, np.asarray(y, dtype))
    np.testing.assert_allclose(x.grad.array, slope, rtol=1e-6)


PIECES = {
    "leaky_relu": lambda x: F.leaky_relu(x, 0.1),
    "leaky_relu steep": lambda x: F.leaky_relu(x, 3.0),
    "leaky_relu falling": lambda x: F.leaky_relu(x, -0.5),
    "elu": F.elu,
    "elu steep": lambda x: F.elu(x, 3.0),
    "selu": F.selu,
    "celu": lambda x: F.celu(x, 0.7),
    "hardtanh": lambda x: F.hardtanh(x, -0.5, 2.0),
    "relu6": F.relu6,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "hardshrink": F.hardshrink,
    "softshrink": lambda x: F.softshrink(x, 2.0),
    "threshold": lambda x: F.threshold(x, 0.5, -3.0),
    "softplus": F.softplus,
    "softplus early": lambda x: F.softplus(x, 2.0, 5.0),
    "logsigmoid": F.logsigmoid,
}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", PIECES)
def test_plain_gradients_are_those_that_are_recorded(name, dtype):
    """One is written in place on bits, the other made of operations. Also at the corners, and where g is not finite."""
    x = tensor([-np.inf, -9, -3, -0.5, -0.0, 0, 0.5, 2, 3, 6, 9, np.inf, np.nan, *np.linspace(-4, 4, 3000)], dtype)
    g = tensor(np.resize([1, -2.5, np.inf, np.nan, 0], x.shape), dtype)
    x.requires_grad_()
    (recorded,) = grad(PIECES[name](x), x, g, create_graph=True)
    expected, close = recorded.detach().array, 4 * float(np.finfo(dtype).eps)
    for view in (lambda x: x, lambda x: x.reshape(23, 131).t()):
        y = PIECES[name](view(x))
        assert y.dtype == dtype
        (plain,) = grad(y, x, view(g))
        both = np.isfinite(expected) & np.isfinite(plain.array)
        np.testing.assert_allclose(plain.array[both], expected[both], rtol=close, atol=close)
        assert both[np.isfinite(g.array) & np.isfinite(x.detach().array)].all()
        if "softplus" not in name and "sig" not in name:
            np.testing.assert_array_equal(np.isnan(plain.array), np.isnan(expected))


def test_celu_with_a_negative_alpha():
    assert F.celu(tensor([-1.0, 2.0]), -1.0).tolist() == [pytest.approx(1 - np.e), 2.0]


def test_second_derivative_of_a_mean_of_nothing_is_0():
    x = tensor([[1.0, 2.0]]).requires_grad_()
    (g,) = grad(F.cross_entropy(x, integers([-100])), x, create_graph=True)
    (h,) = grad(g.sum(), x)
    assert h.tolist() == [[0.0, 0.0]]


def test_weight_of_probabilities_may_be_learned():
    w = ones(3).requires_grad_()
    F.cross_entropy(ones(2, 3), ones(2, 3) / 3, w).backward()
    np.testing.assert_allclose(w.grad.array, np.log(3) / 3, rtol=1e-6)


def test_hardtanh_of_whole_numbers():
    x = integers([-9, 0, 3, 9])
    assert F.relu6(x).dtype == np.int64
    assert F.relu6(x).tolist() == [0, 0, 3, 6]
    assert F.hardtanh(x, -1.7, 1.7).tolist() == [-1, 0, 1, 1]
    with pytest.raises(RuntimeError, match="unsigned type with negative limits"):
        F.hardtanh(Tensor(np.zeros(2, "uint8")))
    with pytest.raises(DTypeError, match="bool"):
        F.relu6(Tensor(np.zeros(2, bool)))
    for f in (F.hardshrink, F.softshrink):
        with pytest.raises(DTypeError, match="int64"):
            f(x)


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64])
def test_settings_may_be_scalars_of_numpy(kind):
    x, s = tensor([[0.5, -2.0, 3.0]]), kind(1)
    for y in (
        F.hardtanh(x, -s, s), F.relu6(x), F.cross_entropy(x, Tensor(np.array([1])), label_smoothing=s), F.normalize(x, eps=s),
        F.cosine_similarity(x, x, eps=s), F.huber_loss(x, x, delta=s), F.layer_norm(x, (3,), eps=s), F.elu(x, s),
    ):  # fmt: skip
        assert y.dtype == np.float32


@pytest.mark.parametrize(
    "function",
    [
        lambda x: F.cross_entropy(x, integers([0, 2])),
        lambda x: F.cross_entropy(x, integers([0, 2]), reduction="none"),
        lambda x: F.layer_norm(x, [4], ones(4), ones(4)),
        lambda x: F.rms_norm(x, [4]),
        lambda x: F.group_norm(x, 2),
        lambda x: F.gelu(x * 0.3),
        lambda x: F.gelu(x * 0.3, approximate="tanh"),
        lambda x: F.silu(x * 0.3),
    ],
)
def test_the_result_may_be_changed_in_place(function):
    gradients = []
    for changed in (False, True):
        x = tensor(np.arange(8).reshape(2, 4)).requires_grad_()
        result = function(x)
        if changed:
            result /= 4  # as in `loss /= steps`
            result += 1
        else:
            result = result / 4 + 1
        (result * result).sum().backward()
        gradients.append(x.grad.numpy())
    np.testing.assert_array_equal(*gradients)
