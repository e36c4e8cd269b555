"""The random numbers of a sample depend on (seed, epoch, index, draw) and on nothing else."""

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data.transforms import draws

# Known answers, from the test suite of the authors' implementation (Random123, philox4x32 with ten rounds).
ANSWERS = [
    ([0, 0, 0, 0], (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, (0xFFFFFFFF, 0xFFFFFFFF), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        (0xA4093822, 0x299F31D0),
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@pytest.mark.parametrize(("counter", "key", "answer"), ANSWERS)
def test_known_answers(counter, key, answer):
    assert draws.philox(np.array(counter, np.uint64), key).tolist() == answer
    block = np.repeat(np.array(counter, np.uint64)[:, None], 3, 1)
    assert draws.philox(block, key).T.tolist() == [answer] * 3


def test_another_number_of_images_is_refused():
    with draws.seeded(0, 0, [1, 2]), pytest.raises(RuntimeError, match="got 3 images but 2 indices"):
        draws.uniform(3, 1)


def table(seed, epoch, indices, counts):
    """What the samples draw, one after the other."""
    with draws.seeded(seed, epoch, indices):
        return [draws.uniform(len(indices), n) for n in counts]


@given(
    seed=st.integers(-(2**63), 2**64 - 1),
    epoch=st.integers(0, 2**32 - 1),
    indices=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5),
    counts=st.lists(st.integers(1, 7), min_size=1, max_size=4),
)
def test_a_batch_draws_what_its_samples_draw(seed, epoch, indices, counts):
    together = table(seed, epoch, indices, counts)
    for k, index in enumerate(indices):
        alone = table(seed, epoch, [index], counts)
        for a, b in zip(together, alone):
            np.testing.assert_array_equal(a[k], b[0])
    assert all(((u >= 0) & (u < 1)).all() for u in together)


def test_seed_epoch_index_and_draw_all_matter():
    reference = table(1, 2, [3], [4, 4])
    for other in (table(2, 2, [3], [4]), table(1, 3, [3], [4]), table(1, 2, [4], [4]), [reference[1]]):
        assert not np.isclose(reference[0], other[0]).any()
    assert not np.isclose(table(1, 0, [3], [4])[0], table(1 + 2**32, 0, [3], [4])[0]).any(), "both halves of the seed"


def test_the_numbers_are_even_and_unrelated():
    u = np.concatenate([part.ravel() for part in table(0, 0, np.arange(2000), [20, 5])])
    assert abs(u.mean() - 0.5) < 0.005
    assert abs(u.std() - 12**-0.5) < 0.005
    assert np.abs(np.histogram(u, 20, (0, 1))[0] / len(u) * 20 - 1).max() < 0.06
    rows = np.concatenate(table(0, 0, np.arange(2000), [20, 5]), 1)
    off = np.corrcoef(rows.T) - np.eye(25)
    assert np.abs(off).max() < 0.1
    assert len(np.unique(u)) == len(u)
    with draws.seeded(0, 0, np.arange(2000)):
        noise = draws.normal(2000, 10)
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.03


def test_some_rows_only_are_those_rows():
    with draws.seeded(0, 0, np.arange(5)):
        whole, after = draws.normal(5, 6), draws.uniform(5, 1)
    with draws.seeded(0, 0, np.arange(5)):
        part, rest = draws.normal(5, 3, np.array([1, 4])), draws.uniform(5, 1)
    np.testing.assert_array_equal(part, whole[[1, 4], :3])
    np.testing.assert_array_equal(after, rest)
    assert draws.normal(5, 3, np.array([1, 4])).shape == (2, 3)


def test_a_block_ends_and_may_contain_another():
    with draws.seeded(0, 0, [0]):
        a = draws.uniform(1, 2)
        with draws.seeded(0, 0, [5]):
            draws.uniform(1, 2)
        b = draws.uniform(1, 2)
    np.testing.assert_array_equal(np.stack([a, b]), np.stack(table(0, 0, [0], [2, 2])))


def test_without_a_seed_the_default_generator_is_asked():
    tt_tensor.manual_seed(3)
    a = draws.uniform(4, 2)
    tt_tensor.manual_seed(3)
    np.testing.assert_array_equal(a, draws.uniform(4, 2))
    assert not np.isclose(a, draws.uniform(4, 2)).any()


def test_integers_stay_below_their_bound():
    u = np.array([0.0, 0.5, np.nextafter(1, 0)])
    assert draws.integers(u, 7).tolist() == [0, 3, 6]
    assert draws.integers(u, [1, 2, 2**53]).tolist()[:2] == [0, 1]
    assert draws.integers(u, 2**62).max() < 2**62
