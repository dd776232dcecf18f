"""Where source bytes come from: URLs, each checked before it is fetched.

Importing this package is cheap: requests and urllib3 are imported at the first fetch.
"""

from __future__ import annotations

from app.sources.fetcher import Fetcher
from app.sources.guard import check_url, host_allowed, require_allow_list

__all__ = ["Fetcher", "check_url", "host_allowed", "require_allow_list"]
