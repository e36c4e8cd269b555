"""What several test files use."""

import pytest
from tt_nn.ops import rownorm
from tt_tensor import get_num_threads, set_num_threads


@pytest.fixture(params=[1, 2])
def threads(request, monkeypatch):
    """One and two threads, which work on normalized rows in many small blocks."""
    before = get_num_threads()
    set_num_threads(request.param)
    monkeypatch.setattr(rownorm, "SHARE", 1)
    monkeypatch.setattr(rownorm, "BLOCK", 1 << 14)
    yield
    set_num_threads(before)
