import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import tt_tensor
from tt_autograd import Tensor, no_grad, tensor
from tt_optim import (
    SGD,
    Adam,
    CheckpointError,
    EarlyStopping,
    load_checkpoint,
    lr_scheduler,
    save_checkpoint,
)  # fmt: skip
from tt_tensor.io import DamagedFileError, load_file, save_file


class Model:
    """Two layers with dropout between them, in the least code."""

    def __init__(self, width=5, seed=0):
        rng = np.random.default_rng(seed)
        self.weights = {
            name: Tensor(rng.standard_normal(shape).astype(np.float32), requires_grad=True)
            for name, shape in {"a": (4, width), "b": (width, 1)}.items()
        }

    def __call__(self, x):
        h = x @ self.weights["a"]
        keep = tt_tensor.rand(*h.shape).numpy() > 0.5  # from the default generator
        return (h * tensor(keep.astype(np.float32))) @ self.weights["b"]

    def state_dict(self):
        return dict(self.weights)

    def load_state_dict(self, state):
        with no_grad():
            for name, w in self.weights.items():
                w.array[...] = state[name].array


class Run:
    """A training run with everything that a checkpoint must hold."""

    def __init__(self, kind=SGD, seed=0, width=5):
        tt_tensor.manual_seed(seed)
        self.model = Model(width, seed)
        options = {"momentum": 0.9, "nesterov": True} if kind is SGD else {"amsgrad": True}
        self.optimizer = kind(self.model.weights.values(), lr=0.01, weight_decay=0.01, **options)
        self.scheduler = lr_scheduler.SequentialLR(
            self.optimizer,
            [lr_scheduler.LinearLR(self.optimizer, total_iters=3), lr_scheduler.CosineAnnealingLR(self.optimizer, 20)],
            milestones=[3],
        )
        self.stopping = EarlyStopping(patience=100)
        self.shuffle, self.noise = tt_tensor.Generator().manual_seed(seed), np.random.default_rng(seed)
        self.losses = []

    def train(self, steps):
        for _ in range(steps):
            order = tt_tensor.randperm(8, generator=self.shuffle).numpy()
            x = np.arange(32, dtype=np.float32).reshape(8, 4)[order] / 32 + self.noise.random(4, np.float32)
            x += np.float32(random.random() + np.random.random())
            self.optimizer.zero_grad()
            loss = (self.model(tensor(x)) - 1.0).square().mean()
            loss.backward()
            self.optimizer.step()
            self.scheduler.step()
            self.losses.append(loss.item())
            self.stopping.step(loss.item(), self.model)

    @property
    def objects(self):
        return {
            "model": self.model, "optimizer": self.optimizer, "scheduler": self.scheduler, "stopping": self.stopping,
            "generator": [self.shuffle, self.noise],
        }  # fmt: skip


@pytest.mark.parametrize("kind", [SGD, Adam])
def test_a_resumed_run_is_the_uninterrupted_one(kind, tmp_path):
    """Bit for bit, with dropout, momentum, shuffling, a schedule, and two generators besides the default one."""
    path = tmp_path / "run.safetensors"
    whole = Run(kind)
    whole.train(5)
    save_checkpoint(path, **whole.objects, python_random=True, numpy_random=True, step=5, losses=whole.losses)
    whole.train(20)

    resumed = Run(kind, seed=1)
    resumed.train(2)
    counters = load_checkpoint(path, **resumed.objects)
    assert counters == {"step": 5, "losses": whole.losses[:5]}
    resumed.losses = counters["losses"]
    resumed.train(20)
    assert resumed.losses == whole.losses
    for name, w in whole.model.weights.items():
        assert w.array.tobytes() == resumed.model.weights[name].array.tobytes()
    assert resumed.stopping.best == whole.stopping.best


def snapshot(run):
    state = run.optimizer.state_dict()
    return (
        [w.array.tobytes() for w in run.model.weights.values()],
        {k: {n: v.array.tobytes() for n, v in s.items()} for k, s in state["state"].items()},
        state["param_groups"], json.dumps(run.scheduler.state_dict()), tt_tensor.get_rng_state().array.tobytes(),
        run.shuffle.get_state().array.tobytes(),
    )  # fmt: skip


class TestMisfits:
    @pytest.fixture
    def path(self, tmp_path):
        run = Run()
        run.train(3)
        save_checkpoint(tmp_path / "run.safetensors", **run.objects, epoch=1)
        return tmp_path / "run.safetensors"

    def raises(self, path, run, objects, kind, match):
        run.train(1)
        before = snapshot(run)
        with pytest.raises(kind, match=match):
            load_checkpoint(path, **objects)
        assert snapshot(run) == before

    def test_shape(self, path):
        run = Run(width=6)
        self.raises(path, run, run.objects, CheckpointError, r"a: float32\[4, 5\] there, float32\[4, 6\] here")

    def test_names(self, path):
        run = Run()
        run.model.weights["c"] = run.model.weights.pop("b")
        with pytest.raises(CheckpointError, match=r"missing in the checkpoint: \['c'\]; not in the model: \['b'\]"):
            load_checkpoint(path, model=run.model)

    def test_dtype(self, path):
        run = Run()
        run.model.weights["b"] = Tensor(np.zeros((5, 1)), requires_grad=True)
        with pytest.raises(CheckpointError, match="float32.* there, float64"):
            load_checkpoint(path, model=run.model)

    def test_optimizer(self, path):
        run = Run(Adam)
        self.raises(path, run, run.objects, CheckpointError, "optimizer: .* SGD, which is no Adam")

    def test_groups(self, path):
        run = Run()
        other = SGD([run.model.weights["a"]], lr=0.1)
        self.raises(path, run, run.objects | {"optimizer": other}, CheckpointError, "optimizer: .*size")

    def test_scheduler(self, path):
        run = Run()
        other = lr_scheduler.StepLR(run.optimizer, 3)
        self.raises(path, run, run.objects | {"scheduler": other}, CheckpointError, "SequentialLR, which is no StepLR")

    def test_generators(self, path):
        run = Run()
        self.raises(path, run, run.objects | {"generator": run.shuffle}, CheckpointError, "has 2 generators, 1")
        swapped = [run.noise, run.shuffle]
        self.raises(path, run, run.objects | {"generator": swapped}, CheckpointError, "generator 0 is of another kind")
        self.raises(path, run, run.objects | {"generator": [3]}, TypeError, "expected a Generator")

    def test_not_in_it(self, path, tmp_path):
        run = Run()
        save_checkpoint(tmp_path / "b", model=run.model)
        self.raises(tmp_path / "b", run, run.objects, CheckpointError, "has no optimizer; it has model")

    def test_no_such_file(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            load_checkpoint(tmp_path / "nothing")

    def test_another_file(self, tmp_path):
        save_file({"w": np.ones(3)}, tmp_path / "weights")
        with pytest.raises(DamagedFileError, match="no checkpoint"):
            load_checkpoint(tmp_path / "weights")
        (tmp_path / "text").write_text("weights")
        with pytest.raises(DamagedFileError):
            load_checkpoint(tmp_path / "text")

    def test_description_of_another(self, path, tmp_path):
        metadata = tt_tensor.io.load_metadata(path)
        tensors = load_file(path)
        tensors.pop("model.a")
        save_file(tensors, tmp_path / "b", metadata)
        with pytest.raises(DamagedFileError, match="does not fit its content"):
            load_checkpoint(tmp_path / "b")
        save_file(load_file(path), tmp_path / "c", dict.fromkeys(metadata, "["))
        with pytest.raises(DamagedFileError):
            load_checkpoint(tmp_path / "c")

    @pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
    def test_truncated(self, path, part):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        run = Run()
        self.raises(path, run, run.objects, DamagedFileError, "truncated|not a safetensors")


def test_what_cannot_be_saved(tmp_path):
    path = tmp_path / "run"
    save_checkpoint(path, epoch=1)
    with pytest.raises(TypeError, match=r"config\.f: a function cannot be saved"):
        save_checkpoint(path, config={"f": lambda: 0})
    with pytest.raises(TypeError, match="a key of type tuple"):
        save_checkpoint(path, config={(1, 2): 0})
    with pytest.raises(TypeError, match="model: a list has no state_dict"):
        save_checkpoint(path, model=[1])
    assert load_checkpoint(path) == {"epoch": 1}
    assert os.listdir(tmp_path) == ["run"]


def test_counters_come_back_as_they_were(tmp_path):
    given = {
        "a": (1, 2.5, None, True, "ü\n", {"x": [1, (2,)]}), "b": {1: "one", None: 0, 2.5: [], "k": {}}, "c": [0.1 + 0.2, 1e-320],
        "d": float("inf"), "e": 2**70,
    }  # fmt: skip
    save_checkpoint(tmp_path / "run", **given, array=np.arange(3), tensor=tensor([1.0, 2.0]), scalar=np.float32(0.5))
    back = load_checkpoint(tmp_path / "run")
    array, t, scalar = back.pop("array"), back.pop("tensor"), back.pop("scalar")
    assert back == given
    assert array.tolist() == [0, 1, 2]
    assert type(t) is Tensor
    assert t.tolist() == [1.0, 2.0]
    assert type(scalar) is float


def test_tied_weights(tmp_path):
    model = Model()
    model.weights["c"] = model.weights["a"]
    save_checkpoint(tmp_path / "run", model=model)
    saved = model.weights["a"].array.copy()
    model.weights["a"].array.fill(0)
    load_checkpoint(tmp_path / "run", model=model)
    np.testing.assert_array_equal(model.weights["c"].array, saved)


def test_random_state_left_alone(tmp_path):
    save_checkpoint(tmp_path / "run", epoch=1)
    tt_tensor.rand(3)
    before = tt_tensor.get_rng_state().array.tobytes()
    load_checkpoint(tmp_path / "run", random_state=False)
    assert tt_tensor.get_rng_state().array.tobytes() == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no kill -9")
def test_kill_at_any_moment(tmp_path):
    """The file is always whole, and what is in it is of one moment."""
    script = textwrap.dedent("""
        import sys, itertools, numpy as np
        from tt_optim import save_checkpoint
        for i in itertools.count():
            save_checkpoint(sys.argv[1], a=np.full(50_000, i), i=i, b=np.full(50_000, i))
            if i == 0: print("ready", flush=True)
    """)
    path, rng, seen = tmp_path / "run", random.Random(0), []
    for _ in range(6):
        process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
        with process:
            ready = process.stdout.readline().strip()
            time.sleep(rng.uniform(0.0, 0.05))
            process.kill()
        assert ready == b"ready"
        content = load_checkpoint(path, random_state=False)
        assert (content["a"] == content["i"]).all()
        assert (content["b"] == content["i"]).all()
        seen.append(content["i"])
    assert max(seen) > 0
