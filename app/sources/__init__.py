"""Where source bytes come from: urls, guarded.

Importing this package costs little: requests and urllib3 are imported when the first url is fetched.
"""

from __future__ import annotations

from app.sources.guard import SourceUrl, check_address, check_url, host_allowed
from app.sources.remote import Fetched, PoolStats, Remote

__all__ = ["Fetched", "PoolStats", "Remote", "SourceUrl", "check_address", "check_url", "host_allowed"]
