"""Special functions, where PyTorch has them: those of `tt_tensor` that it has."""

import tt_tensor
from tt_tensor import digamma as digamma
from tt_tensor import erf as erf
from tt_tensor import erfc as erfc
from tt_tensor import erfinv as erfinv
from tt_tensor import exp2 as exp2
from tt_tensor import expm1 as expm1
from tt_tensor import log1p as log1p
from tt_tensor import log_softmax as log_softmax
from tt_tensor import logit as logit
from tt_tensor import logsumexp as logsumexp
from tt_tensor import polygamma as polygamma
from tt_tensor import round as round
from tt_tensor import sinc as sinc
from tt_tensor import softmax as softmax
from tt_tensor import xlogy as xlogy

expit, gammaln, psi = tt_tensor.sigmoid, tt_tensor.lgamma, tt_tensor.digamma
