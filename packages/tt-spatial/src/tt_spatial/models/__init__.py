"""CNNs that made history, with torchvision's names of parameters: LeNet-5, AlexNet, VGG and ResNet."""

from .alexnet import AlexNet
from .lenet import LeNet5
from .resnet import BasicBlock, Bottleneck, ResNet, ResNet18, ResNet50, resnet18, resnet34, resnet50, resnet101
from .vgg import VGG, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn

__all__ = [
    "AlexNet", "LeNet5",
    "BasicBlock", "Bottleneck", "ResNet", "resnet18", "resnet34", "resnet50", "resnet101", "ResNet18", "ResNet50",
    "VGG", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn",
]  # fmt: skip
