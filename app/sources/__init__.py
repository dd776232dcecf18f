"""Where source bytes come from: URLs, each checked before it is fetched.

Importing this package is cheap: requests and urllib3 are imported at the first fetch.
"""

from __future__ import annotations

from app.sources.fetcher import Fetcher, FetchResult
from app.sources.guard import Url, check_address, check_url, host_allowed, require_allow_list

__all__ = ["FetchResult", "Fetcher", "Url", "check_address", "check_url", "host_allowed", "require_allow_list"]
