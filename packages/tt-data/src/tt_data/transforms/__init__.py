"""Transforms of images, with torchvision's names, which work on one image and on a whole batch."""

from . import functional as functional
from .apply import RandomApply as RandomApply
from .base import Compose as Compose
from .base import Lambda as Lambda
from .base import Transform as Transform
from .color import ColorJitter as ColorJitter
from .color import Grayscale as Grayscale
from .color import RandomGrayscale as RandomGrayscale
from .convert import ConvertImageDtype as ConvertImageDtype
from .convert import Normalize as Normalize
from .convert import PILToTensor as PILToTensor
from .convert import ToTensor as ToTensor
from .crop import CenterCrop as CenterCrop
from .crop import Pad as Pad
from .crop import RandomCrop as RandomCrop
from .erase import RandomErasing as RandomErasing
from .flip import RandomHorizontalFlip as RandomHorizontalFlip
from .flip import RandomVerticalFlip as RandomVerticalFlip
from .mix import CutMix as CutMix
from .mix import MixUp as MixUp
from .resize import InterpolationMode as InterpolationMode
from .resize import RandomResizedCrop as RandomResizedCrop
from .resize import Resize as Resize
from .warp import RandomAffine as RandomAffine
from .warp import RandomRotation as RandomRotation

__all__ = [
    "Compose", "Lambda", "Transform",
    "ConvertImageDtype", "Normalize", "PILToTensor", "ToTensor",
    "CenterCrop", "Pad", "RandomCrop", "RandomHorizontalFlip", "RandomVerticalFlip",
    "InterpolationMode", "RandomResizedCrop", "Resize", "RandomAffine", "RandomRotation",
    "ColorJitter", "Grayscale", "RandomApply", "RandomErasing", "RandomGrayscale", "CutMix", "MixUp",
    "functional",
]  # fmt: skip
