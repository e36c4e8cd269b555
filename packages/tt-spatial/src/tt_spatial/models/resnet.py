"""ResNet: layers that learn what to add to their input."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from tt_nn import init
from tt_nn.activation import ReLU
from tt_nn.container import Sequential
from tt_nn.linear import Identity, Linear
from tt_nn.module import Module
from tt_nn.normalization import GroupNorm, _BatchNorm

from ..adaptive_layers import AdaptiveAvgPool2d
from ..conv_layers import Conv2d
from ..norm_layers import BatchNorm2d
from ..pooling_layers import MaxPool2d
from .untrained import refuse_weights

Norm = Callable[[int], Module]


def conv3x3(inputs: int, outputs: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> Conv2d:
    """A convolution of 3×3 that keeps the size of the picture, or halves it."""
    return Conv2d(inputs, outputs, 3, stride, padding=dilation, dilation=dilation, groups=groups, bias=False)


def conv1x1(inputs: int, outputs: int, stride: int = 1) -> Conv2d:
    """A convolution of 1×1: a linear layer for each place."""
    return Conv2d(inputs, outputs, 1, stride, bias=False)


class BasicBlock(Module):
    """Two convolutions of 3×3, and the input added.

    Args:
        inplanes: the channels of the input.
        planes: those of the result.
        stride: 2 halves height and width.
        downsample: what the input passes through before it is added, where its shape differs from the result's.
        groups: must be 1.
        base_width: must be 64.
        dilation: must be 1.
        norm_layer: makes a normalization layer from a number of channels.

    Examples:
        >>> from tt_tensor import ones
        >>> BasicBlock(8, 8)(ones(2, 8, 4, 4)).shape
        torch.Size([2, 8, 4, 4])
    """

    expansion: ClassVar[int] = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm = BatchNorm2d,
    ) -> None:
        super().__init__()
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock: only groups=1 and base_width=64 are supported; use Bottleneck")
        if dilation > 1:
            raise NotImplementedError("BasicBlock: only dilation=1 is supported; use Bottleneck")
        self.conv1 = conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = ReLU(inplace=True)
        self.conv2 = conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        """`[N, inplanes, H, W]` to `[N, planes, H / stride, W / stride]`."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(Module):
    """A convolution of 3×3 between two of 1×1, which shrink and restore the number of channels, and the input added.

    Args:
        inplanes: the channels of the input.
        planes: a quarter of those of the result.
        stride: 2 halves height and width, in the convolution of 3×3.
        downsample: what the input passes through before it is added, where its shape differs from the result's.
        groups: of the convolution of 3×3.
        base_width: its width for 64 planes.
        dilation: its dilation.
        norm_layer: makes a normalization layer from a number of channels.

    Examples:
        >>> from tt_tensor import ones
        >>> Bottleneck(32, 8)(ones(2, 32, 4, 4)).shape
        torch.Size([2, 32, 4, 4])
    """

    expansion: ClassVar[int] = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm = BatchNorm2d,
    ) -> None:
        super().__init__()
        width = planes * base_width // 64 * groups
        self.conv1 = conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        self.conv2 = conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        """`[N, inplanes, H, W]` to `[N, 4 · planes, H / stride, W / stride]`."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(Module):
    """Four stages of residual blocks, each but the first halving the picture; built by `resnet18` to `resnet101`.

    Names of parameters and initial values are torchvision's.

    Args:
        block: `BasicBlock` or `Bottleneck`.
        layers: how many blocks each stage has.
        num_classes: how many classes there are.
        zero_init_residual: whether the last normalization of each block begins with weight 0, so that each block begins as the
            identity.
        groups: of the convolutions of 3×3 in `Bottleneck`; 32 with `width_per_group=4` makes a ResNeXt.
        width_per_group: their width for 64 planes.
        replace_stride_with_dilation: for each of the last three stages, whether it keeps the size of the picture, and lets its
            windows, and those of the stages after it, look twice as far apart instead; only with `Bottleneck`. None: none.
        norm_layer: makes a normalization layer from a number of channels.
        in_channels: how many channels a picture has.
        small_images: whether to begin with a convolution of 3×3 that keeps the size, as for CIFAR's 32×32, in place of
            one of 7×7 and a pooling layer that shrink it to a quarter.

    Source:
        He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2015.

    Examples:
        >>> from tt_tensor import ones
        >>> from tt_spatial.models import resnet18
        >>> model = resnet18(num_classes=10, small_images=True)
        >>> model(ones(2, 3, 8, 8)).shape
        torch.Size([2, 10])
        >>> sum(p.numel() for p in model.parameters())
        11173962
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Norm | None = None,
        *,
        in_channels: int = 3,
        small_images: bool = False,
    ) -> None:
        super().__init__()
        dilated = (False, False, False) if replace_stride_with_dilation is None else tuple(replace_stride_with_dilation)
        if len(dilated) != 3:
            raise ValueError(
                f"ResNet: replace_stride_with_dilation should be None or three bools, got {replace_stride_with_dilation!r}"
            )
        self.inplanes, self.groups, self.base_width, self.dilation = 64, groups, width_per_group, 1
        norm = BatchNorm2d if norm_layer is None else norm_layer
        if small_images:
            self.conv1 = conv3x3(in_channels, 64)
        else:
            self.conv1 = Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = norm(64)
        self.relu = ReLU(inplace=True)
        self.maxpool = Identity() if small_images else MaxPool2d(3, 2, 1)
        self.layer1 = self._stage(block, 64, layers[0], 1, norm)
        self.layer2 = self._stage(block, 128, layers[1], 2, norm, dilated[0])
        self.layer3 = self._stage(block, 256, layers[2], 2, norm, dilated[1])
        self.layer4 = self._stage(block, 512, layers[3], 2, norm, dilated[2])
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(512 * block.expansion, num_classes)
        for module in self.modules():
            if isinstance(module, Conv2d):
                init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, _BatchNorm | GroupNorm):
                init.ones_(module.weight)
                init.zeros_(module.bias)
        if zero_init_residual:
            for module in self.modules():
                if isinstance(module, BasicBlock | Bottleneck):
                    last: Any = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                    init.zeros_(last.weight)

    def _stage(
        self,
        block: type[BasicBlock | Bottleneck],
        planes: int,
        count: int,
        stride: int,
        norm: Norm,
        dilated: bool = False,
    ) -> Sequential:
        """`count` blocks, the first of which may halve the picture and change the number of channels."""
        outputs, before = planes * block.expansion, self.dilation
        if dilated:
            self.dilation, stride = self.dilation * stride, 1
        downsample = None
        if stride != 1 or self.inplanes != outputs:
            downsample = Sequential(conv1x1(self.inplanes, outputs, stride), norm(outputs))
        wide = (self.groups, self.base_width)
        blocks = [block(self.inplanes, planes, stride, downsample, *wide, before, norm)]
        blocks += [block(outputs, planes, 1, None, *wide, self.dilation, norm) for _ in range(count - 1)]
        self.inplanes = outputs
        return Sequential(*blocks)

    def forward(self, x: Any) -> Any:
        """`[N, in_channels, H, W]` to `[N, num_classes]`."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def resnet18(*, weights: None = None, progress: bool = True, **settings: Any) -> ResNet:  # noqa: ARG001
    """The ResNet with 18 layers; `settings` are those of `ResNet`, `weights` must be None.

    Examples:
        >>> len(resnet18(num_classes=10).layer3)
        2
    """
    refuse_weights("resnet18", weights)
    return ResNet(BasicBlock, (2, 2, 2, 2), **settings)


def resnet34(*, weights: None = None, progress: bool = True, **settings: Any) -> ResNet:  # noqa: ARG001
    """The ResNet with 34 layers; `settings` are those of `ResNet`, `weights` must be None.

    Examples:
        >>> len(resnet34(num_classes=10).layer3)
        6
    """
    refuse_weights("resnet34", weights)
    return ResNet(BasicBlock, (3, 4, 6, 3), **settings)


def resnet50(*, weights: None = None, progress: bool = True, **settings: Any) -> ResNet:  # noqa: ARG001
    """The ResNet with 50 layers, of bottleneck blocks; `settings` are those of `ResNet`, `weights` must be None.

    Examples:
        >>> len(resnet50(num_classes=10).layer3)
        6
    """
    refuse_weights("resnet50", weights)
    return ResNet(Bottleneck, (3, 4, 6, 3), **settings)


def resnet101(*, weights: None = None, progress: bool = True, **settings: Any) -> ResNet:  # noqa: ARG001
    """The ResNet with 101 layers, of bottleneck blocks; `settings` are those of `ResNet`, `weights` must be None.

    Examples:
        >>> len(resnet101(num_classes=10).layer3)
        23
    """
    refuse_weights("resnet101", weights)
    return ResNet(Bottleneck, (3, 4, 23, 3), **settings)


ResNet18, ResNet50 = resnet18, resnet50  # written as the names of architectures are
