import numpy as np
import pytest
from tt_optim import sweep
from tt_optim.sweep import strips


@pytest.mark.parametrize("shape", [(), (1,), (0,), (7,), (33, 5), (2, 3, 40), (0, 4)])
@pytest.mark.parametrize("layouts", ["CC", "FF", "CF", "FC", "SC", "CS", "SS"])
def test_every_element_once(shape, layouts, monkeypatch):
    """Whatever the layouts, what is written into the strips is in the array, and the strips fit together."""
    monkeypatch.setattr(sweep, "PIECE", 16)

    def laid(values, layout):
        if layout == "S" and values.ndim:
            wide = np.zeros((*values.shape[:-1], 2 * values.shape[-1]))
            wide[..., ::2] = values
            return wide[..., ::2]
        return np.array(values, order=layout if layout in "CF" else "C")

    values = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    read, written = laid(values, layouts[0]), laid(np.zeros(shape), layouts[1])
    sizes = []
    for a, b in strips([read, written]):
        b += a + 1
        sizes.append(a.size)
    np.testing.assert_array_equal(written, values + 1)
    np.testing.assert_array_equal(read, values)
    assert all(size <= 16 for size in sizes)
