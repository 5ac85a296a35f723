"""Moments of a whole matrix at once, for tests."""

from torch import Tensor

from app.analysis.moments import RunningMoments
from app.analysis.pca import Moments


def moments_of(x: Tensor, shift: Tensor | None = None) -> Moments:
    """The moments of the rows of x, about `shift` or about their own mean."""
    running = RunningMoments(shift)
    running.add(running.part(x))
    return running.moments()
