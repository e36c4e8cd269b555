"""EmbeddingBag is Embedding, and a reduction over each bag."""

import numpy as np
import pytest
from tt_autograd import manual_seed, tensor
from tt_nn import EmbeddingBag
from tt_nn.functional import embedding, embedding_bag

TABLE = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
BAGS = [[1, 2, 1], [], [4], [5, 0, 0, 2]]
IDS, OFFSETS = [i for bag in BAGS for i in bag], [0, 3, 3, 4]


def ids(values, dtype="int64"):
    return tensor(np.asarray(values, dtype))


class TestMisuse:
    @pytest.mark.parametrize(
        ("error", "match", "arguments", "settings"),
        [
            (ValueError, "mode", ([[1]],), {"mode": "median"}),
            (ValueError, "frequency", ([[1]],), {"mode": "max", "scale_grad_by_freq": True}),
            (NotImplementedError, "mode='sum'", ([[1]],), {"per_sample_weights": tensor([[1.0]])}),
            (ValueError, "shape", ([[1]],), {"per_sample_weights": tensor([1.0]), "mode": "sum"}),
            (TypeError, "dtype", ([[1]],), {"per_sample_weights": tensor([[1]]), "mode": "sum"}),
            (NotImplementedError, "sparse", ([[1]],), {"sparse": True}),
            (IndexError, "id 6", ([[1, 6]],), {}),
            (IndexError, "id -1", ([[1, -1]],), {}),
            (ValueError, "2D", ([[1]], [0]), {}),
            (ValueError, "got None", ([1],), {}),
            (ValueError, "1D or 2D", ([[[1]]],), {}),
            (ValueError, "begin at 0", ([1, 2], [1]), {}),
            (ValueError, "ascend", ([1, 2, 3], [0, 2, 1]), {}),
            (ValueError, "not exceed 2", ([1, 2], [0, 3]), {}),
            (ValueError, "end at 2", ([1, 2], [0, 1]), {"include_last_offset": True}),
            (AssertionError, "within", ([[1]],), {"padding_idx": 6}),
        ],
    )
    def test_is_named(self, error, match, arguments, settings):
        with pytest.raises(error, match=match):
            embedding_bag(ids(arguments[0]), tensor(TABLE), *map(ids, arguments[1:]), **settings)

    def test_dtypes(self):
        with pytest.raises(TypeError, match="int64"):
            embedding_bag(tensor([1.0]), tensor(TABLE), ids([0]))
        with pytest.raises(TypeError, match="offsets"):
            embedding_bag(ids([1]), tensor(TABLE), tensor([0.0]))


@pytest.mark.parametrize("padding", [None, 2, -6])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_each_bag_is_reduced(mode, padding):
    out = embedding_bag(ids(IDS), tensor(TABLE), ids(OFFSETS, "int32"), mode=mode, padding_idx=padding).numpy()
    for bag, row in zip(BAGS, out):
        kept = [i for i in bag if padding is None or i != padding % 6]
        expected = getattr(TABLE[kept], mode)(0) if kept else np.zeros(3)
        np.testing.assert_allclose(row, expected, rtol=1e-6)
    last = embedding_bag(
        ids(IDS), tensor(TABLE), ids([*OFFSETS, len(IDS)]), mode=mode, padding_idx=padding, include_last_offset=True
    )
    assert np.array_equal(last.numpy(), out)


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_gradients_are_those_of_the_rows(mode):
    grid = ids([[1, 2, 2], [0, 2, 5]])
    gradients = []
    for bag in (True, False):
        table, weights = tensor(TABLE).requires_grad_(), tensor([[1.0, 2.0, 3.0]] * 2).requires_grad_()
        extra = {"per_sample_weights": weights} if mode == "sum" else {}
        if bag:
            out = embedding_bag(grid, table, mode=mode, padding_idx=0, scale_grad_by_freq=True, **extra)
        else:
            rows = embedding(grid, table, padding_idx=0, scale_grad_by_freq=True) * (grid != 0)[..., None]
            counts = (grid != 0).sum(1, keepdim=True)
            out = (rows * weights[..., None]).sum(1) if mode == "sum" else rows.sum(1) / counts
        (out * out).sum().backward()
        gradients.append((out.detach().numpy(), table.grad.numpy()) + ((weights.grad.numpy(),) if extra else ()))
    for ours, theirs in zip(*gradients):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_nothing_to_look_up():
    table = tensor(TABLE).requires_grad_()
    assert embedding_bag(ids([]), table, ids([])).shape == (0, 3)
    assert embedding_bag(ids(np.zeros((2, 0))), table).tolist() == [[0] * 3] * 2
    out = embedding_bag(ids([]), table, ids([0, 0]), mode="max")
    out.sum().backward()
    assert out.tolist() == [[0] * 3] * 2
    assert not table.grad.numpy().any()


def test_the_layer():
    manual_seed(0)
    layer = EmbeddingBag(6, 3, mode="sum", padding_idx=-1)
    assert repr(layer) == "EmbeddingBag(6, 3, mode='sum', padding_idx=5)"
    assert not layer.weight.detach()[5].numpy().any()
    assert list(layer.state_dict()) == ["weight"]
    given = EmbeddingBag.from_pretrained(tensor(TABLE), mode="max", max_norm=9.0)
    assert not given.weight.requires_grad
    assert np.array_equal(given(ids(IDS), ids(OFFSETS)).numpy()[0], TABLE[[1, 2]].max(0))
    with pytest.raises(AssertionError, match="Shape"):
        EmbeddingBag(5, 3, _weight=tensor(TABLE))
