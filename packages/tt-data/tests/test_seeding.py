"""Random numbers belong to a batch, or to the default generator."""

import threading

import tt_tensor
from tt_data import random_generator
from tt_data.seeding import mixed, seeded
from tt_tensor.generator import default_generator


def draw():
    return random_generator().numpy.random()


def test_outside_of_a_loader():
    assert random_generator() is default_generator
    mine = tt_tensor.Generator()
    assert random_generator(mine) is mine


def test_within_a_batch():
    found = []
    for numbers in ((1, 0), (1, 1), (2, 0), (1, 0, 1), (1, 0)):
        with seeded(*numbers):
            found.append([draw(), draw()])
            assert random_generator() is random_generator()
            with seeded(9, 9):
                found[-1].append(draw())
            found[-1].append(draw())
    assert found[0] == found[-1]
    assert len({x for row in found[:-1] for x in row}) == 4 * 3 + 1
    assert random_generator() is default_generator


def test_each_thread_has_its_own():
    with seeded(1, 0):
        seen = []
        thread = threading.Thread(target=lambda: seen.append(random_generator()))
        thread.start()
        thread.join()
        assert seen == [default_generator]


def test_one_number_is_mixed_as_splitmix64_does():
    """Its first two outputs from the state 0, as published with the generator."""
    assert mixed(0) == 0xE220A8397B1DCDAF
    assert mixed(0x9E3779B97F4A7C15) == 0x6E789E6AA1B965F4


def test_seeds_are_spread_out():
    seeds = [mixed(base, number) for base in range(50) for number in range(50)]
    assert len(set(seeds)) == 2500
    assert all(0 <= seed < 2**64 for seed in seeds)
    ones = sum(seed.bit_count() for seed in seeds) / 2500
    assert abs(ones - 32) < 0.5
