"""LeNet-5, which read the digits on cheques."""

from collections.abc import Callable
from typing import Any

from tt_nn.activation import Tanh
from tt_nn.linear import Linear
from tt_nn.module import Module

from ..conv_layers import Conv2d
from ..pooling_layers import AvgPool2d


class LeNet5(Module):
    """Two convolutions, each followed by averaging over 2×2, and three linear layers.

    As in 1998 it works with tanh and averages; `LeNet5(activation=ReLU, pooling=MaxPool2d)` is what one would build today.
    (The paper's second convolution reads only some maps for each of its own, and its last layer measures distances.)

    Args:
        num_classes: how many classes there are.
        in_channels: how many channels a picture has.
        image_size: height and width of a picture, at least 12.
        activation: makes the layer after each convolution and linear layer but the last.
        pooling: makes from a window's size the layer that shrinks the maps to a half.

    Raises:
        ValueError: if the pictures are too small.

    Source:
        LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial import LeNet5
        >>> model = LeNet5()
        >>> model(ones(2, 1, 28, 28)).shape
        torch.Size([2, 10])
        >>> sum(p.numel() for p in model.parameters())
        61706
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        image_size: int = 28,
        activation: Callable[[], Any] = Tanh,
        pooling: Callable[[int], Any] = AvgPool2d,
    ) -> None:
        super().__init__()
        side = (image_size // 2 - 4) // 2
        if side < 1:
            raise ValueError(f"LeNet5: image_size must be at least 12, got {image_size}")
        self.conv1 = Conv2d(in_channels, 6, 5, padding=2)
        self.conv2 = Conv2d(6, 16, 5)
        self.fc1 = Linear(16 * side * side, 120)
        self.fc2 = Linear(120, 84)
        self.fc3 = Linear(84, num_classes)
        self.activation, self.pool = activation(), pooling(2)

    def forward(self, x: Any) -> Any:
        """`[N, in_channels, image_size, image_size]` to `[N, num_classes]`."""
        x = self.pool(self.activation(self.conv1(x)))
        x = self.pool(self.activation(self.conv2(x)))
        x = x.flatten(1)
        x = self.activation(self.fc1(x))
        x = self.activation(self.fc2(x))
        return self.fc3(x)
