"""Dice with a seed: everything that the make-believe world leaves to chance."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta


class Luck(random.Random):
    """A seeded source of chance that speaks in shares, weights and moments."""

    def strikes(self, share: float) -> bool:
        """Whether something happens that happens in `share` (0 to 1) of all cases."""
        return self.random() < share

    def pick(self, weights: Mapping[str, float]) -> str:
        """One of the keys, as often as its weight says."""
        return self.choices(tuple(weights), weights=tuple(weights.values()))[0]

    def moment(self, start: datetime, end: datetime, *, early: float = 1.0) -> datetime:
        """A moment from `start` to `end`, in whole seconds after `start`; the nearer, the greater `early`."""
        return start + timedelta(seconds=int((end - start).total_seconds() * self.random() ** early))
