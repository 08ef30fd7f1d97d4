"""The magics ``%%ask``, ``%ask`` and ``%pplx``."""
