"""conv1d, conv2d, conv3d and their transposes, as functions of tensors."""

from collections.abc import Sequence
from typing import Any

from .convolve import convolve, convolve_transposed

Ints = int | Sequence[int]


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    """Slide a kernel over a signal: out[n, o] = bias[o] + Σ_c weight[o, c] ⋆ input[n, c], where ⋆ is cross-correlation.

    Args:
        input: `[N, in, L]`, or without the N; floating (or integers).
        weight: `[out, in/groups, K]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far the kernel moves; one int or a tuple of one.
        padding: how many zeros lie on each side; one int or a tuple of one; or `'valid'` for none, or `'same'` to keep the size
            (with stride 1).
        dilation: how far apart the elements of the kernel lie; one int or a tuple of one.
        groups: into how many parts the channels are split, each of which has kernels of its own.

    Returns:
        `[N, out, ...]` with ⌊(size + 2 · padding - dilation · (kernel - 1) - 1) / stride⌋ + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Examples:
        >>> from tt_tensor import tensor
        >>> conv1d(tensor([[[1.0, 2.0, 4.0]]]), tensor([[[-1.0, 1.0]]]))
        tensor([[[1., 2.]]])
    """
    return convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: int = 1,
    dilation: Ints = 1,
) -> Any:
    """The transpose of `conv1d` as a linear map, which is its gradient: every input element adds a multiple of the kernel.

    Args:
        input: `[N, in, L]`, or without the N; floating (or integers).
        weight: `[in, out/groups, K]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far apart the kernels of neighbouring elements lie; one int or a tuple of one.
        padding: how much is cut off on each side of the result; one int or a tuple of one.
        output_padding: how much longer the result is at the end; less than stride or dilation; one int or a tuple of one.
        groups: into how many parts the channels are split.
        dilation: how far apart the elements of the kernel lie; one int or a tuple of one.

    Returns:
        `[N, out, ...]` with (size - 1) · stride - 2 · padding + dilation · (kernel - 1) + output_padding + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.

    Examples:
        >>> from tt_tensor import tensor
        >>> conv_transpose1d(tensor([[[1.0, 2.0]]]), tensor([[[1.0, 1.0]]]), stride=2)
        tensor([[[1., 1., 2., 2.]]])
    """
    return convolve_transposed(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    """Slide a kernel over images: out[n, o] = bias[o] + Σ_c weight[o, c] ⋆ input[n, c], where ⋆ is cross-correlation.

    Args:
        input: `[N, in, H, W]`, or without the N; floating (or integers).
        weight: `[out, in/groups, kH, kW]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far the kernel moves; an int or a pair.
        padding: how many zeros lie on each side; an int or a pair; or `'valid'` for none, or `'same'` to keep the size
            (with stride 1).
        dilation: how far apart the kernel's elements lie; an int or a pair.
        groups: into how many parts the channels are split, each of which has kernels of its own.

    Returns:
        `[N, out, ...]` with ⌊(size + 2 · padding - dilation · (kernel - 1) - 1) / stride⌋ + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Examples:
        >>> from tt_tensor import ones
        >>> conv2d(ones(1, 1, 3, 3), ones(1, 1, 3, 3), padding=1)
        tensor([[[[4., 6., 4.],
                  [6., 9., 6.],
                  [4., 6., 4.]]]])
    """
    return convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: int = 1,
    dilation: Ints = 1,
) -> Any:
    """The transpose of `conv2d` as a linear map, which is its gradient: every input element adds a multiple of the kernel.

    Args:
        input: `[N, in, H, W]`, or without the N; floating (or integers).
        weight: `[in, out/groups, kH, kW]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far apart the kernels of neighbouring elements lie; an int or a pair.
        padding: how much is cut off on each side of the result; an int or a pair.
        output_padding: how much longer the result is at the end; less than stride or dilation; an int or a pair.
        groups: into how many parts the channels are split.
        dilation: how far apart the kernel's elements lie; an int or a pair.

    Returns:
        `[N, out, ...]` with (size - 1) · stride - 2 · padding + dilation · (kernel - 1) + output_padding + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.

    Examples:
        >>> from tt_tensor import ones
        >>> conv_transpose2d(ones(1, 1, 2, 2), ones(1, 1, 2, 2))
        tensor([[[[1., 2., 1.],
                  [2., 4., 2.],
                  [1., 2., 1.]]]])
    """
    return convolve_transposed(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: int = 1,
) -> Any:
    """Slide a kernel over volumes: out[n, o] = bias[o] + Σ_c weight[o, c] ⋆ input[n, c], where ⋆ is cross-correlation.

    Args:
        input: `[N, in, D, H, W]`, or without the N; floating (or integers).
        weight: `[out, in/groups, kD, kH, kW]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far the kernel moves; an int or a triple.
        padding: how many zeros lie on each side; an int or a triple; or `'valid'` for none, or `'same'` to keep the size
            (with stride 1).
        dilation: how far apart the kernel's elements lie; an int or a triple.
        groups: into how many parts the channels are split, each of which has kernels of its own.

    Returns:
        `[N, out, ...]` with ⌊(size + 2 · padding - dilation · (kernel - 1) - 1) / stride⌋ + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Examples:
        >>> from tt_tensor import ones
        >>> conv3d(ones(1, 2, 4, 5, 6), ones(3, 2, 2, 2, 2)).shape
        torch.Size([1, 3, 3, 4, 5])
    """
    return convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: int = 1,
    dilation: Ints = 1,
) -> Any:
    """The transpose of `conv3d` as a linear map, which is its gradient: every input element adds a multiple of the kernel.

    Args:
        input: `[N, in, D, H, W]`, or without the N; floating (or integers).
        weight: `[in, out/groups, kD, kH, kW]`, of the same dtype.
        bias: `[out]`, or None.
        stride: how far apart the kernels of neighbouring elements lie; an int or a triple.
        padding: how much is cut off on each side of the result; an int or a triple.
        output_padding: how much longer the result is at the end; less than stride or dilation; an int or a triple.
        groups: into how many parts the channels are split.
        dilation: how far apart the kernel's elements lie; an int or a triple.

    Returns:
        `[N, out, ...]` with (size - 1) · stride - 2 · padding + dilation · (kernel - 1) + output_padding + 1 for each size.

    Raises:
        ShapeError: if the shapes do not fit.
        DTypeError: if the dtypes differ, or are bool or complex.

    Source:
        Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016.

    Examples:
        >>> from tt_tensor import ones
        >>> conv_transpose3d(ones(1, 2, 4, 5, 6), ones(2, 3, 2, 2, 2)).shape
        torch.Size([1, 3, 5, 6, 7])
    """
    return convolve_transposed(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )
