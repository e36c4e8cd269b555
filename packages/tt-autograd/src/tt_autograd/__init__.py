"""The tape: tracked values, backward, derivative rules."""
