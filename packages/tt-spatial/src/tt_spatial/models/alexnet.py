"""AlexNet, at the size of CIFAR-10's pictures."""

from typing import Any

from tt_nn.activation import ReLU
from tt_nn.container import Sequential
from tt_nn.dropout import Dropout
from tt_nn.linear import Linear
from tt_nn.module import Module

from ..adaptive_layers import AdaptiveAvgPool2d
from ..conv_layers import Conv2d
from ..pooling_layers import MaxPool2d


class AlexNet(Module):
    """Five convolutions and three linear layers, with ReLU and dropout.

    The order of layers and the names of parameters are torchvision's (`features.0.weight` … `classifier.6.bias`); the first two
    windows and all pooling are smaller than the paper's, for pictures of 32×32 rather than 224×224.

    Args:
        num_classes: how many classes there are.
        dropout: the probability with which an input of the first two linear layers is dropped.
        in_channels: how many channels a picture has.
        hidden: how wide the linear layers are; 4096 in the paper.

    Source:
        Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial import AlexNet
        >>> AlexNet().eval()(ones(2, 3, 32, 32)).shape
        torch.Size([2, 10])
    """

    def __init__(self, num_classes: int = 10, dropout: float = 0.5, in_channels: int = 3, hidden: int = 1024) -> None:
        super().__init__()
        self.features = Sequential(
            Conv2d(in_channels, 64, 3, stride=2, padding=1),
            ReLU(inplace=True),
            MaxPool2d(2),
            Conv2d(64, 192, 3, padding=1),
            ReLU(inplace=True),
            MaxPool2d(2),
            Conv2d(192, 384, 3, padding=1),
            ReLU(inplace=True),
            Conv2d(384, 256, 3, padding=1),
            ReLU(inplace=True),
            Conv2d(256, 256, 3, padding=1),
            ReLU(inplace=True),
            MaxPool2d(2),
        )
        self.avgpool = AdaptiveAvgPool2d((2, 2))
        self.classifier = Sequential(
            Dropout(dropout),
            Linear(256 * 2 * 2, hidden),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(hidden, hidden),
            ReLU(inplace=True),
            Linear(hidden, num_classes),
        )

    def forward(self, x: Any) -> Any:
        """`[N, in_channels, H, W]`, at least 16×16, to `[N, num_classes]`."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))
