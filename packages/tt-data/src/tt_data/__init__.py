"""Data sets, samplers, loaders."""
