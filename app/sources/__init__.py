"""Where source bytes come from: urls, guarded.

Importing this package costs little: requests and urllib3 are imported when the first url is fetched.
"""

from __future__ import annotations

from app.sources.fetcher import Fetched, Fetcher
from app.sources.guard import SourceUrl, check_address, check_url, host_allowed

__all__ = ["Fetched", "Fetcher", "SourceUrl", "check_address", "check_url", "host_allowed"]
