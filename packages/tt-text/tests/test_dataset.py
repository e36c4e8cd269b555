"""Windows of a stream of tokens."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_text import TokenDataset, write_tokens


@given(st.integers(2, 60), st.integers(1, 10), st.integers(1, 12))
def test_windows_by_their_definition(n, context, stride):
    tokens = np.arange(100, 100 + n, dtype=np.uint16)
    if n <= context:
        with pytest.raises(ValueError, match="shorter context"):
            TokenDataset(tokens, context, stride=stride)
        return
    dataset = TokenDataset(tokens, context, stride=stride)
    starts = [start for start in range(0, n, stride) if start + context + 1 <= n]
    assert len(dataset) == len(starts)
    x, y = dataset.gather(np.arange(len(dataset)))
    assert x.dtype == y.dtype == np.int64
    for i, start in enumerate(starts):
        for one, many in zip(dataset[i], (x[i], y[i])):
            assert one.tolist() == many.tolist()
        assert x[i].tolist() == list(range(100 + start, 100 + start + context))
    assert (y == x + 1).all()
    assert dataset[-1][0].tolist() == x[-1].tolist()
    assert len(list(dataset)) == len(dataset)


def test_every_window_can_be_drawn():
    dataset = TokenDataset(np.arange(7), 3, stride=2)
    x, y = dataset.sample(400, np.random.default_rng(0))
    assert set(x[:, 0].tolist()) == {0, 1, 2, 3}
    assert (y == x + 1).all()
    again, _ = dataset.sample(400, np.random.default_rng(0))
    assert (again == x).all()


@pytest.mark.parametrize("name", ["t.npy", "t.bin"])
def test_a_file_is_mapped(tmp_path, name):
    write_tokens(tmp_path / name, list(range(50)), vocab_size=50)
    dataset = TokenDataset(tmp_path / name, 8)
    assert isinstance(dataset.tokens, np.memmap)
    assert dataset[1][0].tolist() == list(range(8, 16))
    assert type(dataset.gather([0, 1])[0]) is np.ndarray
    assert repr(dataset) == "TokenDataset(50 tokens, 6 windows of 8, stride 8)"


def test_other_processes_map_the_file_themselves(tmp_path):
    write_tokens(tmp_path / "t.npy", np.arange(100_000), vocab_size=100_000)
    sent = pickle.dumps(TokenDataset(tmp_path / "t.npy", 8))
    assert len(sent) < 2000
    assert pickle.loads(sent)[3][0].tolist() == list(range(24, 32))
    assert pickle.loads(pickle.dumps(TokenDataset([1, 2, 3], 2)))[0][0].tolist() == [1, 2]


def test_a_file_is_found_from_another_folder(tmp_path, monkeypatch):
    write_tokens(tmp_path / "t.npy", np.arange(10), vocab_size=10)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    sent = pickle.dumps(TokenDataset("t.npy", 8))
    monkeypatch.chdir("other")
    assert pickle.loads(sent)[0][0].tolist() == list(range(8))


def test_inputs_and_targets_do_not_share_memory():
    tokens = np.arange(10)
    dataset = TokenDataset(tokens, 4)
    for x, y in (dataset[0], dataset.gather([0])):
        x[...] = 0
        assert y.ravel().tolist() == [1, 2, 3, 4]
    assert tokens[1] == 1


def test_tensors_are_made_on_request():
    dataset = TokenDataset(list(range(10)), 4, make=lambda array: ("tensor", array.shape))
    assert dataset[0] == (("tensor", (4,)), ("tensor", (4,)))
    assert dataset.gather([0, 1]) == [("tensor", (2, 4))] * 2


@pytest.mark.parametrize(
    ("use", "error", "message"),
    [
        (lambda d: TokenDataset([1, 2], 0), ValueError, "context should be at least 1, got 0"),
        (lambda d: TokenDataset([1, 2], 1, stride=0), ValueError, "stride should be at least 1, got 0"),
        (lambda d: TokenDataset([1, 2], 1.0), TypeError, "context should be an int, got 1.0"),
        (lambda d: d.sample(-1, np.random.default_rng(0)), ValueError, "batch_size should be at least 0, got -1"),
        (lambda d: d.sample(1.5, np.random.default_rng(0)), TypeError, "batch_size should be an int, got 1.5"),
        (lambda d: TokenDataset([1.0, 2.0], 1), TypeError, "dtype float64"),
        (lambda d: TokenDataset([[1, 2]], 1), TypeError, "shape"),
        (lambda d: TokenDataset([[1, 2], [3]], 1), TypeError, "unequal length"),
        (lambda d: TokenDataset([], 1), ValueError, "0 tokens"),
        (lambda d: d[2], IndexError, "window 2 is out of range for 2"),
        (lambda d: d[-3], IndexError, "out of range"),
        (lambda d: d[0.0], TypeError, "float"),
        (lambda d: d.gather([0, 2]), IndexError, "out of range"),
        (lambda d: d.gather([0.5]), TypeError, "indices should be integers"),
        (lambda d: d.gather(1), TypeError, "indices should be integers"),
    ],
)
def test_misuse(use, error, message):
    with pytest.raises(error, match=message):
        use(TokenDataset(list(range(9)), 4))


def test_places_come_from_a_generator_of_numpy():
    with pytest.raises(TypeError, match="should be one of NumPy's.*got NoneType"):
        TokenDataset(list(range(9)), 4).sample(2, None)
