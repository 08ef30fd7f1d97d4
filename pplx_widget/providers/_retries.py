"""When a question is asked again that the service did not take.

A question is asked again only if the service surely did not take it (`PplxError.transient`), since one
that it has taken is billed; and never in silence, as the OpenAI SDK does: its own retries are off.
"""

from __future__ import annotations

import random

from ..core.errors import PplxError

# As the OpenAI SDK: half a second, doubled each time.
_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 8.0

# One of its own: who seeds the module's, for figures that can be repeated, has no say in it.
_chance = random.SystemRandom()

# Nobody waits longer in front of a cell; whoever wants to can press Retry.
_PATIENCE_SECONDS = 60.0


def pause(error: PplxError, retries: int) -> float | None:
    """Return the seconds to wait before asking again, or None where that is not to be done.

    Parameters
    ----------
    error : PplxError
        What came of it.
    retries : int
        How often it was asked again already.
    """
    if not error.transient:
        return None
    if error.retry_after:  # at once, which 0 asks for, would only be refused again
        return error.retry_after if error.retry_after <= _PATIENCE_SECONDS else None
    # Apart from each other, or a class that was refused together would come back together.
    longest = min(_FIRST_SECONDS * 2.0**retries, _LONGEST_SECONDS)
    return longest * _chance.uniform(0.75, 1.0)
