"""Initial values of parameters: `tt_nn.init`."""

from tt_nn.init import *  # noqa: F403
from tt_nn.init import _calculate_fan_in_and_fan_out as _calculate_fan_in_and_fan_out
