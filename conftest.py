"""What all tests have in common."""


def pytest_configure(config):
    """Have Hypothesis try the same examples in every run, however slow the machine is, where it is installed."""
    if config.pluginmanager.hasplugin("hypothesispytest"):
        from hypothesis import settings

        settings.load_profile("ci")
