"""What the activations share: how they print, and whether they write their result into their input."""

from ..module import Module


class Activation(Module):
    """An activation, which prints the settings that its class names."""

    _settings: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """What was set."""
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._settings)


class InPlaceActivation(Activation):
    """One that may write the result into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """What was set."""
        settings = super().extra_repr()
        if not self.inplace:
            return settings
        return f"{settings}, inplace=True" if settings else "inplace=True"
