"""Decodes results in the test's own process: thousands of its bots would start as many workers."""

from bot.services.images.decoding.results import fit_for_upload
from bot.services.images.formats import Upload


async def fit_here(data: bytes, max_bytes: int) -> Upload:
    """What a worker makes of a result."""
    return fit_for_upload(data, max_bytes)
