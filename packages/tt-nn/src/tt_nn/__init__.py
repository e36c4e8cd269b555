"""Modules, layers, activations, losses, initialisation, saving."""
