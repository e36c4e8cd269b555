"""Dropout, its relatives by channel, and the one for SELU."""

import numpy as np
import pytest
from tt_autograd import manual_seed, tensor
from tt_nn import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from tt_nn import dropout as family

ALL = [Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, FeatureAlphaDropout]
SHAPES = {Dropout: (9, 7), Dropout1d: (5, 6, 4), Dropout2d: (5, 6, 3, 4), Dropout3d: (5, 6, 2, 2, 2)}


def ones(*shape, **kwargs):
    return tensor(np.ones(shape, np.float32), **kwargs)


@pytest.fixture(autouse=True)
def seeded():
    manual_seed(0)


class TestMisuse:
    @pytest.mark.parametrize("cls", ALL)
    @pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
    def test_p_is_a_probability(self, cls, p):
        if p == p:
            with pytest.raises(ValueError, match="between 0 and 1"):
                cls(p)
        with pytest.raises(ValueError, match="between 0 and 1"):
            family.dropout(ones(2), p)

    def test_inputs(self):
        whole = tensor([1, 2])
        assert family.dropout(whole, training=False) is family.dropout(whole, 0.0) is whole
        with pytest.raises(RuntimeError, match="floating"):
            family.dropout(tensor([1, 2]))
        with pytest.raises(TypeError, match="expected a tensor"):
            family.dropout([1.0])
        with pytest.raises(TypeError, match="expected a tensor"):
            family.dropout2d([1.0])
        for shape in ((4,), (1, 2, 3, 4)):
            with pytest.raises(RuntimeError, match="Expected 2D or 3D"):
                family.dropout1d(ones(*shape))
        for f in (family.dropout2d, family.dropout3d, family.feature_alpha_dropout):
            with pytest.raises(RuntimeError, match="at least 2 dimensions"):
                f(ones(3))

    def test_unusual_shapes_warn(self):
        for f, shape in ((family.dropout2d, (2, 3, 4)), (family.dropout3d, (2, 3, 4))):
            with pytest.warns(UserWarning, match="whole channels are dropped"):
                f(ones(*shape))


@pytest.mark.parametrize("cls", ALL)
def test_evaluation_and_p_zero_do_nothing(cls):
    x = ones(*SHAPES.get(cls, (5, 6)))
    assert cls(0.5).eval()(x) is x
    assert cls(0.0)(x) is x


@pytest.mark.parametrize("cls", list(SHAPES))
def test_what_is_dropped_and_kept(cls):
    shape = SHAPES[cls]
    y = cls(0.25)(ones(*shape)).array
    assert set(np.unique(y)) == {0.0, np.float32(4 / 3)}
    if cls is not Dropout:
        flat = y.reshape(*shape[:2], -1)
        assert (flat == flat[..., :1]).all(), "a channel is dropped as a whole"
        assert len({tuple(row) for row in flat[..., 0]}) > 1, "each sample on its own"


def test_without_a_batch():
    assert {len(set(row)) for row in Dropout1d()(ones(50, 3)).tolist()} == {1}
    y = Dropout3d()(ones(50, 1, 2, 2)).array.reshape(50, -1)
    assert (y == y[:, :1]).all()
    assert len(set(y[:, 0])) == 2


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_and_the_mean(p):
    y = Dropout(p)(ones(200, 200)).array
    assert abs((y == 0).mean() - p) < 0.01
    assert abs(y.mean() - 1) < 0.05


def test_everything_dropped():
    assert Dropout(1.0)(ones(3)).tolist() == [0.0] * 3
    assert AlphaDropout(1.0)(ones(3)).tolist() == [0.0] * 3


@pytest.mark.parametrize("cls", [AlphaDropout, FeatureAlphaDropout])
def test_alpha_dropout_keeps_mean_and_variance(cls):
    x = tensor(np.random.default_rng(0).standard_normal((400, 300)).astype(np.float32))
    y = cls(0.3)(x)
    assert y.dtype == np.float32
    assert abs(y.array.mean()) < 0.02
    assert abs(y.array.std() - 1) < 0.02


@pytest.mark.parametrize("cls", ALL)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_gradients_and_dtypes(cls, dtype):
    x = tensor(np.full(SHAPES.get(cls, (6, 6)), 2, dtype), requires_grad=True)
    y = cls(0.5)(x)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype
    dropped = y.array == y.array.min()
    assert (x.grad.array[dropped] == 0).all()
    assert (x.grad.array[~dropped] > 0).all()


@pytest.mark.parametrize("cls", ALL)
def test_in_place(cls):
    x = ones(*SHAPES.get(cls, (6, 6)))
    memory = x.array
    y = cls(0.5, inplace=True)(x)
    assert y is x
    assert x.array is memory
    assert len(np.unique(memory)) == 2


def test_the_seed_decides():
    def draw():
        manual_seed(3)
        return Dropout()(ones(20)).tolist()

    assert draw() == draw()
    assert Dropout()(ones(20)).tolist() != Dropout()(ones(20)).tolist()


def test_repr():
    assert repr(Dropout(0.3, inplace=True)) == "Dropout(p=0.3, inplace=True)"
    assert repr(Dropout2d()) == "Dropout2d(p=0.5, inplace=False)"
