import json

import numpy as np
import pytest
import tt_tensor as tt
from tt_tensor.tree import join, split


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [object()]}, "a.0: "),
        ([{}, {"b": b"x"}], "1.b: "),
        ({"a": {(1,): 2}}, "a: "),
        ({(1,): 2}, "dict: "),
        ({1}, "^a set"),
    ],
)
def test_what_cannot_be_saved_is_named(value, place):
    with pytest.raises(TypeError, match=place):
        split(value, "", {}, {})


def test_tensors_have_the_names_of_their_places():
    x = tt.ones(2)
    arrays, value = {}, {"a": {"b": x}, "a.b": tt.zeros(1), "c": (x, x.array, 1.5, None)}
    text = json.dumps(split(value, "", arrays, {}))
    assert list(arrays) == ["a.b", "a.b_"]
    back = join(json.loads(text), arrays, tt.Tensor)
    assert list(back) == ["a", "a.b", "c"]
    assert back["a"]["b"].array is x.array
    assert back["c"][0].array is back["c"][1] is x.array
    assert back["c"][2:] == (1.5, None)
    assert back["a.b"].tolist() == [0]


def test_a_tensor_alone():
    arrays = {}
    text = split(tt.ones(2), "", arrays, {})
    np.testing.assert_array_equal(join(text, arrays, tt.Tensor).array, [1, 1])
