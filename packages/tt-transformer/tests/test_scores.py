"""What is left of a distribution after top-k, top-p, min-p and penalties, against their definitions; and what is drawn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_transformer.generation.scores import (
    draw,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    log_softmax,
    penalise_repetition,
    softmax,
)

numbers = st.lists(st.integers(-40, 40), min_size=1, max_size=30, unique=True)


def row(values):
    return np.array([values], np.float32) / 8


def kept(scores):
    """The places of what is not at -inf."""
    return np.flatnonzero(scores[0] > -np.inf).tolist()


@given(numbers, st.integers(1, 40))
def test_top_k_keeps_the_k_largest(values, k):
    found = keep_top_k(row(values), k)
    assert kept(found) == sorted(np.argsort(values)[::-1][:k].tolist())
    np.testing.assert_array_equal(found[0, kept(found)], row(values)[0, kept(found)])


def test_top_k_of_many():
    values = np.random.default_rng(0).permutation(1000)
    assert kept(keep_top_k(row(values), 300)) == np.flatnonzero(values >= 700).tolist()


@given(numbers, st.floats(0.01, 0.99))
def test_top_p_keeps_the_fewest_that_reach_p(values, p):
    scores = row(values)
    order, chances = np.argsort(values)[::-1], softmax(scores)[0]
    count = len(kept(keep_top_p(scores, p)))
    assert kept(keep_top_p(scores, p)) == sorted(order[:count].tolist())
    assert chances[order[:count]].sum() >= p - 1e-9
    assert count == 1 or chances[order[: count - 1]].sum() <= p + 1e-9


@given(numbers, st.floats(0.001, 1))
def test_min_p_keeps_what_is_not_far_below_the_most_probable(values, p):
    scores = row(values)
    chances = softmax(scores)[0] / softmax(scores)[0].max()
    found = set(kept(keep_min_p(scores, p)))
    assert found >= set(np.flatnonzero(chances > p * (1 + 1e-5)).tolist())
    assert found <= set(np.flatnonzero(chances > p * (1 - 1e-5)).tolist())
    np.testing.assert_array_equal(keep_min_p(scores, 0.0), scores)


def test_each_row_is_cut_by_itself():
    scores = np.array([[0.0, 1.0, 2.0], [5.0, 4.0, 3.0]], np.float32)
    for cut in (lambda x: keep_top_k(x, 2), lambda x: keep_top_p(x, 0.7), lambda x: keep_min_p(x, 0.2)):
        np.testing.assert_array_equal(cut(scores), np.concatenate([cut(scores[:1]), cut(scores[1:])]))


def test_a_penalty_makes_what_was_said_less_probable_and_counts_once():
    scores = np.array([[2.0, -2.0, 3.0], [2.0, -2.0, 3.0]], np.float32)
    found = penalise_repetition(scores, [[0, 0, 1], [2]], 2.0)
    np.testing.assert_array_equal(found, [[1, -4, 3], [2, -2, 1.5]])
    np.testing.assert_array_equal(scores, [[2, -2, 3], [2, -2, 3]])
    np.testing.assert_array_equal(penalise_repetition(scores[:1], [[0, 1]], 1e300), [[0, -np.inf, 3]])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_logarithms_of_probabilities(dtype):
    scores = np.array([[1000.0, 1001.0, -np.inf], [0.0, 0.0, 0.0]], dtype)
    found = log_softmax(scores)
    assert found.dtype == dtype
    np.testing.assert_allclose(np.exp(found.astype(float)), softmax(scores), atol=2e-3 if dtype == "float16" else 1e-6)
    np.testing.assert_allclose(softmax(scores)[1], 1 / 3)


class Fixed:
    """In the place of a generator: gives the numbers that it is told."""

    def __init__(self, *values):
        self.values = np.array(values)

    def random(self, count):
        assert count == len(self.values)
        return self.values


def test_a_token_is_drawn_where_the_sum_of_probabilities_passes_the_number():
    scores = np.log(np.array([[0.25, 0.5, 0.25]] * 5, np.float64))
    assert draw(scores, Fixed(0.0, 0.2499, 0.2501, 0.7499, 0.9999)).tolist() == [0, 0, 1, 1, 2]


def test_what_is_cut_off_is_never_drawn():
    scores = np.array([[-np.inf, 0.0, -np.inf, 0.0, -np.inf]] * 3)
    assert draw(scores, Fixed(0.0, 0.5, 1 - 2**-53)).tolist() == [1, 3, 3]
