"""Optimizers, schedules, clipping, averaging, checkpoints."""
