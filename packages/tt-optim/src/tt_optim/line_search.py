"""How far to go along a direction: a line search for the strong Wolfe conditions."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

ENOUGH = 1e-4  # the share of the decrease that the first slope promises
FLAT = 0.9  # the share of the first slope that may be left


class Point(NamedTuple):
    """A point on the line: how far it is, the loss, the gradient of all parameters, and the loss's slope along the line."""

    t: float
    loss: float
    gradient: Any
    slope: float


def strong_wolfe(
    at: Callable[[float], Point], start: Point, t: float, reach: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """A point whose loss is low enough, and whose slope is flat enough.

    First steps grow until they bracket such a point, then the bracket is narrowed, each time to where the cubic through the
    losses and slopes at its ends is lowest.

    Args:
        at: evaluates the loss at a distance.
        start: the point at the distance 0, with a negative slope.
        t: the first distance to try.
        reach: the largest change of a parameter at the distance 1.
        tolerance: the change below which it is not worth going on.
        most: how many more points than the first may be tried.

    Returns:
        The point, and how many were evaluated.

    Source:
        Nocedal and Wright, *Numerical Optimization*, 2006, algorithms 3.5 and 3.6.
    """

    def high(p: Point) -> bool:
        return p.loss > start.loss + ENOUGH * p.t * start.slope

    def flat(p: Point) -> bool:
        return abs(p.slope) <= -FLAT * start.slope

    before, new, tries = start, at(t), 0
    ends = [start, new]
    while tries < most:
        ends = [before, new]
        if high(new) or (tries > 1 and new.loss >= before.loss):
            break
        if flat(new):
            return new, tries + 1
        if new.slope >= 0:
            break
        t = lowest(before, new, new.t + 0.01 * (new.t - before.t), 10 * new.t)
        before, new = new, at(t)
        tries += 1
    else:
        ends = [start, new]

    stuck = False
    low = int(ends[0].loss > ends[1].loss)
    while tries < most and abs(ends[1].t - ends[0].t) * reach >= tolerance:
        left, right = sorted(p.t for p in ends)
        t, margin = lowest(ends[0], ends[1], left, right), 0.1 * (right - left)
        close = min(right - t, t - left) < margin
        if close and (stuck or not left < t < right):  # so near to an end, the bracket would hardly narrow
            t = right - margin if right - t < t - left else left + margin
            close = False
        stuck = close
        new = at(t)
        tries += 1
        if high(new) or new.loss >= ends[low].loss:
            ends[1 - low] = new
            low = int(ends[0].loss > ends[1].loss)
            continue
        found = flat(new)
        if not found and new.slope * (ends[1 - low].t - ends[low].t) >= 0:
            ends[1 - low] = ends[low]
        ends[low] = new
        if found:
            break
    return ends[low], tries + 1


def lowest(p: Point, q: Point, least: float, largest: float) -> float:
    """Where the cubic with the losses and slopes of two points is lowest, within two bounds; their middle if it is nowhere."""
    if p.t > q.t:
        p, q = q, p
    if p.t < q.t:
        a = p.slope + q.slope - 3 * (p.loss - q.loss) / (p.t - q.t)
        square = a * a - p.slope * q.slope
        if square >= 0:
            root = math.sqrt(square)
            bottom = q.slope - p.slope + 2 * root
            if bottom:
                return min(max(q.t - (q.t - p.t) * ((q.slope + root - a) / bottom), least), largest)
    return (least + largest) / 2
