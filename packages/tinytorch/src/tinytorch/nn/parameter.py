"""Parameters of modules, where PyTorch has them, too: `tt_nn.Parameter`."""

from tt_nn import Parameter as Parameter
