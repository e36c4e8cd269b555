"""The definition of a convolution, as loops: what every algorithm is compared with."""

from itertools import product

import numpy as np


def pairs_of(x, weight, geometry):
    """(n, o, place in the result, c, tap, place in the input or None for a zero), over everything that a convolution adds up."""
    groups = geometry.groups
    size = geometry.out_size(x.shape[2:], weight.shape[2:])
    share_o, share_c = weight.shape[0] // groups, x.shape[1] // groups
    for place in product(*map(range, size)):
        for tap in product(*map(range, weight.shape[2:])):
            at = tuple(
                i * s + t * d - p[0]
                for i, s, t, d, p in zip(place, geometry.stride, tap, geometry.dilation, geometry.padding)
            )
            if all(0 <= a < n for a, n in zip(at, x.shape[2:])):
                for group in range(groups):
                    channels = slice(group * share_c, (group + 1) * share_c)
                    outs = slice(group * share_o, (group + 1) * share_o)
                    yield place, tap, at, channels, outs


def convolution(x, weight, geometry):
    """out[n, o, i] = Σ x[n, c, i · stride + t · dilation - padding] · weight[o, c, t], over c and t, in float64."""
    x, weight = x.astype(np.float64), weight.astype(np.float64)
    out = np.zeros((x.shape[0], weight.shape[0], *geometry.out_size(x.shape[2:], weight.shape[2:])))
    for place, tap, at, channels, outs in pairs_of(x, weight, geometry):
        out[(slice(None), outs, *place)] += x[(slice(None), channels, *at)] @ weight[(outs, slice(None), *tap)].T
    return out


def gradients(g, x, weight, geometry):
    """The gradients of x and weight for the gradient g of the result, by the same loops."""
    g, x, weight = (a.astype(np.float64) for a in (g, x, weight))
    g_x, g_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for place, tap, at, channels, outs in pairs_of(x, weight, geometry):
        part = g[(slice(None), outs, *place)]
        g_x[(slice(None), channels, *at)] += part @ weight[(outs, slice(None), *tap)]
        g_weight[(outs, slice(None), *tap)] += part.T @ x[(slice(None), channels, *at)]
    return g_x, g_weight
