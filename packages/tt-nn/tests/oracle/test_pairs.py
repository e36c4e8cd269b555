"""cdist and pdist against PyTorch."""

import numpy as np
import pytest
import torch
import tt_autograd
from tt_nn import functional

BOTH = (torch, torch.cdist, torch.nn.functional.pdist), (tt_autograd, functional.cdist, functional.pdist)
NORMS = [0.0, 0.5, 1.0, 2.0, 3.0, float("inf")]


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "shapes", [((4, 3), (5, 3)), ((2, 1, 4, 3), (5, 6, 3)), ((30, 3), (40, 3)), ((3, 1), (3, 1)), ((0, 2), (3, 2))]
)
def test_values_and_gradients(shapes, dtype, p):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(shape).astype(dtype) for shape in shapes)
    if x.size:
        y[..., 0, :] = x[..., 0, :].reshape(-1, x.shape[-1])[0]  # a distance of 0
    found = []
    for lib, cdist, pdist in BOTH:
        a, b = lib.tensor(x, requires_grad=True), lib.tensor(y, requires_grad=True)
        d = cdist(a, b, p)
        results = [d]
        if p:
            (d * d * d).sum().backward()
            results += [a.grad, b.grad]
        if x.ndim == 2:
            c = lib.tensor(x, requires_grad=True)
            e = pdist(c, p)
            results.append(e)
            if p and x.size:
                e.sum().backward()
                results.append(c.grad)
        found.append([r.detach().numpy() for r in results])
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    for want, got in zip(*found):
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=50 * tolerance)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), lib.ones(3, 3)),
        lambda lib, cdist, pdist: cdist(lib.ones(2), lib.ones(3, 2)),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2).long(), lib.ones(3, 2).long()),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), lib.ones(3, 2).double()),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), lib.ones(3, 2), p=-1.0),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), lib.ones(3, 2), p="2"),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), lib.ones(3, 2), compute_mode="mm"),
        lambda lib, cdist, pdist: cdist(lib.ones(2, 3, 2), lib.ones(3, 4, 2)),
        lambda lib, cdist, pdist: cdist(lib.ones(3, 2), 3),
        lambda lib, cdist, pdist: pdist(lib.ones(3)),
        lambda lib, cdist, pdist: pdist(lib.ones(3, 2), p=-1.0),
    ],
)
def test_errors(wrong):
    caught = []
    for both in BOTH:
        with pytest.raises(Exception) as error:
            wrong(*both)
        caught.append(error.value)
    assert isinstance(caught[1], type(caught[0])), caught
