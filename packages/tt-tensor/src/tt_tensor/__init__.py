"""The array: creation, indexing, arithmetic, reductions, linear algebra, random numbers, and no gradient anywhere."""

from .tensor import Tensor  # isort: skip  (first: the files below need it)

from .__about__ import __version__
from .creation import (
    arange, as_tensor, asarray, empty, empty_like, eye, from_numpy, full, full_like, linspace, logspace, meshgrid, ones, ones_like,
    range, scalar_tensor, tensor, tril_indices, triu_indices, zeros, zeros_like,
)  # fmt: skip
from .dtypes import (
    bool_ as bool, can_cast, complex64, complex128, finfo, float16, float32, float64, get_default_dtype, iinfo, int8, int16, int32,
    int64, promote_types, result_type, set_default_dtype, uint8, uint16, uint32, uint64,
)  # fmt: skip
from .errors import DTypeError, InPlaceError, ShapeError
from .ops.compare import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, clamp, clamp_max, clamp_min,
    clip, eq, equal, fmax, fmin, ge, greater, greater_equal, gt, isclose, isfinite, isinf, isnan, isneginf, isposinf, isreal, le, less,
    less_equal, logical_and, logical_not, logical_or, logical_xor, lt, maximum, minimum, ne, not_equal, where,
)  # fmt: skip
from .ops.convert import clone, is_complex, is_floating_point, is_nonzero, numel
from .ops.elementwise import (
    add, addcdiv, addcmul, arctan2, atan2, copysign, div, divide, float_power, floor_divide, fmod, gcd, heaviside, hypot, lcm, ldexp,
    lerp, logaddexp, logaddexp2, mul, multiply, nextafter, pow, remainder, rsub, sub, subtract, true_divide, xlogy,
)  # fmt: skip
from .ops.unary import (
    abs, absolute, ceil, exp, exp2, expm1, fix, floor, frac, log, log1p, log2, log10, logit, nan_to_num, neg, negative, positive,
    reciprocal, round, rsqrt, sgn, sigmoid, sign, signbit, sqrt, square, trunc,
)  # fmt: skip
from .primitive import Primitive, handling, primitive
from .random import Generator, default_generator
from .size import Size, device

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128
