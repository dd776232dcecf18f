"""Options that need no measurement of their own."""

from __future__ import annotations

from app import options

# they choose among what is measured, or say how one of the others is done
MODIFIERS = {"height", "aspect", "focal", "upscale", "quality", "background", "page", "frames", "download"}
MODIFIERS |= {name for name in options.TYPES if name.startswith("watermark_")}
