"""How a convolution is computed: one file per idea, and in `choice.py` which of them works on which shapes."""
