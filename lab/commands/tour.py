"""``python -m lab tour``: scenes on the live page, or a recording of them."""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Final

from lab.commands.arguments import add_options, checked_values
from lab.commands.serve_options import PORT
from lab.local_lambda import LocalLambda, Options
from lab.output_file import OutputFile
from lab.pages.scenes import SceneRunner
from lab.tour import script

_REST_S: Final = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("scenes", nargs="*", metavar="scene", help=f"default all: {', '.join(script.SCENES)}")
    add_options(parser, (PORT,))
    parser.add_argument("--record", type=Path, metavar="JSON", help="play the scenes in turn, write them, and end")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve the live page with the scenes until SIGINT or SIGTERM, or record them."""
    port = checked_values(parsed, (PORT,))["port"]
    options = Options(port=0 if parsed.record else port)
    with (
        OutputFile(parsed.record, "--record") if parsed.record else nullcontext() as out,
        LocalLambda(lambda directory: [script.app(environ, directory)], options) as lab,
    ):
        print("preparing the scenes", file=sys.stderr)
        runner = SceneRunner(script.scenes(lab, parsed.scenes), lab.timeline.now)
        lab.page.offer(runner)
        if out:
            return _record(lab, runner, out)
        with suppress(KeyboardInterrupt):
            print(f"live page   {lab.live_url}", flush=True)
            threading.Event().wait()
    return 0


def _record(lab: LocalLambda, runner: SceneRunner, out: OutputFile) -> int:
    for scene in runner.scenes:
        # the picture of a scene begins and ends at rest
        time.sleep(_REST_S)
        print(f"{scene.title}: {runner.play(scene).result}", flush=True)
    time.sleep(_REST_S)
    out.write(lab.page.recorded())
    print(f"written to {out.path}", file=sys.stderr)
    return 0
