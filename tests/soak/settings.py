"""How Hypothesis runs the machines."""

from hypothesis import HealthCheck, Phase, settings


def always_the_same(stories: int, steps: int) -> settings:
    """So many stories of so many steps, the same in every run."""
    return settings(new_each_time(stories, steps), derandomize=True)


def new_each_time(stories: int, steps: int) -> settings:
    """So many stories of so many steps; the seed is the caller's."""
    return settings(
        max_examples=stories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
