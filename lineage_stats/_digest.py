"""Short digests of text."""

from __future__ import annotations


def text_digest(text: str, size: int = 8) -> str:
    """Return the BLAKE2b of a text.

    Parameters
    ----------
    text : str
        Any text, also one with lone surrogates.
    size : int, default=8
        Bytes of the digest.

    Returns
    -------
    str
        Two hexadecimal digits a byte.
    """
    import hashlib  # takes milliseconds, and is first needed when something is written down

    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()
