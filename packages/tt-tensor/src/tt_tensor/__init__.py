"""The array: creation, indexing, arithmetic, reductions, linear algebra, random numbers, and no gradient anywhere."""

# ruff: noqa: I001  (a family per line, and the tensor first: the other files need it)

from math import e, inf, nan, pi

from numpy import dtype, newaxis

from .tensor import Tensor, is_tensor

from . import linalg
from .__about__ import __version__
from .arrangements import block_diag, cartesian_prod, combinations
from .creation import (
    arange, empty, empty_like, eye, full, full_like, linspace, logspace, meshgrid, ones, ones_like, range, tril_indices,
    triu_indices, zeros, zeros_like,
)  # fmt: skip
from .from_data import as_tensor, asarray, from_numpy, scalar_tensor, tensor
from .generator import (
    Generator, default_generator, fork_rng, get_rng_state, initial_seed, manual_seed, seed, set_rng_state,
)  # fmt: skip
from .memory import keep_freed_memory as _keep_freed_memory
from .dtypes import (
    bool_ as bool, can_cast, complex64, complex128, finfo, float16, float32, float64, get_default_dtype, iinfo, int8, int16,
    int32, int64, promote_types, result_type, set_default_dtype, uint8, uint16, uint32, uint64,
)  # fmt: skip
from .errors import BoundsError, DTypeError, InPlaceError, LinAlgError, ShapeError
from .interop import from_dlpack
from .linalg import det, logdet, matrix_power, slogdet, inv as inverse, pinv as pinverse
from .ops.activation import log_softmax, relu, softmax
from .ops.combine import (
    addcdiv, addcmul, arctan2, atan2, copysign, float_power, gcd, heaviside, hypot, lcm, ldexp, lerp, logaddexp, logaddexp2,
    nextafter, xlogy,
)  # fmt: skip
from .ops.compare import (
    allclose, clamp, clamp_max, clamp_min, clip, eq, equal, fmax, fmin, ge, greater, greater_equal, gt, isclose, isfinite,
    isinf, isnan, isneginf, isposinf, isreal, le, less, less_equal, lt, maximum, minimum, ne, not_equal, where,
)  # fmt: skip
from .ops.complex import adjoint, conj, imag, real
from .ops.convert import clone, is_nonzero
from .ops.cumulative import (
    cummax, cummin, cumprod, cumsum, cumulative_trapezoid, diff, logcumsumexp, trapezoid, trapz,
)  # fmt: skip
from .ops.describe import is_complex, is_floating_point, numel
from .ops.diagonal import diag, diag_embed, diagonal, tril, triu
from .ops.einsum import einsum, tensordot
from .ops.elementwise import (
    add, div, divide, floor_divide, fmod, mul, multiply, pow, remainder, rsub, sub, subtract, true_divide,
)  # fmt: skip
from .ops.expand import broadcast_shapes, broadcast_tensors, broadcast_to
from .ops.extremes import amax, amin, aminmax, argmax, argmin, logsumexp, max, min
from .ops.gamma import digamma, lgamma, polygamma
from .ops.join import (
    cat, chunk, column_stack, concat, concatenate, dsplit, dstack, hsplit, hstack, split, stack, tensor_split, unbind, vsplit,
    vstack,
)  # fmt: skip
from .ops.linalg import cholesky, cross, qr, svd
from .ops.logic import (
    all, any, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, count_nonzero,
    logical_and, logical_not, logical_or, logical_xor,
)  # fmt: skip
from .ops.masking import argwhere, masked_fill, masked_scatter, masked_select, nonzero
from .ops.matmul import matmul
from .ops.norms import norm
from .ops.products import (
    addbmm, addmm, addmv, addr, baddbmm, bmm, chain_matmul, dot, ger, inner, kron, mm, mv, outer, trace, vdot,
)  # fmt: skip
from .ops.quantile import nanquantile, quantile
from .ops.rearrange import flip, fliplr, flipud, narrow, repeat_interleave, roll, rot90, select, tile
from .ops.reduce import mean, nanmean, nansum, prod, sum
from .ops.scatter import gather, scatter, scatter_add, scatter_reduce
from .ops.search import bincount, bucketize, histc, histogram, isin, searchsorted, unique, unique_consecutive
from .ops.by_index import index_add, index_copy, index_fill, index_put, index_select, take, take_along_dim
from .ops.shape import (
    atleast_1d, atleast_2d, atleast_3d, flatten, moveaxis, movedim, permute, ravel,
    reshape, squeeze, swapaxes, swapdims, t, transpose, unflatten, unsqueeze,
)  # fmt: skip
from .ops.sorting import argsort, kthvalue, median, mode, msort, nanmedian, sort, topk
from .ops.special import erf, erfc, erfinv
from .ops.trig import (
    acos, acosh, arccos, arccosh, arcsin, arcsinh, arctan, arctanh, asin, asinh, atan, atanh, cos, cosh, deg2rad, rad2deg,
    sin, sinc, sinh, tan, tanh,
)  # fmt: skip
from .ops.unary import (
    abs, absolute, ceil, exp, exp2, expm1, fix, floor, frac, log, log1p, log2, log10, logit, nan_to_num, neg, negative,
    positive, reciprocal, round, rsqrt, sgn, sigmoid, sign, signbit, sqrt, square, trunc,
)  # fmt: skip
from .primitive import Primitive, handling, primitive
from .ops.variance import corrcoef, cov, std, std_mean, var, var_mean
from .printing import get_printoptions, printoptions, set_printoptions
from .random import (
    bernoulli, multinomial, normal, poisson, rand, rand_like, randint, randint_like, randn, randn_like, randperm,
)  # fmt: skip
from .size import (
    Size, contiguous_format, device, get_default_device, memory_format, preserve_format, set_default_device,
)  # fmt: skip
from .threads import get_num_threads, set_num_threads

_keep_freed_memory()

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

__all__ = [
    "e", "inf", "nan", "pi", "dtype", "newaxis",
    "Tensor", "is_tensor",
    "linalg",
    "block_diag", "cartesian_prod", "combinations",
    "arange", "as_tensor", "asarray", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace",
    "logspace", "meshgrid", "ones", "ones_like", "range", "scalar_tensor", "tensor", "tril_indices", "triu_indices",
    "zeros", "zeros_like",
    "bool", "can_cast", "complex64", "complex128", "finfo", "float16", "float32", "float64", "get_default_dtype", "iinfo",
    "int8", "int16", "int32", "int64", "promote_types", "result_type", "set_default_dtype", "uint8", "uint16", "uint32",
    "uint64",
    "BoundsError", "DTypeError", "InPlaceError", "LinAlgError", "ShapeError",
    "from_dlpack",
    "det", "logdet", "matrix_power", "slogdet", "inverse", "pinverse",
    "log_softmax", "relu", "softmax",
    "allclose", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "clamp", "clamp_max", "clamp_min", "clip", "eq", "equal", "fmax", "fmin", "ge", "greater", "greater_equal", "gt",
    "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "le", "less", "less_equal", "logical_and",
    "logical_not", "logical_or", "logical_xor", "lt", "maximum", "minimum", "ne", "not_equal", "where",
    "clone", "is_complex", "is_floating_point", "is_nonzero", "numel",
    "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "diff", "logcumsumexp", "trapezoid", "trapz",
    "einsum", "tensordot",
    "add", "addcdiv", "addcmul", "arctan2", "atan2", "copysign", "div", "divide", "float_power", "floor_divide", "fmod",
    "gcd", "heaviside", "hypot", "lcm", "ldexp", "lerp", "logaddexp", "logaddexp2", "mul", "multiply", "nextafter", "pow",
    "remainder", "rsub", "sub", "subtract", "true_divide", "xlogy",
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "logsumexp", "max", "min", "norm",
    "cat", "chunk", "column_stack", "concat", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "split", "stack",
    "tensor_split", "unbind", "vsplit", "vstack",
    "cholesky", "cross", "qr", "svd",
    "matmul",
    "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "chain_matmul", "dot", "ger", "inner", "kron", "mm", "mv",
    "outer", "trace", "vdot",
    "diag", "diag_embed", "diagonal", "flip", "fliplr", "flipud", "narrow", "repeat_interleave", "roll", "rot90", "select",
    "tile", "tril", "triu",
    "corrcoef", "cov", "mean", "nanmean", "nansum", "prod", "std", "std_mean", "sum", "var", "var_mean",
    "gather", "scatter", "scatter_add", "scatter_reduce",
    "bincount", "bucketize", "histc", "histogram", "isin", "searchsorted", "unique", "unique_consecutive",
    "argwhere", "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_fill", "masked_scatter",
    "masked_select", "nonzero", "take", "take_along_dim",
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "flatten",
    "moveaxis", "movedim", "permute", "ravel", "reshape", "squeeze", "swapaxes", "swapdims", "t", "transpose", "unflatten",
    "unsqueeze",
    "argsort", "kthvalue", "median", "mode", "msort", "nanmedian", "nanquantile", "quantile", "sort", "topk",
    "erf", "erfc", "erfinv",
    "digamma", "lgamma", "polygamma",
    "adjoint", "conj", "imag", "real",
    "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "asin", "asinh", "atan", "atanh", "cos",
    "cosh", "deg2rad", "rad2deg", "sin", "sinc", "sinh", "tan", "tanh",
    "abs", "absolute", "ceil", "exp", "exp2", "expm1", "fix", "floor", "frac", "log", "log1p", "log2", "log10", "logit",
    "nan_to_num", "neg", "negative", "positive", "reciprocal", "round", "rsqrt", "sgn", "sigmoid", "sign", "signbit",
    "sqrt", "square", "trunc",
    "Primitive", "handling", "primitive",
    "get_printoptions", "printoptions", "set_printoptions",
    "Generator", "bernoulli", "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed",
    "multinomial", "normal", "poisson", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm",
    "seed", "set_rng_state",
    "get_num_threads", "set_num_threads",
    "Size", "contiguous_format", "device", "get_default_device", "memory_format", "preserve_format", "set_default_device",
    "half", "float", "double", "short", "int", "long", "cfloat", "cdouble",
    "__version__",
]  # fmt: skip
