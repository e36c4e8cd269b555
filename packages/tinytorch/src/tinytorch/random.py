"""The default generator of random numbers, under the path that PyTorch has it at."""

from tt_autograd import fork_rng as fork_rng
from tt_autograd import get_rng_state as get_rng_state
from tt_autograd import initial_seed as initial_seed
from tt_autograd import manual_seed as manual_seed
from tt_autograd import seed as seed
from tt_autograd import set_rng_state as set_rng_state
