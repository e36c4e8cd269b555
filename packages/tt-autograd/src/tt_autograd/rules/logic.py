"""Logic is flat: no result changes with a small change of an input."""

from tt_tensor.ops.logic import (
    all_p,
    any_p,
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    count_nonzero_p,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)

from ..rule import flat

flat(logical_and, logical_or, logical_xor, logical_not)
flat(bitwise_and, bitwise_or, bitwise_xor, bitwise_not, bitwise_left_shift, bitwise_right_shift)
flat(all_p, any_p, count_nonzero_p)
