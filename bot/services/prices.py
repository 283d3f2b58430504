"""Every price that ImaginePro publishes, in credits. What is not here has no published price: it may cost credits.

The figures come from the agent skill that ImaginePro publishes. Each constant names the page of its call; those pages
state no price.
"""

IMAGINE_FAST = 10
"""A grid of four by Midjourney in fast mode (docs.imaginepro.ai/imagine)."""

IMAGINE_RELAX = 5
"""The same with `--relax`. Turbo and boost are not priced."""

BUTTON_UPSCALE = 5
"""U1–U4 and the upscales of a single picture (imaginepro.ai/docs/button/upscale); redoing one is not priced."""

BUTTON_VARIATION = 5
"""V1–V4, Vary (Subtle) and Vary (Strong) (imaginepro.ai/docs/button)."""

FLUX_PICTURE = 6
"""One picture by FLUX (docs.imaginepro.ai, FLUX: Generate Image)."""

FLUX_UPSCALE = 2
"""A picture enlarged (docs.imaginepro.ai, FLUX: Upscale Image)."""

REMOVE_BACKGROUND = 5
"""A picture without its background (docs.imaginepro.ai, Remove Background)."""

EDIT = 6
"""A picture by the universal call, POST /universal/imagine. The older Gemini call is not priced."""

Z_IMAGE = 6
"""A picture by Z-Image, POST /universal/zimage."""

VIDEO = 10
"""A video from one picture to another, POST /video/mj/generate. Extending one is not priced."""
