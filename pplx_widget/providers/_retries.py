"""The pauses before a question is asked again.

A question is repeated only if the service surely did not accept it (`PplxError.transient`), since an
accepted question is billed. Each repetition is an event, and takes a turn (see `_turns`), which is the
only wait. The OpenAI SDK would repeat in silence, so its own retries are off.
"""

from __future__ import annotations

import random

from ..core.errors import PplxError

# As in the OpenAI SDK: half a second, doubled each time.
_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 8.0

# Its own generator: a seed that a user sets for reproducible figures must not affect the pauses.
_chance = random.SystemRandom()

# A longer wait in front of a cell is left to the user, who can press Retry.
_PATIENCE_SECONDS = 60.0


def pause(error: PplxError, retries: int) -> float | None:
    """Return the seconds to wait before the next attempt; None if there should be none.

    Parameters
    ----------
    error : PplxError
        The outcome of the last attempt.
    retries : int
        The number of repetitions so far.
    """
    if not error.transient:
        return None
    if error.retry_after:  # 0 would mean at once, which would only be refused again
        return error.retry_after if error.retry_after <= _PATIENCE_SECONDS else None
    # Random, or a class that was refused together would return together.
    longest = min(_FIRST_SECONDS * 2.0**retries, _LONGEST_SECONDS)
    return longest * _chance.uniform(0.75, 1.0)
