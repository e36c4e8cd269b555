"""save and load."""

import io
import os

import numpy as np
import pytest
from tt_autograd import Tensor, tensor
from tt_nn import Linear, Module, Sequential, load, save
from tt_tensor.io import load_metadata, save_file


class Tied(Module):
    def __init__(self):
        super().__init__()
        self.x, self.y = Linear(2, 2), Linear(2, 2)
        self.y.weight = self.x.weight
        self.register_buffer("steps", tensor(7))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


class TestMisuse:
    @pytest.mark.parametrize(
        "obj",
        [
            lambda: None,
            {"a": Linear(1, 1)},
            {"a": [{1, 2}]},
            {"a": b"bytes"},
            {"a": np.float32},
            {(1, 2): tensor([1.0])},
            {"a": np.array(["text"])},
            {"a": np.array([object()])},
        ],
    )
    def test_what_cannot_be_saved(self, obj, path):
        save(Linear(1, 1), path)
        before = path.read_bytes()
        with pytest.raises(TypeError):
            save(obj, path)
        assert path.read_bytes() == before
        assert os.listdir(path.parent) == [path.name]

    def test_places(self, tmp_path):
        with pytest.raises(OSError, match="folder"):
            save(Linear(1, 1), tmp_path)
        with pytest.raises(FileNotFoundError, match="does not exist"):
            save(Linear(1, 1), tmp_path / "no" / "file")
        with pytest.raises(FileNotFoundError):
            load(tmp_path / "none")

    def test_partial_overlap(self, path):
        x = tensor([1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="'a' and 'b' share memory"):
            save({"a": x, "b": x[1:]}, path)

    def test_what_is_in_itself(self, path):
        x = {"a": []}
        x["a"].append(x)
        with pytest.raises(ValueError, match="in itself"):
            save(x, path)
        assert not path.exists()

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"list": [' * 2000 + "]}" * 2000])
    def test_a_description_without_end(self, path, text):
        save_file({}, path, {"tt_nn.nested": text})
        with pytest.raises(RuntimeError, match="damaged"):
            load(path)

    def test_metadata_is_text(self, path):
        with pytest.raises(TypeError, match="metadata"):
            save(Linear(1, 1), path, {"epoch": 3})

    @pytest.mark.parametrize("keep", [0, 1, 8, 9, 100, 200, -1])
    def test_truncated(self, path, keep):
        save(Tied(), path)
        data = path.read_bytes()
        path.write_bytes(data[:keep])
        with pytest.raises((RuntimeError, ValueError), match="damaged"):
            load(path)

    def test_damaged(self, path):
        save(Tied(), path)
        data = path.read_bytes()
        path.write_bytes(b"\xff" * 8 + data[8:])
        with pytest.raises(RuntimeError, match="damaged"):
            load(path)
        path.write_bytes(data.replace(b"x.weight", b"z.weight", 1))
        with pytest.raises(RuntimeError, match="damaged"):
            load(path)
        path.write_text("import os")
        with pytest.raises(ValueError, match="damaged"):
            load(path)


def test_there_and_back(path):
    model, other = Sequential(Linear(3, 4), Tied()), Sequential(Linear(3, 4), Tied())
    save(model, path)
    assert repr(other.load_state_dict(load(path))) == "<All keys matched successfully>"
    for (name, a), (_, b) in zip(model.state_dict().items(), other.state_dict().items()):
        assert a.dtype == b.dtype, name
        assert a.tolist() == b.tolist(), name


def same(a, b):
    if isinstance(a, dict | list | tuple):
        values = a.values() if isinstance(a, dict) else a
        others = b.values() if isinstance(b, dict) else b
        keys = not isinstance(a, dict) or list(a) == list(b)
        return type(a) is type(b) and len(a) == len(b) and keys and all(map(same, values, others))
    if isinstance(a, Tensor | np.ndarray):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and bool((a == b).all())
    return type(a) is type(b) and a == b


@pytest.mark.parametrize(
    "what",
    [
        3,
        "text",
        None,
        tensor([1.0]),
        tensor(2),
        [tensor([1.0]), tensor([True, False])],
        (1, (2.5, ["x"]), {}),
        {"a": 3},
        {"a": [1.0], 2: {None: ()}},
        {1: tensor([1.0]), "1": tensor([2.0])},
        {"a": {"b": tensor([1.0])}, "a.b": tensor([2.0]), "c": np.arange(3)},
        {"loss": float("inf"), "betas": (0.9, 0.999), "empty": tensor([])},
    ],
)
def test_nested_values_come_back(path, what):
    save(what, path)
    assert same(load(path), what)


def test_a_checkpoint_as_tutorials_have_it(path):
    model, other = Tied(), Tied()
    content = {
        "epoch": 5,
        "model_state_dict": model.state_dict(),
        "best": np.float32(0.5),
        "args": {"lr": 0.1, "layers": [4, 2]},
    }
    save(content, path, {"by": "test"})
    back = load(path, map_location="cpu", weights_only=False)
    assert back["epoch"] == 5
    assert back["best"] == 0.5
    assert back["args"] == content["args"]
    state = back["model_state_dict"]
    assert np.shares_memory(state["x.weight"].array, state["y.weight"].array)
    assert str(other.load_state_dict(state)) == "<All keys matched successfully>"
    assert other.y.weight.tolist() == model.x.weight.tolist()
    assert load_metadata(path)["by"] == "test"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'[[\\"epoch', b'[[[\\"poch', 1))
    with pytest.raises(RuntimeError, match="damaged"):
        load(path)


def test_open_files(path):
    model, memory = Sequential(Linear(3, 4), Tied()), io.BytesIO()
    save(model, path)
    save(model, memory)
    assert memory.getvalue() == path.read_bytes()
    memory.seek(0)
    with open(path, "rb") as file:
        for state in (load(file), load(memory, map_location="cpu")):
            assert sorted(state) == sorted(model.state_dict())
            assert np.shares_memory(state["1.x.weight"].array, state["1.y.weight"].array)
            model.load_state_dict(state)
    with open(path, "wb") as file:
        save({"a": tensor([1.0])}, file)
    assert load(path)["a"].tolist() == [1.0]
    with pytest.raises(RuntimeError, match="safetensors"):
        load(io.BytesIO(b"PK\x03\x04 and so on"))
    with pytest.raises(AttributeError, match="write"):
        save(model, 3)


def test_shared_parameters_are_saved_once(path):
    big = Tied()
    save(big, path)
    state = load(path)
    assert sorted(state) == sorted(big.state_dict())
    assert np.shares_memory(state["x.weight"].array, state["y.weight"].array)
    alone = path.with_name("alone")
    save({k: v for k, v in big.state_dict().items() if k != "y.weight"}, alone)
    assert path.stat().st_size - alone.stat().st_size < 120


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0)])
def test_dtypes_and_shapes(path, dtype, shape):
    x = tensor((np.arange(np.prod(shape, dtype=int)).reshape(shape) % 2).astype(dtype))
    save({"x": x, "turned": tensor(np.ones((2, 3), dtype)).mT}, path)
    state = load(path)
    assert type(state["x"]) is Tensor
    assert (state["x"].dtype, state["x"].shape) == (x.dtype, x.shape)
    assert state["x"].tolist() == x.tolist()
    assert state["turned"].shape == (3, 2)


def test_metadata(path):
    save(Linear(1, 1), path, {"epoch": "3"})
    assert load_metadata(path) == {"epoch": "3"}
    save(Linear(1, 1).state_dict(), path)
    assert load_metadata(path) == {}
    for content in ({"a": [tensor([1.0])], "b": 2}, Tied().state_dict()):
        save(content, path, {"epoch": "3"})
        save({"x": tensor([1.0])}, path, load_metadata(path))
        assert list(load(path)) == ["x"]
        assert load_metadata(path) == {"epoch": "3"}


def test_arguments_of_code_written_for_pytorch(path):
    save(Linear(2, 2), path)
    for settings in ({"map_location": "cpu"}, {"weights_only": True}, {"map_location": None, "weights_only": False}):
        assert set(load(path, **settings)) == {"weight", "bias"}
    with pytest.raises(RuntimeError, match="not available"):
        load(path, "cuda")
