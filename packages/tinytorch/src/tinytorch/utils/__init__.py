"""`utils.data` and `utils.checkpoint`, where PyTorch has them."""

from . import checkpoint as checkpoint
from . import data as data
