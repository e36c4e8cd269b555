"""VGG: nothing but windows of 3×3, one after another."""

from typing import Any

from tt_nn import init
from tt_nn.activation import ReLU
from tt_nn.container import Sequential
from tt_nn.dropout import Dropout
from tt_nn.linear import Linear
from tt_nn.module import Module

from ..adaptive_layers import AdaptiveAvgPool2d
from ..conv_layers import Conv2d
from ..norm_layers import BatchNorm2d
from ..pooling_layers import MaxPool2d
from .untrained import refuse_weights

# How many convolutions of which width come before each halving of the picture.
BLOCKS = {
    11: ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2)),
    13: ((64, 2), (128, 2), (256, 2), (512, 2), (512, 2)),
    16: ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)),
    19: ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)),
}


def features(depth: int, batch_norm: bool, in_channels: int = 3) -> Sequential:
    """The convolutions of the VGG with `depth` layers that have weights, 11, 13, 16 or 19.

    Raises:
        ValueError: if there is none of this depth.
    """
    if depth not in BLOCKS:
        raise ValueError(f"VGG: depth must be one of {', '.join(map(str, BLOCKS))}, got {depth}")
    layers: list[Module] = []
    for width, count in BLOCKS[depth]:
        for _ in range(count):
            layers.append(Conv2d(in_channels, width, 3, padding=1))
            if batch_norm:
                layers.append(BatchNorm2d(width))
            layers.append(ReLU(inplace=True))
            in_channels = width
        layers.append(MaxPool2d(2, 2))
    return Sequential(*layers)


class VGG(Module):
    """Convolutions of 3×3 and three linear layers; built by `vgg11` to `vgg19`, with `_bn` for batch normalization.

    Args:
        features: the convolutions, with 512 channels at the end.
        num_classes: how many classes there are.
        init_weights: whether to draw the weights as torchvision does, by He's rule for what goes out.
        dropout: the probability with which an input of the last two linear layers is dropped.
        pool: the height and width to which the maps are averaged; 1 suits pictures of 32×32.
        hidden: how wide the linear layers are.

    Source:
        Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2014.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.models import vgg11_bn
        >>> model = vgg11_bn(num_classes=10, pool=1, hidden=512).eval()
        >>> model(ones(1, 3, 32, 32)).shape
        torch.Size([1, 10])
    """

    def __init__(
        self,
        features: Module,
        num_classes: int = 1000,
        init_weights: bool = True,
        dropout: float = 0.5,
        *,
        pool: int = 7,
        hidden: int = 4096,
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = AdaptiveAvgPool2d((pool, pool))
        self.classifier = Sequential(
            Linear(512 * pool * pool, hidden),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(hidden, hidden),
            ReLU(inplace=True),
            Dropout(dropout),
            Linear(hidden, num_classes),
        )
        if init_weights:
            for module in self.modules():
                if isinstance(module, Conv2d):
                    init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                    init.zeros_(module.bias)
                elif isinstance(module, Linear):
                    init.normal_(module.weight, 0, 0.01)
                    init.zeros_(module.bias)

    def forward(self, x: Any) -> Any:
        """`[N, 3, H, W]`, at least 32×32, to `[N, num_classes]`."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def vgg11(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 11 layers; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg11(pool=1, hidden=8).features)
        21
    """
    refuse_weights("vgg11", weights)
    return VGG(features(11, False), **settings)


def vgg13(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 13 layers; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg13(pool=1, hidden=8).features)
        25
    """
    refuse_weights("vgg13", weights)
    return VGG(features(13, False), **settings)


def vgg16(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 16 layers; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg16(pool=1, hidden=8).features)
        31
    """
    refuse_weights("vgg16", weights)
    return VGG(features(16, False), **settings)


def vgg19(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 19 layers; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg19(pool=1, hidden=8).features)
        37
    """
    refuse_weights("vgg19", weights)
    return VGG(features(19, False), **settings)


def vgg11_bn(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 11 layers and batch normalization; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg11_bn(pool=1, hidden=8).features)
        29
    """
    refuse_weights("vgg11_bn", weights)
    return VGG(features(11, True), **settings)


def vgg13_bn(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 13 layers and batch normalization; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg13_bn(pool=1, hidden=8).features)
        35
    """
    refuse_weights("vgg13_bn", weights)
    return VGG(features(13, True), **settings)


def vgg16_bn(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 16 layers and batch normalization; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg16_bn(pool=1, hidden=8).features)
        44
    """
    refuse_weights("vgg16_bn", weights)
    return VGG(features(16, True), **settings)


def vgg19_bn(*, weights: None = None, progress: bool = True, **settings: Any) -> VGG:  # noqa: ARG001
    """The VGG with 19 layers and batch normalization; `settings` are those of `VGG`, `weights` must be None.

    Examples:
        >>> len(vgg19_bn(pool=1, hidden=8).features)
        53
    """
    refuse_weights("vgg19_bn", weights)
    return VGG(features(19, True), **settings)
