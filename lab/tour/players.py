"""What every scene plays with: the lab, small functions, and requests that the live page shows."""

from __future__ import annotations

from typing import Final

from lab.account.function import Function
from lab.containers.outcomes import Outcome
from lab.containers.timeline import ContainerState
from lab.experiments.support.invocations import add_function, invoke
from lab.experiments.support.polling import wait_until
from lab.experiments.support.workbench import Workbench
from lab.local_lambda import LocalLambda
from lab.pages.traffic import RequestSender

TIMEOUT_S: Final = 60.0


def plural(count: int) -> str:
    """Return a number of containers in words."""
    return "1 container" if count == 1 else f"{count or 'no'} containers"


class Players:
    """The lab of a tour, with the means of its scenes."""

    def __init__(self, lab: LocalLambda) -> None:
        self.lab = lab
        self.sender = RequestSender(lab.gateway.respond, prefix=lab.gateway.api.prefix)
        directory = lab.directory / "tour"
        directory.mkdir()
        self.workbench = Workbench(directory)

    @property
    def host(self) -> str:
        """Return the host that requests name."""
        return f"127.0.0.1:{self.lab.port}"

    def add(self, function: Function) -> str:
        """Deploy a function and return its name."""
        return add_function(self.lab, function).name

    def invoke(self, title: str, name: str, event: object, qualifier: str = "") -> Outcome:
        """Run one event on a function; the page calls it ``title``. Raise Throttled."""
        return self.lab.requests.run(
            title, name, lambda request_id: invoke(self.lab, name, event, qualifier, request_id=request_id)
        )

    def end_containers(self, name: str = "") -> None:
        """End the containers of one function, or all, as Lambda does when it likes, and wait until they are gone."""
        ended = [each for each in self.lab.fleet.containers if name in ("", each.function.name)]
        self.lab.fleet.end_containers(name)
        wait_until(lambda: not {*ended} & {*self.lab.fleet.containers}, "the containers' end", within_s=TIMEOUT_S)

    def mark(self) -> int:
        """Return where the timeline is now, for ``containers_since``."""
        return max((each.sequence for each in self.lab.timeline.since(0)), default=0)

    def containers_since(self, mark: int) -> tuple[int, int]:
        """Return how many containers have started and how many have served since a mark."""
        changes = self.lab.timeline.since(mark)
        started = {each.container for each in changes if each.state is ContainerState.INIT}
        served = {each.container for each in changes if each.state is ContainerState.SERVE}
        return len(started), len(served)
