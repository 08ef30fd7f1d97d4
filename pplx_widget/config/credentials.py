"""Find API keys in the environment, in Colab's secrets and in a keyring."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator

from ..core import errors
from ..core.secret import KEY_VARIABLES, Secret
from .base_url import Owner, base_url_around, is_perplexity


def found_keys(base_url: str, *, open_stores: bool) -> Iterator[tuple[Secret, str, Owner]]:
    """Yield each key with the place where it was found and its owner.

    With ``open_stores=False``, stores that may ask the user for permission are skipped.
    """
    of_perplexity = Owner(perplexity=True)
    for name in KEY_VARIABLES:
        if key := Secret(os.environ.get(name, "")):
            # An environment is set up as a whole: its key also belongs to its base URL.
            yield key, f"the environment variable {name}", of_perplexity.and_of(base_url_around())
            break
    # Colab's secrets and a keyring may ask the user, so open them only for hosts that get their keys.
    if open_stores and is_perplexity(base_url):
        for found, where in ((_colab_key, "Colab's secrets"), (_keyring_key, "the keyring")):
            if key := Secret(found() or ""):
                yield key, where, of_perplexity


def check_key(key: Secret, where: str) -> Secret:
    """Return the key; raise an error if a header cannot hold it: it must be printable ASCII."""
    value = key.reveal()
    usable, value = value.isascii() and value.isprintable() and " " not in value, ""
    if not usable:
        raise errors.InvalidRequest(
            f"The API key from {where} contains characters that no key has.",
            "White space, quotes or an ellipsis may have been copied with it.",
            f"Copy the whole key, and only the key, from {errors.KEYS_PAGE}.",
        )
    return key


def _colab_key() -> str | None:
    if "google.colab" not in sys.modules:
        return None
    userdata = importlib.import_module("google.colab.userdata")
    for name in KEY_VARIABLES:
        try:
            value = userdata.get(name)
        except Exception:  # noqa: BLE001, S112 (no such secret, or access not granted)
            continue
        if value:
            return str(value)
    return None


def _keyring_key() -> str | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    for name in KEY_VARIABLES:
        try:
            value = keyring.get_password("pplx_widget", name)
        except Exception:  # noqa: BLE001 (no backend or a locked keyring: there is no key)
            return None
        if value:
            return str(value)
    return None
