"""Switches of the libraries that PyTorch runs on, for code that sets them: there is nothing here that they switch."""

from . import cuda as cuda
from . import cudnn as cudnn
from . import mps as mps
