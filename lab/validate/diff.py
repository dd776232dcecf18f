"""The runs side by side, trait by trait: as lines for a terminal and as a table for the docs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from lab.validate.validation import LAB, Observation, ProbeRun, Validation, is_aws

_WIDTH = 15


def line(observation: Observation, lab: ProbeRun | None) -> str:
    """Return one observation as a line, with what the lab does where that is something else."""
    seen = observation.seen or observation.why
    parts = [f"{observation.verdict:<{_WIDTH}}{observation.trait}: {seen}"]
    if observation.verdict == "differs":
        parts.append(f"documented: {observation.documented}")
    other = lab.seen(observation.trait) if lab else ""
    if other and observation.seen not in ("", other):
        parts.append(f"{LAB}: {other}")
    return "; ".join(parts)


def summary(run: ProbeRun, lab: ProbeRun | None) -> str:
    """Return how many traits are as documented, and where the lab does something else than was seen."""
    counts = Counter(each.verdict for each in run.observations)
    total = ", ".join(f"{verdict} {count}" for verdict, count in counts.most_common())
    text = f"{len(run.observations)} traits: {total}"
    if lab is None:
        return text
    others = unlike(run, lab)
    return f"{text}\n{LAB} differs from it in {len(others)}{': ' if others else ''}{', '.join(others)}"


def unlike(run: ProbeRun, lab: ProbeRun) -> list[str]:
    """Return the traits of which both runs saw something, but not the same."""
    pairs = ((each.trait, each.seen, lab.seen(each.trait)) for each in run.observations)
    return [trait for trait, seen, other in pairs if seen and other and seen != other]


def validation_table(validation: Validation) -> str:
    """Return a row for each trait, with what is documented, what the lab does and what was seen on AWS."""
    places = [LAB, *filter(is_aws, validation.runs)]
    runs = {place: validation.runs[place] for place in places if place in validation.runs}
    heading = ["trait", "documented for Lambda", *runs]
    rows = [f"| {' | '.join(heading)} |", f"|{'---|' * len(heading)}"]
    rows += [_row(each, runs) for each in _traits(runs)]
    return "\n".join([*rows, "", *(f"{place}: {_made(run)}." for place, run in runs.items()), _missing(runs)]).rstrip()


def _traits(runs: dict[str, ProbeRun]) -> Iterable[Observation]:
    """Return each trait once, as the first run that has it documents it."""
    named: dict[str, Observation] = {}
    for observation in chain.from_iterable(run.observations for run in runs.values()):
        named.setdefault(observation.trait, observation)
    return named.values()


def _row(observation: Observation, runs: dict[str, ProbeRun]) -> str:
    documented = observation.documented or "not published"
    cells = [
        observation.trait,
        f"[{_code(documented)}]({observation.source})",
        *(_cell(run.seen(observation.trait), observation.documented) for run in runs.values()),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(seen: str, documented: str) -> str:
    if not seen:
        return "not decided"
    return "as documented" if seen == documented else f"**{_code(seen)}**" if documented else _code(seen)


def _code(text: str) -> str:
    return text.replace("|", r"\|").replace("_", r"\_").replace("*", r"\*")


def _made(run: ProbeRun) -> str:
    return f"{run.date}, {', '.join(f'{name} {value}' for name, value in run.function.items())}"


def _missing(runs: dict[str, ProbeRun]) -> str:
    return "" if any(map(is_aws, runs)) else "No run against AWS is stored yet."
