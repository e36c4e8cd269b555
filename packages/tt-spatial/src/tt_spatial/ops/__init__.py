"""Primitives for images, and their functional forms."""
