"""Normalization, as functions and as modules: values, gradients, running statistics, names of buffers."""

import numpy as np
import pytest
import tt_nn
from tt_autograd import Tensor

torch = pytest.importorskip("torch")


def floats(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


W, B = floats(6, seed=1), floats(6, seed=2)
SHAPES = [(4, 6), (2, 6, 5), (2, 6, 3, 4), (40, 6, 30), (1, 6), (0, 6)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
class TestFunctions:
    def call(self, function, affine, *args, **kwargs):
        def call(F, x, w, b):
            return getattr(F, function)(x, *args, weight=w if affine else None, bias=b if affine else None, **kwargs)

        return call

    def test_batch_norm(self, shape, affine, dtype, agree):
        if 0 in shape:
            pytest.skip("PyTorch raises from within")
        x, w, b = floats(*shape, dtype=dtype) * 3 + 2, W.astype(dtype), B.astype(dtype)
        agree(self.call("batch_norm", affine, None, None, training=True), x, w, b, atol=1e-5)

        def evaluated(F, x, w, b, m, v):
            return F.batch_norm(x, m.detach(), v.detach(), w if affine else None, b if affine else None)

        agree(evaluated, x, w, b, B.astype(dtype), np.abs(W).astype(dtype))

    def test_layer_norm(self, shape, affine, dtype, agree):
        x = floats(*shape, dtype=dtype) * 3 + 2
        for k in range(1, len(shape)):
            tail = shape[-k:]
            w, b = floats(*tail, seed=1, dtype=dtype), floats(*tail, seed=2, dtype=dtype)
            agree(self.call("layer_norm", affine, list(tail)), x, w, b, atol=1e-5)
            agree(lambda F, x, w, tail=tail: F.rms_norm(x, list(tail), w if affine else None), x, w, atol=1e-5)
            agree(lambda F, x, w, tail=tail: F.rms_norm(x, list(tail), w if affine else None, eps=0.1), x, w, atol=1e-5)

    def test_group_norm(self, shape, affine, dtype, agree):
        x, w, b = floats(*shape, dtype=dtype) * 3 + 2, W.astype(dtype), B.astype(dtype)
        for groups in (1, 2, 3, 6):
            if shape == (1, 6) and groups == 6:
                continue
            agree(self.call("group_norm", affine, groups), x, w, b, atol=1e-4)

    def test_instance_norm(self, shape, affine, dtype, agree):
        x, w, b = floats(*shape, dtype=dtype) * 3 + 2, W.astype(dtype), B.astype(dtype)
        if len(shape) > 2:
            agree(self.call("instance_norm", affine), x, w, b, atol=1e-5)

    def test_local_response_norm(self, shape, affine, dtype, agree):
        if not affine and shape[0]:
            for size in (1, 2, 3, 5):
                agree(lambda F, x, size=size: F.local_response_norm(x, size, alpha=0.5), floats(*shape, dtype=dtype))


ERRORS = {
    "one value": lambda F, x: F.batch_norm(x[:1], None, None, training=True),
    "no statistics": lambda F, x: F.batch_norm(x, None, None),
    "weight": lambda F, x: F.batch_norm(x, None, None, x[0, :2], training=True),
    "layer shape": lambda F, x: F.layer_norm(x, [5]),
    "layer weight": lambda F, x: F.layer_norm(x, [6], x[0, :2]),
    "layer nothing": lambda F, x: F.layer_norm(x, []),
    "layer dims": lambda F, x: F.layer_norm(x, [2, 4, 6]),
    "rms shape": lambda F, x: F.rms_norm(x, [5]),
    "groups": lambda F, x: F.group_norm(x, 4),
    "groups 1-d": lambda F, x: F.group_norm(x[0], 2),
    "instance": lambda F, x: F.instance_norm(x[:, :, None]),
    "instance without places": lambda F, x: F.instance_norm(x),
    "response": lambda F, x: F.local_response_norm(x[0], 2),
    "integers": lambda F, x: F.layer_norm(x.long(), [6]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, agree):
    agree(ERRORS[name], floats(4, 6))


MODULES = [
    ("BatchNorm1d", (6,), {}), ("BatchNorm1d", (6,), dict(momentum=None)), ("BatchNorm1d", (6,), dict(affine=False, eps=0.1, momentum=0.4)),
    ("BatchNorm1d", (6,), dict(track_running_stats=False)), ("BatchNorm1d", (6,), dict(bias=False)), ("InstanceNorm1d", (6,), {}),
    ("InstanceNorm1d", (6,), dict(affine=True, track_running_stats=True)), ("LayerNorm", (5,), {}), ("LayerNorm", ([6, 5],), dict(bias=False)),
    ("LayerNorm", (5,), dict(elementwise_affine=False)), ("GroupNorm", (3, 6), {}), ("GroupNorm", (2, 6), dict(affine=False)), ("RMSNorm", (5,), {}),
    ("RMSNorm", ([6, 5],), dict(eps=0.1, elementwise_affine=False)), ("LocalResponseNorm", (3,), {}),
]  # fmt: skip


@pytest.mark.parametrize("case", MODULES, ids=str)
def test_module(case):
    name, args, settings = case
    ours, theirs = getattr(tt_nn, name)(*args, **settings), getattr(torch.nn, name)(*args, **settings)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for step in range(4):
        if step == 2:
            ours.eval()
            theirs.eval()
        x = floats(4, 6, 5, seed=step) * 2 + 1
        a, b = Tensor(x).requires_grad_(), torch.from_numpy(x).requires_grad_()
        y, z = ours(a), theirs(b)
        np.testing.assert_allclose(y.detach().array, z.detach().numpy(), 1e-5, 1e-5)
        y.square().sum().backward()
        z.square().sum().backward()
        np.testing.assert_allclose(a.grad.array, b.grad.numpy(), 1e-4, 2e-5)
    for (key, p), q in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert p.array.dtype == q.numpy().dtype, key
        np.testing.assert_allclose(p.array, q.numpy(), 1e-5, 1e-6, err_msg=key)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.array, q.grad.numpy(), 1e-4, 1e-4)


@pytest.mark.parametrize("shape", [(6,), (4, 6), (4, 5), (1, 6), (4, 6, 5, 5), (6, 5)])
@pytest.mark.parametrize("name", ["BatchNorm1d", "InstanceNorm1d"])
def test_module_shapes(name, shape, agree):
    if name == "InstanceNorm1d" and shape in ((4, 6), (4, 5), (1, 6)):
        pytest.skip("PyTorch warns and goes on")
    agree(lambda F, x: getattr(tt_nn if F is tt_nn.functional else torch.nn, name)(6)(x), floats(*shape), atol=1e-5)
