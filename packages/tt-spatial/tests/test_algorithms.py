"""Every algorithm computes what the loops of the definition compute."""

import importlib.util
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from tt_spatial.algorithms import (
    bounds,
    choice,
    columns,
    depthwise,
    lines,
    row_tiles,
    rows,
    scatter,
    scratch,
    strips,
    tiles,
    volumes,
    winograd,
)
from tt_spatial.algorithms.bounds import Shapes
from tt_spatial.algorithms.geometry import Geometry
from tt_tensor import get_num_threads, set_num_threads

_spec = importlib.util.spec_from_file_location("naive", Path(__file__).parent / "naive.py")
naive = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(naive)


def problem(x, weight, stride=1, padding=0, dilation=1, groups=1, dtype=np.float32):
    """Arrays and geometry: x, weight, the gradient of the result, and the geometry."""
    rng = np.random.default_rng(0)
    d = len(x) - 2
    spread = lambda v: tuple(v) if isinstance(v, tuple) else (v,) * d
    around = tuple(p if isinstance(p, tuple) else (p, p) for p in spread(padding))
    geometry = Geometry(spread(stride), around, spread(dilation), groups)
    x, weight = rng.standard_normal(x).astype(dtype), rng.standard_normal(weight).astype(dtype)
    size = geometry.out_size(x.shape[2:], weight.shape[2:])
    g = rng.standard_normal((len(x), len(weight), *size)).astype(dtype)
    return x, weight, g, geometry


PROBLEMS = {
    "16 channels, 2 groups": problem((9, 32, 9, 7), (64, 16, 3, 3), padding=1, groups=2),
    "stride beyond the dilation": problem((2, 3, 11, 9), (4, 3, 3, 3), padding=1, stride=3, dilation=2),
    "dilation beyond the stride": problem((2, 3, 11, 15), (4, 3, 3, 4), padding=(0, 2), stride=2, dilation=4),
    "one pixel": problem((1, 1, 1, 1), (1, 1, 1, 1)),
    "1d": problem((2, 3, 9), (4, 3, 3), padding=1),
    "1d, long kernel": problem((2, 1, 30), (2, 1, 11), padding=5, stride=4),
    "5x5, one channel": problem((3, 1, 9, 8), (4, 1, 5, 5)),
    "3x3, three channels": problem((3, 3, 8, 8), (4, 3, 3, 3), padding=1),
    "3x3": problem((3, 16, 8, 8), (16, 16, 3, 3), padding=1),
    "3x3, one image": problem((1, 5, 19, 17), (4, 5, 3, 3), padding=1),
    "3x3, one large image": problem((1, 3, 13, 37), (2, 3, 3, 3), padding=1),
    "3x3, one high image": problem((1, 3, 35, 11), (2, 3, 3, 3), padding=1),
    "3x3, odd sizes": problem((2, 17, 7, 9), (19, 17, 3, 3), padding=1),
    "3x3, no padding": problem((2, 16, 11, 6), (16, 16, 3, 3)),
    "3x3, wide padding": problem((2, 16, 5, 6), (16, 16, 3, 3), padding=(2, 3)),
    "3x3, uneven padding": problem((2, 4, 6, 6), (4, 4, 3, 3), padding=((0, 2), (1, 0))),
    "3x3, stride 2": problem((2, 16, 9, 10), (16, 16, 3, 3), padding=1, stride=2),
    "3x3, dilation": problem((2, 4, 9, 9), (5, 4, 3, 3), padding=2, dilation=2),
    "3x3, dilation, many tiles": problem((3, 16, 12, 16), (17, 16, 3, 3), padding=(2, 4), dilation=(2, 4)),
    "3x3, dilation, groups": problem((4, 32, 16, 8), (32, 16, 3, 3), padding=2, dilation=2, groups=2),
    "side by side": problem((7, 6, 9, 9), (4, 3, 3, 3), padding=1, stride=3, groups=2),
    "1x1": problem((3, 8, 5, 5), (6, 8, 1, 1)),
    "1x1, stride 2": problem((3, 8, 6, 7), (6, 8, 1, 1), stride=2),
    "1x1, padding": problem((1, 2, 3, 3), (2, 2, 1, 1), padding=1),
    "7x7, stride 2": problem((2, 3, 16, 15), (8, 3, 7, 7), padding=3, stride=2),
    "2x2, stride 2": problem((2, 4, 8, 8), (4, 4, 2, 2), stride=2),
    "stride beyond the kernel": problem((2, 4, 9, 9), (4, 4, 2, 2), stride=(3, 4)),
    "strides of two kinds": problem((2, 4, 9, 9), (4, 4, 3, 2), stride=(1, 3), padding=(0, 1)),
    "groups": problem((2, 8, 6, 6), (12, 4, 3, 3), padding=1, groups=2),
    "depthwise": problem((2, 8, 6, 6), (8, 1, 3, 3), padding=1, groups=8),
    "depthwise, stride 2": problem((2, 8, 7, 6), (8, 1, 3, 3), padding=1, groups=8, stride=2),
    "depthwise, 9 images": problem((9, 3, 9, 5), (3, 1, 3, 2), padding=(2, 1), groups=3),
    "depthwise, uneven padding": problem((9, 3, 8, 6), (3, 1, 3, 3), padding=((0, 3), (2, 0)), groups=3, stride=(2, 1)),
    "depthwise, stride 3, dilation 2": problem((9, 2, 13, 6), (2, 1, 3, 2), padding=2, groups=2, stride=3, dilation=2),
    "depthwise, rows that no result reaches": problem((9, 2, 9, 7), (2, 1, 2, 2), groups=2, stride=(4, 3)),
    "depthwise, two each": problem((2, 4, 6, 6), (8, 1, 3, 3), padding=1, groups=4),
    "depthwise, dilated": problem((2, 4, 9, 6), (4, 1, 3, 3), padding=2, groups=4, dilation=2),
    "5x5": problem((2, 7, 9, 10), (6, 7, 5, 5), padding=2),
    "2x4": problem((2, 4, 9, 10), (6, 4, 2, 4), padding=(1, 2)),
    "3d": problem((2, 3, 5, 6, 4), (4, 3, 3, 3, 3), padding=1),
    "3d, stride": problem((2, 4, 5, 6, 4), (4, 2, 2, 3, 1), stride=(2, 1, 2), groups=2),
    "3d, many channels": problem((2, 16, 5, 9, 8), (18, 16, 3, 3, 3), padding=1),
    "3d, stride of the depth": problem((3, 4, 9, 5, 6), (6, 2, 3, 2, 3), stride=(2, 1, 1), padding=(2, 0, 1), groups=2),
    "3d, dilation of the depth": problem(
        (2, 2, 7, 5, 6), (3, 2, 3, 3, 2), padding=((5, 0), (1, 1), (0, 1)), dilation=(3, 1, 2)
    ),
    "3d, padding beyond the kernel": problem((1, 2, 2, 4, 4), (3, 2, 2, 3, 3), padding=(4, 1, 1), stride=(3, 1, 1)),
    "3d, long only in depth": problem((2, 3, 7, 4, 4), (4, 3, 3, 1, 1), padding=(1, 0, 0)),
    "kernel as large as the input": problem((4, 8, 5, 5), (10, 8, 5, 5)),
    "empty batch": problem((0, 3, 5, 5), (2, 3, 3, 3)),
    "no channels": problem((2, 0, 5, 5), (2, 0, 3, 3)),
    "wide rows, three channels": problem((5, 3, 5, 19), (4, 3, 3, 2), padding=(1, 0)),
    "wide rows, groups, dilation": problem((3, 4, 7, 24), (4, 2, 3, 3), padding=(2, 3), dilation=(2, 3), groups=2),
    "wide rows, stride": problem((3, 2, 9, 41), (3, 2, 3, 4), padding=(1, 2), stride=(3, 2)),
    "many images, dilation": problem((17, 3, 8, 9), (2, 3, 3, 3), padding=(0, 1), dilation=(2, 3)),
    "rows that no result reaches": problem((17, 3, 7, 8), (2, 3, 2, 3), dilation=(5, 2)),
    "many signals": problem((19, 3, 12), (5, 3, 4), padding=1),
    "wide rows, one channel": problem((2, 1, 6, 21), (3, 1, 3, 4), padding=(1, 2)),
    "wide rows, depthwise": problem((3, 4, 5, 23), (8, 1, 3, 3), padding=1, groups=4),
    "long only along rows": problem((3, 4, 5, 30), (6, 2, 1, 7), padding=(0, 3), stride=(1, 2), groups=2),
    "7x7, two groups": problem((3, 24, 8, 9), (22, 12, 7, 7), padding=3, groups=2),
    "5x5, uneven padding": problem((3, 12, 7, 20), (14, 12, 5, 5), padding=((7, 0), (1, 6))),
    "6x5, steps of 4 and 3, groups": problem((3, 4, 17, 23), (6, 2, 6, 5), padding=(4, 3), stride=(4, 3), groups=2),
    "3x4, step of 2 in a row": problem((1, 3, 9, 22), (4, 3, 3, 4), padding=((1, 0), (0, 5)), stride=(1, 2)),
    "1x6": problem((5, 12, 4, 21), (12, 12, 1, 6), padding=(2, 3)),
    "many images": problem((33, 2, 4, 4), (3, 2, 3, 3), padding=1),
}


def plain(name):
    """Whether the kernel moves by one."""
    _, _, _, geometry = PROBLEMS[name]
    return set(geometry.stride + geometry.dilation) == {1}


def can_turn(module, g, x, weight, geometry):
    """Whether the algorithm can compute this input gradient."""
    if module is lines:
        return lines.can_turn(g.shape, x.shape[2:], weight.shape[2:], geometry)
    if module is depthwise:
        return len(weight) == geometry.groups
    return module is not columns


FULL = [name for name, (x, _, _, _) in PROBLEMS.items() if x.size]
# Each algorithm, and the problems that it can solve.
ALGORITHMS = {
    "choice": (choice, list(PROBLEMS)),
    "columns": (columns, FULL),
    "scatter": (scatter, FULL),
    "lines": (lines, [name for name in FULL if PROBLEMS[name][0].ndim == 4]),
    "depthwise": (
        depthwise,
        [
            name
            for name, p in PROBLEMS.items()
            if p[1].shape[1] == 1 and name in FULL and p[3].groups == p[0].shape[1] and p[0].ndim == 4
        ],
    ),
    "winograd": (
        winograd,
        [
            name
            for name, p in PROBLEMS.items()
            if len(p[1].shape) == 4 and {2, 3, 4, 5}.issuperset(p[1].shape[2:]) and name in FULL and plain(name)
        ],
    ),
    "rows": (
        rows,
        [
            name
            for name, p in PROBLEMS.items()
            if name in FULL
            and p[1].ndim == 4
            and set(p[3].dilation) == {1}
            and 1 < -(-p[1].shape[3] // p[3].stride[1]) < 8
        ],
    ),
}
CASES = [(a, name) for a, (_, names) in ALGORITHMS.items() for name in names]


def close(a, b, scale):
    assert a.shape == b.shape
    assert a.flags.c_contiguous
    assert np.abs(a - b).max(initial=0) <= scale * np.abs(b).max(initial=1)


@pytest.mark.parametrize(("algorithm", "name"), CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_against_the_definition(algorithm, name, dtype):
    if algorithm in ("rows", "winograd") and dtype is np.float64:
        return  # their matrices are of float32
    x, weight, g, geometry = PROBLEMS[name]
    x, weight, g = (a.astype(dtype) for a in (x, weight, g))
    module, scale = ALGORITHMS[algorithm][0], 1e-5 if dtype is np.float32 else 1e-12
    g_x, g_weight = naive.gradients(g, x, weight, geometry)
    if module is not scatter:
        bias = np.arange(len(weight), dtype=dtype)
        y = module.forward(x, weight, bias, geometry)
        close(y, naive.convolution(x, weight, geometry) + bias.reshape(-1, *(1,) * (x.ndim - 2)), scale)
        close(module.weight_gradient(g, x, weight.shape[2:], geometry), g_weight, scale)
    if can_turn(module, g, x, weight, geometry):
        close(module.input_gradient(g, weight, x.shape[2:], geometry), g_x, scale)


@pytest.mark.parametrize("name", ALGORITHMS["winograd"][1])
@pytest.mark.parametrize("long", [1, 1000])
def test_tiles_in_either_order_and_a_few_images_at_a_time(name, long, monkeypatch):
    for setting, value in {"LONG": long, "ROOM": 1, "LEAST": 3}.items():
        monkeypatch.setattr(tiles, setting, value)
    monkeypatch.setattr(winograd, "LARGE", long)
    x, weight, g, geometry = PROBLEMS[name]
    g_x, g_weight = naive.gradients(g, x, weight, geometry)
    close(winograd.forward(x, weight, None, geometry), naive.convolution(x, weight, geometry), 1e-5)
    close(winograd.input_gradient(g, weight, x.shape[2:], geometry), g_x, 1e-5)
    close(winograd.weight_gradient(g, x, weight.shape[2:], geometry), g_weight, 1e-5)


@pytest.mark.parametrize("name", ALGORITHMS["rows"][1])
@pytest.mark.parametrize("block", [1, 1000])
def test_tiles_of_rows_a_few_rows_and_images_at_a_time(name, block, monkeypatch):
    for setting, value in {"TERMS": 1, "SUMS": 5, "KEPT": 1, "WAYS": 1}.items():
        monkeypatch.setattr(rows, setting, value)
    for setting, value in {"ROOM": 1, "FEW": 2, "BLOCK": block, "planned": row_tiles.Plan}.items():
        monkeypatch.setattr(row_tiles, setting, value)
    x, weight, g, geometry = PROBLEMS[name]
    bias = np.arange(len(weight), dtype=np.float32)
    g_x, g_weight = naive.gradients(g, x, weight, geometry)
    expected = naive.convolution(x, weight, geometry) + bias.reshape(-1, 1, 1)
    close(rows.forward(x, weight, bias, geometry), expected, 1e-5)
    close(rows.input_gradient(g, weight, x.shape[2:], geometry), g_x, 1e-5)
    close(rows.weight_gradient(g, x, weight.shape[2:], geometry), g_weight, 1e-5)


@pytest.fixture
def undecided():
    """A choice that remembers nothing, and forgets what it chose."""
    ways = choice.way_forward, choice.way_back, choice.way_to_weight
    for way in ways:
        way.cache_clear()
    yield
    for way in ways:
        way.cache_clear()


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("room", [1, 300])
@pytest.mark.usefixtures("undecided")
def test_large_images_in_strips(name, room, monkeypatch):
    monkeypatch.setattr(strips, "ROOM", room)
    monkeypatch.setattr(strips, "MOST", room)
    x, weight, g, geometry = PROBLEMS[name]
    bias = np.arange(len(weight), dtype=np.float32)
    g_x, g_weight = naive.gradients(g, x, weight, geometry)
    expected = naive.convolution(x, weight, geometry) + bias.reshape(-1, *(1,) * (x.ndim - 2))
    close(choice.forward(x, weight, bias, geometry), expected, 1e-5)
    close(choice.input_gradient(g, weight, x.shape[2:], geometry), g_x, 1e-5)
    close(choice.weight_gradient(g, x, weight.shape[2:], geometry), g_weight, 1e-5)


@pytest.mark.parametrize("name", [name for name in FULL if PROBLEMS[name][0].ndim == 5])
@pytest.mark.parametrize("room", [1, 400])
def test_volumes_a_few_slices_at_a_time(name, room, monkeypatch):
    monkeypatch.setattr(volumes, "ROOM", room)
    monkeypatch.setattr(volumes, "WEIGHTS", 0)
    x, weight, g, geometry = PROBLEMS[name]
    bias = np.arange(len(weight), dtype=np.float32)
    g_x, g_weight = naive.gradients(g, x, weight, geometry)
    expected = naive.convolution(x, weight, geometry) + bias.reshape(-1, 1, 1, 1)
    close(volumes.forward(x, weight, bias, geometry, choice.forward), expected, 1e-5)
    close(volumes.input_gradient(g, weight, x.shape[2:], geometry, choice.input_gradient), g_x, 1e-5)
    close(volumes.weight_gradient(g, x, weight.shape[2:], geometry, choice.weight_gradient), g_weight, 1e-5)


def test_the_columns_of_a_large_image_are_never_there_all_at_once():
    x, weight, g, geometry = problem((1, 8, 120, 120), (4, 8, 9, 9), padding=4)
    for work in (
        lambda: choice.forward(x, weight, None, geometry),
        lambda: choice.input_gradient(g, weight, x.shape[2:], geometry),
        lambda: choice.weight_gradient(g, x, (9, 9), geometry),
    ):
        work()
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 81 * x.nbytes / 3


@pytest.mark.parametrize("name", [name for name in ALGORITHMS["lines"][1] if PROBLEMS[name][1].shape[1] == 1])
def test_lines_of_depthwise_images_one_by_one(name, monkeypatch):
    x, weight, g, geometry = PROBLEMS[name]
    monkeypatch.setattr(lines, "ALONE", 0)
    if lines.can_turn(g.shape, x.shape[2:], weight.shape[2:], geometry):
        g_x, _ = naive.gradients(g, x, weight, geometry)
        close(lines.input_gradient(g, weight, x.shape[2:], geometry), g_x, 1e-5)


@pytest.mark.parametrize(
    ("sizes", "settings", "most"),
    [
        (
            ((16, 16, 1, 700), (16, 1, 1, 31)),
            {"padding": (0, 15), "groups": 16},
            9,
        ),  # 31 copies of all images at once: 60
        (((4, 8, 100, 100), (16, 1, 3, 3)), {"padding": 1, "groups": 8}, 5),
        (((1, 2048, 4, 4), (64, 2048, 1, 1)), {}, 2),
        (((64, 128, 2, 2), (128, 128, 2, 2)), {}, 9),  # at Winograd's points the weight has nine times as many elements
    ],
)
def test_memory_in_sizes_of_the_largest_array(sizes, settings, most, monkeypatch):
    x, weight, g, geometry = problem(*sizes, **settings)
    for work in (
        lambda: choice.forward(x, weight, None, geometry),
        lambda: choice.input_gradient(g, weight, x.shape[2:], geometry),
        lambda: choice.weight_gradient(g, x, weight.shape[2:], geometry),
    ):
        monkeypatch.setattr(scratch, "_thread", threading.local())
        tracemalloc.start()
        work()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < most * max(a.nbytes for a in (x, weight, g))


def test_tiles_are_not_for_results_that_fill_a_part_of_one():
    _, _, _, dense = problem((1, 32, 9, 9), (32, 32, 3, 3))

    def of(images, size, weight, geometry, *places):
        return bounds.tiled(Shapes(images, (size, size), weight, geometry), *places)

    def module(size, kernel, channels, *places):
        return of(64, size, (channels, channels, kernel, kernel), dense, *places)

    assert all(module(size, kernel, 160) is winograd for size, kernel in ((8, 3), (5, 3), (7, 5)))
    assert all(module(size, kernel, 32) is rows for size, kernel in ((8, 3), (5, 3), (7, 5), (6, 7)))
    for channels in (32, 160):
        assert not any(module(size, kernel, channels) for size, kernel in ((1, 2), (1, 5), (2, 3)))
    skips = dense._replace(stride=(2, 2))
    assert of(64, 8, (64, 64, 4, 4), skips) is rows
    assert of(64, 8, (64, 64, 3, 3), skips) is None  # in two phases it has a fourth tap
    assert not module(4, 4, 160, (1, 1))  # 4x4 inputs, the gradients of which are the kernel times one number
    # Few channels to make products that cost less than the columns of other ways.
    assert of(1, 17, (8, 128, 8, 8), skips) is rows
    assert of(1, 17, (64, 128, 8, 8), skips) is None


def test_tiles_of_rows_are_for_products_of_several_terms():
    def of(images, out, to, kernel, stride=1):
        geometry = Geometry((stride, stride), ((0, 0), (0, 0)), (1, 1), 1)
        return bounds.tiled(Shapes(images, (out, out), (to, 64, kernel, kernel), geometry)) is rows

    assert [of(n, 4, 8, 5) for n in (1, 3, 4)] == [False, False, True]  # one tile in a row
    assert [of(n, 4, 17, 5) for n in (7, 8)] == [False, True]
    assert [of(n, 8, 8, 6, 2) for n in (1, 2)] == [False, True]  # two of them
    assert [of(n, 8, 17, 6, 2) for n in (5, 6)] == [False, True]


def test_long_rows_of_few_channels_are_for_lines():
    geometry = Geometry((1, 1), ((1, 1), (1, 1)), (1, 1), 1)
    of = lambda size, to, kernel=3: bounds.tiled(Shapes(4, (size, size), (to, 16, kernel, kernel), geometry))
    assert [of(31, 16), of(32, 16), of(32, 17), of(32, 16, 5)] == [rows, None, rows, rows]
    x, weight = (4, 16, 64, 64), (16, 16, 3, 3)
    assert choice.way_forward(x, weight, np.dtype("float32"), geometry) is lines.forward
    assert choice.way_to_weight(x, x, (3, 3), np.dtype("float32"), geometry) is lines.weight_gradient


@pytest.mark.parametrize("size", [6, 20])  # images side by side, and one by one
def test_products_of_lines_are_made_for_a_few_rows(monkeypatch, size):
    x, g = (np.random.default_rng(0).standard_normal((16, c, n, n)) for c, n in ((4, size), (6, size - 2)))
    geometry, asked = Geometry((1, 1), ((0, 0), (0, 0)), (1, 1), 2), []
    scratch = lines.scratch
    monkeypatch.setattr(lines, "scratch", lambda dtype, *sizes: asked.append(sizes[-1]) or scratch(dtype, *sizes))
    whole = lines.weight_gradient(g, x, (3, 3), geometry)
    monkeypatch.setattr(lines, "KEPT", 1)
    np.testing.assert_allclose(lines.weight_gradient(g, x, (3, 3), geometry), whole, atol=1e-10)
    assert asked[-1] == asked[0] / (size - 2)


def test_lines_of_a_heavy_weight_are_for_several_images_and_few_channels_to():
    skips = Geometry((2, 2), ((3, 3), (3, 3)), (1, 1), 1)
    of = lambda images, to: bounds.suits_lines(Shapes(images, (4, 4), (to, 256, 7, 7), skips))
    assert [of(8, 64), of(8, 65), of(7, 64), of(64, 64), of(64, 65)] == [True, False, False, True, False]
    assert not bounds.suits_lines(Shapes(8, (10, 10), (64, 128, 5, 1), skips))


def test_volumes_are_images_of_slices_where_kernels_are_long_in_their_steps():
    of = lambda kernel, stride: bounds.suits_volumes(kernel, Geometry(stride, ((0, 0),) * 3, (1,) * 3, 1))
    assert [of((k, k, k), (2, 2, 2)) for k in (3, 4, 5)] == [False, True, True]
    assert of((3, 1, 3), (2, 1, 1))
    assert not of((3, 1, 1), (1, 1, 1))


def test_scratch_memory_is_given_back_before_more_is_taken(monkeypatch):
    monkeypatch.setattr(scratch, "_thread", threading.local())
    tracemalloc.start()
    for size in (100_000, 110_000, 120_000):
        scratch.scratch(np.dtype(np.float32), size)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.1 * 480_000


@pytest.mark.parametrize(("algorithm", "name"), CASES)
def test_several_threads_find_the_same(algorithm, name, monkeypatch):
    module = ALGORITHMS[algorithm][0]
    x, weight, g, geometry = PROBLEMS[name]

    def found():
        if module is not scatter:
            yield module.forward(x, weight, np.arange(len(weight), dtype=np.float32), geometry)
            yield module.weight_gradient(g, x, weight.shape[2:], geometry)
        if can_turn(module, g, x, weight, geometry):
            yield module.input_gradient(g, weight, x.shape[2:], geometry)

    before = get_num_threads()
    set_num_threads(1)
    try:
        alone = list(found())
        for some in (columns, depthwise, lines, rows, scatter, winograd):
            monkeypatch.setattr(some, "WORK", 1)
        monkeypatch.setattr(winograd, "WORK_OF_ONE", 1)
        set_num_threads(3)
        for a, b in zip(found(), alone, strict=True):
            close(a, b, 1e-5)
    finally:
        set_num_threads(before)
