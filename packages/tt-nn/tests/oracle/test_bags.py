"""Bags of embeddings, and sequences padded to one length."""

import numpy as np
import pytest
import tt_nn.utils.rnn

torch = pytest.importorskip("torch")
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((7, 3)).astype("float32")
FLAT, OFFSETS, GRID = np.array([1, 2, 1, 4, 5, 0, 0, 2]), np.array([0, 3, 3, 4]), rng.integers(0, 7, (4, 5))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, 2, -1])
def test_embedding_bag(mode, padding, dtype, agree):
    options = {"mode": mode, "padding_idx": padding}
    table = TABLE.astype(dtype)
    agree(lambda F, w, i: F.embedding_bag(i, w, **options), table, GRID)
    agree(lambda F, w, i: F.embedding_bag(i, w.detach(), max_norm=0.8, **options), table, GRID)
    agree(lambda F, w, i, o: F.embedding_bag(i, w, o, **options), table, FLAT, OFFSETS)
    agree(
        lambda F, w, i, o: F.embedding_bag(i, w, o, include_last_offset=True, **options),
        table,
        FLAT,
        np.append(OFFSETS, 8),
    )


def test_weights_and_errors(agree):
    weights = rng.standard_normal(GRID.shape).astype("float32")
    agree(lambda F, w, s, i: F.embedding_bag(i, w, mode="sum", per_sample_weights=s), TABLE, weights, GRID)
    agree(
        lambda F, w, s, i: F.embedding_bag(i, w, mode="sum", per_sample_weights=s, padding_idx=1), TABLE, weights, GRID
    )
    agree(lambda F, w, s, i: F.embedding_bag(i, w, mode="mean", per_sample_weights=s), TABLE, weights, GRID)
    agree(lambda F, w, s, i: F.embedding_bag(i, w, mode="sum", per_sample_weights=s[:2]), TABLE, weights, GRID)
    agree(lambda F, w, i: F.embedding_bag(i, w), TABLE, FLAT)
    agree(lambda F, w, i: F.embedding_bag(i, w, i), TABLE, GRID)
    agree(lambda F, w, i: F.embedding_bag(i, w, i[:2]), TABLE, FLAT)
    agree(lambda F, w, i: F.embedding_bag(i, w, i[:0]), TABLE, FLAT[:0])


A, B, C = (rng.standard_normal((n, 2)).astype("float32") for n in (3, 1, 4))


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("value", [0.0, -1e9, 7])
@pytest.mark.parametrize("side", ["left", "right", "top"])
def test_pad_sequence(batch_first, value, side, agree):
    def padded(F, *xs):
        module = tt_nn.utils.rnn if F is tt_nn.functional else torch.nn.utils.rnn
        return module.pad_sequence(xs, batch_first, value, side)

    agree(padded, A, B, C)
    agree(padded, A[:0], B)
    agree(padded, np.arange(3), np.arange(5), np.arange(0))
    agree(padded, A, B.astype("float64"))
    agree(padded, A, A[:, :0])
    agree(padded, A > 0, B > 0)
    agree(padded)
    agree(padded, A, [1.0])
