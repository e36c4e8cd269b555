"""Devices other than the CPU, whatever their kind, of which there is none."""

__all__ = ["current_accelerator", "device_count", "is_available"]

from .cuda import device_count as device_count
from .cuda import is_available as is_available


def current_accelerator(check_available: bool = False) -> None:
    """The device that is faster than the CPU: None.

    Examples:
        >>> current_accelerator() is None
        True
    """
