"""An update of $LATEST: while it is in progress the previous code answers, and for a while after it both may.

https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

from typing import Literal

import msgspec

from lab.account.function import Function

UpdateStatus = Literal["InProgress", "Successful"]


class CodeUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """One update: the code before it, and when it is successful and when it is over, in seconds of a clock."""

    before: Function
    successful_s: float
    over_s: float

    def status(self, now: float) -> UpdateStatus:
        """Return LastUpdateStatus."""
        return "InProgress" if now < self.successful_s else "Successful"

    def gets_before(self, now: float, drawn: float) -> bool:
        """Return whether an invocation gets the previous code; ``drawn``, in [0, 1), decides where both answer.

        The share of the new code grows evenly: AWS says neither how long both answer nor which one does.
        """
        if now < self.successful_s or now >= self.over_s:
            return now < self.successful_s
        return drawn >= (now - self.successful_s) / (self.over_s - self.successful_s)
