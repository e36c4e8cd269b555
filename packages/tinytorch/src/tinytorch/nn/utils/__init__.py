"""Tools for parameters: `tt_nn.utils`, and clipping from `tt_optim`, where PyTorch has it."""

from tt_nn.utils import *  # noqa: F403
from tt_optim import clip_grad_norm as clip_grad_norm
from tt_optim import clip_grad_norm_ as clip_grad_norm_
from tt_optim import clip_grad_value_ as clip_grad_value_
from tt_optim import clip_grads_with_norm_ as clip_grads_with_norm_
from tt_optim import get_total_norm as get_total_norm

from . import rnn as rnn
