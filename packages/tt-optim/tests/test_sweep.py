import numpy as np
import pytest
from tt_optim import sweep
from tt_optim.sweep import Sweep
from tt_tensor import get_num_threads, set_num_threads


@pytest.fixture(params=[1, 2])
def threads(request, monkeypatch):
    before = get_num_threads()
    monkeypatch.setattr(sweep, "SHARE", 0)
    set_num_threads(request.param)
    yield
    set_num_threads(before)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (7,), (33, 5), (2, 3, 40), (0, 4)])
@pytest.mark.parametrize("layouts", ["CCC", "FFF", "CFC", "FCS", "SCC", "CSF", "SSS"])
def test_every_element_once(shape, layouts, monkeypatch, threads):
    """Whatever the layouts and the number of threads, each element is updated once, in pieces that are not too large."""
    monkeypatch.setattr(sweep, "PIECE", 16)

    def laid(values, layout):
        if layout == "S" and values.ndim:
            wide = np.zeros((*values.shape[:-1], 2 * values.shape[-1]))
            wide[..., ::2] = values
            return wide[..., ::2]
        return np.array(values, order=layout if layout in "CF" else "C")

    def kernel(p, g, unused, state, rate, r, s):
        np.multiply(g, rate, r)
        np.add(p, r, p)
        state += g
        sizes.append(p.size)
        assert unused is None
        assert r.shape == s.shape == p.shape

    values = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    sizes = []
    updates = [tuple(laid(a, layout) for a, layout in zip((values, values, 0 * values), layouts)) for _ in range(3)]
    large = Sweep(kernel, None, [2.0])
    for g, p, state in updates:
        large.add(p, g, [None, state])
    large.run()
    for g, p, state in updates:
        np.testing.assert_array_equal(p, 3 * values)
        np.testing.assert_array_equal(state, values)
        np.testing.assert_array_equal(g, values)
    assert all(size <= 16 for size in sizes)


def test_an_error_in_a_piece_comes_through(threads):
    def kernel(*_):
        raise ZeroDivisionError("in the kernel")

    large = Sweep(kernel, None, [])
    large.add(np.ones(40000), np.ones(40000), [])
    with pytest.raises(ZeroDivisionError):
        large.run()
