"""How many examples a law is tried on where each of them takes a while."""

from hypothesis import HealthCheck, settings

QUICK = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
