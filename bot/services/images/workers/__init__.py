"""Decodes images in processes of its own, with limits on time and memory: their bytes come from strangers."""

from bot.services.images.workers.image_workers import ImageWorkers

__all__ = ["ImageWorkers"]
