"""Worker processes: what they load is right, what goes wrong is said at once, and nothing of them stays behind."""

import copy
import gc
import multiprocessing
import os
import pathlib
import pickle
import random
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import tt_tensor
from tt_data import (
    DataLoader,
    Dataset,
    IterableDataset,
    TensorDataset,
    default_collate,
    get_worker_info,
    random_generator,
    workers,
)
from tt_tensor.threads import spread

forks = pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
pytestmark = [forks, pytest.mark.filterwarnings("ignore:This DataLoader will create")]
FORK = {"multiprocessing_context": "fork"}


class Squares(Dataset):
    """Pictures large enough for shared memory, and labels. Some indices are traps."""

    def __init__(self, n=24, **traps):
        self.n, self.traps = n, traps

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        for name, trap in self.traps.items():
            if index == trap:
                getattr(self, name)()
        return np.full((40, 40), index, np.float32), index

    def fail(self):
        raise KeyError("a bad sample")

    def hold(self):
        raise ValueError(lambda: None)

    def odd(self):
        raise OddError("one", "two")

    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)

    def leave(self):
        os._exit(3)

    def hang(self):
        time.sleep(60)


class OddError(Exception):
    """An exception that cannot be made of its message."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def processes():
    """The workers of this process that are alive."""
    return {p.pid for p in multiprocessing.active_children()}


def alive(pid):
    """Whether there is such a process (one that waits to be buried does not count)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = pathlib.Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def soon(condition, seconds=10.0):
    """Whether `condition()` becomes true within this time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def labels(loader):
    """The labels of a pass, whose pictures must belong to them."""
    found = []
    for x, y in loader:
        assert (x.array == y.array[:, None, None]).all()
        found += y.tolist()
    return found


@pytest.fixture(autouse=True)
def nothing_stays_behind():
    before = processes()
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    memory = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    yield
    if processes() != before:
        gc.collect()
    assert processes() == before
    assert not workers._pipes
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) <= descriptors + 2  # of a fork server, or what Python opened
    if memory:
        assert not {x for x in set(os.listdir("/dev/shm")) - memory if "tinytorch" in x or x.startswith("psm_")}


# What they load


@pytest.mark.parametrize("settings", [{}, {"prefetch_factor": 5}, {"persistent_workers": True}, {"timeout": 30}])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_batches_come_in_order(count, settings):
    loader = DataLoader(Squares(), 5, num_workers=count, **FORK, **settings)
    for _ in range(2):
        assert labels(loader) == list(range(24))


def test_batches_out_of_order_are_all_there():
    loader = DataLoader(Squares(), 5, num_workers=2, in_order=False, **FORK)
    assert sorted(labels(loader)) == list(range(24))


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_ways_to_start(method):
    data = TensorDataset(tt_tensor.arange(4000).reshape(8, 500), tt_tensor.arange(8))
    loader = DataLoader(data, 4, num_workers=1, multiprocessing_context=method)
    assert [(x.shape, y.tolist()) for x, y in loader] == [((4, 500), [0, 1, 2, 3]), ((4, 500), [4, 5, 6, 7])]


def test_what_cannot_be_pickled_is_explained():
    class Local(Squares):
        pass

    with pytest.raises((AttributeError, TypeError, multiprocessing.ProcessError, Exception)) as caught:
        iter(DataLoader(Local(), num_workers=1, multiprocessing_context="spawn"))
    assert "top level" in caught.value.__notes__[0]


@pytest.mark.parametrize("size", [3, 100_000])  # numbers; the second time more than a pipe holds
def test_a_script_without_a_main_part(tmp_path, size):
    script = tmp_path / "script.py"
    script.write_text(
        "from tt_data import DataLoader, TensorDataset\nimport tt_tensor\n"
        f"list(DataLoader(TensorDataset(tt_tensor.arange({size})), num_workers=1, multiprocessing_context='spawn'))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "must stand under if __name__ ==" in done.stderr.splitlines()[-1]
    assert "bootstrapping phase" in done.stderr


def test_samples_of_any_kind():
    samples = [
        {"a": "text" * 10_000, "b": np.zeros((30, 30)).T[::2], "c": [k, 0.5], "d": np.zeros((0, 3))} for k in range(3)
    ]
    here, there = (list(DataLoader(samples, 2, num_workers=k, **(FORK if k else {}))) for k in (0, 1))
    for a, b in zip(here, there):
        assert a["a"] == b["a"]
        assert a["b"].shape == b["b"].shape
        assert a["d"].shape == b["d"].shape
        assert [x.tolist() for x in a["c"]] == [x.tolist() for x in b["c"]]
    unbatched = list(DataLoader([np.zeros(3), "a", None], batch_size=None, num_workers=1, **FORK))
    assert unbatched[0].tolist() == [0, 0, 0]
    assert unbatched[1:] == ["a", None]


def test_a_collate_function_of_yours():
    loader = DataLoader(Squares(), 3, num_workers=2, collate_fn=lambda samples: len(samples), **FORK)
    assert list(loader) == [3] * 8


def test_batches_stay_as_they_are_while_you_keep_them():
    loader = DataLoader(Squares(300), 3, num_workers=2, **FORK)
    kept = []
    for x, y in loader:
        x -= y.reshape(-1, 1, 1)  # in place, as a training loop may
        kept.append((x, y))
    assert [k for _, y in kept for k in y.tolist()] == list(range(300))
    assert all((x.array == 0).all() for x, _ in kept)


def test_memory_is_used_again():
    loader = DataLoader(Squares(300), 3, num_workers=1, **FORK)
    batches = iter(loader)
    for _ in range(90):
        x, y = next(batches)
        a = x.array[0]
    assert len(batches.workers[0].receiver.segments) <= 6
    assert (a == y.tolist()[0]).all()
    del batches
    assert (a == y.tolist()[0]).all()  # after the worker has ended


def test_a_change_of_the_pictures_is_none_of_the_labels():
    from tt_tensor import versions

    x, y = next(iter(DataLoader(Squares(), 16, num_workers=1, collate_fn=wide, **FORK)))
    now = versions.now()
    x.zero_()
    assert versions.touched_since(x.array, now)
    assert not versions.touched_since(y.array, now)


def wide(samples):
    """A batch with labels large enough for shared memory."""
    x, _ = default_collate(samples)
    return [x, x + 1]


# Random numbers


class Noise(Dataset):
    """Random numbers of all the kinds that a data set may draw."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        info = get_worker_info()
        drawn = random.random(), np.random.rand(), tt_tensor.rand(()).item()
        return drawn, info.id, info.seed, random_generator().numpy.random()


def noise(seed, count, **settings):
    """The numbers of two passes."""
    loader = DataLoader(
        Noise(), 3, num_workers=count, generator=tt_tensor.Generator().manual_seed(seed), **FORK, **settings
    )
    return [[(a.tolist() for a in drawn), *(x.tolist() for x in rest)] for _ in range(2) for drawn, *rest in loader]


def numbers(batches):
    """All that a pass has drawn, as a set."""
    return {x for drawn, *_ in batches for a in drawn for x in a}


def test_random_numbers_follow_the_generator():
    a, b, c = (numbers(noise(seed, 2)) for seed in (1, 1, 2))
    assert a == b
    assert not a & c
    assert len(a) == 2 * 12 * 3  # none comes twice, in whichever worker, pass or library


def test_random_numbers_of_a_batch_do_not_depend_on_the_workers():
    of_batches = [[batch[-1] for batch in noise(1, count)] for count in (1, 2)]
    assert of_batches[0] == of_batches[1]
    assert of_batches[0] == [batch[-1] for batch in noise(1, 2, persistent_workers=True)]


def test_the_order_does_not_depend_on_the_workers():
    orders = []
    for count in (0, 1, 2):
        generator = tt_tensor.Generator().manual_seed(4)
        settings = FORK if count else {}
        loader = DataLoader(Squares(), 5, True, num_workers=count, generator=generator, **settings)
        orders.append([labels(loader) for _ in range(2)])
    assert orders[0] == orders[1] == orders[2]
    assert orders[0][0] != orders[0][1]


def test_worker_init_fn_and_info():
    def begin(worker):
        info = get_worker_info()
        assert info.id == worker
        info.dataset.n = 100 + worker

    class Told(Squares):
        def __getitem__(self, index):
            return get_worker_info().num_workers, self.n

    loader = DataLoader(Told(), 6, num_workers=2, worker_init_fn=begin, **FORK)
    assert [[x.tolist()[0] for x in batch] for batch in loader] == [[2, 100], [2, 101]] * 2
    assert get_worker_info() is None


# Streams


class Stream(IterableDataset):
    """0, ..., n - 1: all of it in each worker, or each its share."""

    def __init__(self, n, shared=False):
        self.n, self.shared = n, shared

    def __iter__(self):
        info = get_worker_info()
        return iter(range(info.id, self.n, info.num_workers) if self.shared and info else range(self.n))

    def __len__(self):
        return self.n


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("size", [None, 1, 3])
def test_streams(size, persistent):
    loader = DataLoader(Stream(10, shared=True), size, num_workers=3, persistent_workers=persistent, **FORK)
    for _ in range(2):
        found = [k for batch in loader for k in (batch.tolist() if size else [batch])]
        assert sorted(found) == list(range(10))


def test_a_stream_longer_than_it_said():
    loader = DataLoader(Stream(3), num_workers=2, **FORK)
    assert len(loader) == 3
    with pytest.warns(UserWarning, match=r"reported to be 3 .* samples have been fetched.*get_worker_info"):
        list(loader)


# What goes wrong


def test_an_exception_keeps_its_class_and_shows_where_it_was():
    batches = iter(DataLoader(Squares(fail=7), 3, num_workers=2, **FORK))
    assert next(batches)[1].tolist() == [0, 1, 2]
    assert next(batches)[1].tolist() == [3, 4, 5]
    with pytest.raises(KeyError, match="in DataLoader worker process 0") as caught:
        next(batches)
    assert caught.value.args == ("a bad sample",)
    assert 'raise KeyError("a bad sample")' in caught.value.__notes__[0]
    assert next(batches)[1].tolist() == [9, 10, 11]


def test_an_exception_that_cannot_be_sent():
    with pytest.raises(RuntimeError, match="(?s)Caught OddError .* in odd.*one and two"):
        list(DataLoader(Squares(odd=7), 3, num_workers=1, **FORK))


def test_an_exception_that_holds_what_cannot_be_sent_keeps_its_class():
    with pytest.raises(ValueError, match="(?s)Caught ValueError .* in hold.*<lambda>"):
        list(DataLoader(Squares(hold=7), 3, num_workers=1, **FORK))


def test_a_batch_that_cannot_be_sent():
    with pytest.raises(Exception, match="in DataLoader worker process 0"):
        list(DataLoader(Squares(), 3, num_workers=1, collate_fn=lambda samples: lambda: samples, **FORK))


def test_a_worker_that_cannot_begin():
    def begin(worker):
        raise OSError(f"no disk for {worker}")

    with pytest.raises(OSError, match="no disk for 0"):
        list(DataLoader(Squares(), 3, num_workers=2, worker_init_fn=begin, **FORK))


@pytest.mark.parametrize(("trap", "message"), [("kill", "killed by SIGKILL.*out of memory"), ("leave", "exit code 3")])
@pytest.mark.parametrize("settings", [{}, {"persistent_workers": True}, {"in_order": False}])
def test_a_worker_that_dies(trap, message, settings):
    start = time.monotonic()
    loader = DataLoader(Squares(**{trap: 7}), 3, num_workers=2, **FORK, **settings)
    with pytest.raises(RuntimeError, match=r"worker \(pid\(s\) \d+\) exited unexpectedly \(" + message):
        list(loader)
    assert time.monotonic() - start < 5
    loader.dataset.traps = {}
    assert sorted(labels(loader)) == list(range(24))  # a new pass has new workers


def test_a_worker_that_is_killed_from_outside_while_you_are_elsewhere():
    batches = iter(DataLoader(Squares(), 3, num_workers=2, **FORK))
    next(batches)
    os.kill(batches.workers[1].pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="killed by SIGKILL"):
        list(batches)
    with pytest.raises((RuntimeError, StopIteration)):
        next(batches)


def test_a_worker_that_takes_too_long(monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.2)
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="timed out after 0.3 seconds"):
        list(DataLoader(Squares(hang=7), 3, num_workers=2, timeout=0.3, **FORK))
    assert time.monotonic() - start < 8


# What stays behind: nothing


def test_a_forked_process_has_workers_of_its_own():
    loader = DataLoader(Squares(), 4, num_workers=1, persistent_workers=True, **FORK)
    passing = iter(loader)
    next(passing)

    def child(pipe):
        with pytest.raises(RuntimeError, match="belong to the process that has forked this one"):
            next(passing)
        pipe.send([labels.tolist() for _, labels in loader])

    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=child, args=(theirs,))
    process.start()
    assert ours.poll(20)
    assert ours.recv() == [list(range(k, k + 4)) for k in range(0, 24, 4)]
    process.join()
    assert len(list(passing)) == 5
    assert len(list(loader)) == 6


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda loader: pickle.loads(pickle.dumps(loader))])
def test_a_copy_of_a_loader_has_workers_of_its_own(copied):
    loader = DataLoader(Squares(), 4, num_workers=1, persistent_workers=True)
    batches = iter(loader)
    first = next(batches)
    other = iter(copied(loader))
    assert other is not batches
    assert other.workers[0].pid != batches.workers[0].pid
    assert (next(other)[1] == first[1]).all()
    assert len(list(batches)) == len(list(other)) == 5
    with pytest.raises(NotImplementedError, match="pickle the DataLoader"):
        pickle.dumps(batches)


@pytest.mark.parametrize("persistent", [False, True])
def test_leaving_early(persistent):
    loader = DataLoader(Squares(), 3, num_workers=2, persistent_workers=persistent, **FORK)
    for _ in loader:
        break
    assert len(processes()) == 2 * persistent
    before = processes()
    assert labels(loader) == list(range(24))  # the rest of the first pass is void
    assert before == processes()
    with pytest.raises(ZeroDivisionError):
        stumble(loader)
    batches = iter(loader)
    next(batches)
    assert len(processes()) == 2
    del batches, loader
    assert not processes()


def stumble(loader):
    """A training loop with a mistake in it."""
    for _ in loader:
        raise ZeroDivisionError


def test_two_loaders_at_once():
    outer = iter(DataLoader(Squares(), 3, num_workers=1, **FORK))
    next(outer)
    for _ in DataLoader(Squares(), 3, num_workers=1, **FORK):
        del outer  # its worker ends although the other one was forked when its pipe was open
        assert len(processes()) == 1
        break


def test_threads_do_no_harm():
    a = np.ones((300, 300), np.float32)
    before = tt_tensor.get_num_threads()
    tt_tensor.set_num_threads(3)
    try:
        spread(lambda k: a @ a * k, range(3))

        class Products(Squares):
            def __getitem__(self, index):
                return spread(lambda k: (a @ a * k).sum(), range(3))[1]

        assert {x for batch in DataLoader(Products(), 6, num_workers=2, **FORK) for x in batch.tolist()} == {300.0**3}
    finally:
        tt_tensor.set_num_threads(before)


def test_too_many_open_files():
    resource = pytest.importorskip("resource")
    batches = iter(DataLoader(Squares(400), 4, num_workers=2, **FORK))
    held = [next(batches)]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)  # the lowest number that is free
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 3, before[1]))
    try:
        with pytest.raises(OSError, match="[Tt]oo many open files"):
            held += batches
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert not multiprocessing.active_children()


SCRIPT = """
    import os, signal, sys, threading, time
    import numpy as np
    from tt_data import DataLoader, Dataset, worker

    class Slow(Dataset):
        def __len__(self):
            return 1000

        def __getitem__(self, index):
            time.sleep(0.02 if index < 24 else {late})
            return np.zeros((64, 64)), index

    worker.PATIENCE = 0.5

    if __name__ == "__main__":
        loader = DataLoader(Slow(), 4, num_workers=2, multiprocessing_context="{method}")
        batches = iter(loader)
        next(batches)
        print(*(worker.pid for worker in batches.workers), flush=True)
        sys.stdin.readline()
        {then}
"""


def start(tmp_path, then, method="fork", late=0.02):
    """A script that has begun a pass, in a session of its own, and the numbers of its workers."""
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(SCRIPT).format(then=then, method=method, late=late))
    command = [sys.executable, "-W", "ignore:This DataLoader will create", str(path)]
    script = subprocess.Popen(
        command,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )  # fmt: skip
    pids = [int(pid) for pid in script.stdout.readline().split()]
    assert len(pids) == 2, script.stderr.read()
    assert all(map(alive, pids))
    script.stdin.write("\n")
    script.stdin.flush()
    return script, pids


@pytest.mark.parametrize(("then", "code"), [("sys.exit(0)", 0), ("raise ValueError", 1), ("os._exit(4)", 4)])
def test_the_end_of_the_interpreter(tmp_path, then, code):
    script, pids = start(tmp_path, then)
    _, errors = script.communicate(timeout=20)
    assert script.returncode == code
    assert soon(lambda: not any(map(alive, pids)))
    assert errors.count("Traceback") == (code == 1)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_ctrl_c(tmp_path, method):
    script, pids = start(tmp_path, "list(batches)", method)
    time.sleep(0.1)
    os.killpg(script.pid, signal.SIGINT)
    _, errors = script.communicate(timeout=20)
    assert script.returncode in (1, -signal.SIGINT)
    assert soon(lambda: not any(map(alive, pids)))
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")


STARTING = """
import os
import signal
import time
from tt_data import DataLoader

if __name__ == "__main__":
    batches = iter(DataLoader([1, 2], num_workers=2, multiprocessing_context="spawn"))
    time.sleep(0.1)  # they are importing
    os.killpg(0, signal.SIGINT)
    next(batches)
"""


def test_ctrl_c_while_workers_are_starting(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(STARTING)
    script = subprocess.run(
        [sys.executable, "-W", "ignore:This DataLoader will create", str(path)],
        stderr=subprocess.PIPE, text=True, start_new_session=True, timeout=20,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert script.returncode in (1, -signal.SIGINT)
    assert script.stderr.count("Traceback") == 1
    assert script.stderr.rstrip().endswith("KeyboardInterrupt")


LET_GO = """[next(batches) for _ in range(3)]
    time.sleep(0.5)  # until both workers are in the middle of a minute: to end them takes half a second
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    del batches
    time.sleep(10)
    print("forgotten")"""


def test_ctrl_c_while_a_pass_is_let_go(tmp_path):
    script, pids = start(tmp_path, LET_GO, late=60)
    output, errors = script.communicate(timeout=20)
    assert script.returncode in (1, -signal.SIGINT)
    assert not output
    assert soon(lambda: not any(map(alive, pids)))
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.parametrize("late", [0.02, 60])
def test_the_death_of_the_main_process(tmp_path, late):
    script, pids = start(tmp_path, "list(batches)", late=late)
    time.sleep(0.5)  # long enough to meet one that takes a minute
    script.kill()
    script.communicate(timeout=20)
    assert soon(lambda: not any(map(alive, pids)), 15)
