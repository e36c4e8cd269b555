"""How a convolution is computed: one file per idea; `choice.py` decides among them, by what `bounds.py` says of shapes."""
