"""All that a container loads up to its first JPEG, in which a new import has to be entered.

A new version of a package that loads more makes every cold start longer, so it is looked at before it gets a line here.
"""

from __future__ import annotations

import json
import marshal
from pathlib import Path
from typing import Final

from tests.support import drawing
from tests.support.http_events import rest
from tests.support.on_lambda import Installed

# public modules by package; those of C that they bring along follow from them
MODULES: Final = {
    "app": (
        "access access.cross_site access.grant access.image_ids access.keyring access.policy access.proxies "
        "access.secrets access.sessions access.signing access.subkeys container container.backends "
        "container.container container.services core core.config core.deadline core.errors core.formats core.gateways "
        "core.imports core.imports.bundle core.imports.packages core.imports.postponed core.integers core.problem "
        "core.setting_rules core.text events "
        "events.classify events.commands events.direct events.failure events.http events.http_head events.job "
        "events.s3 events.s3_objects events.schedule events.wsgi_environ imaging imaging.bands imaging.cielab "
        "imaging.codecs imaging.codecs.decode imaging.codecs.encode imaging.codecs.frames imaging.codecs.jpeg "
        "imaging.codecs.output "
        "imaging.color_mode imaging.cost imaging.cost.decode imaging.cost.encode imaging.cost.estimate "
        "imaging.cost.frame imaging.cost.rates imaging.decode_errors imaging.draw imaging.fit imaging.geometry "
        "imaging.headers imaging.headers.icc_profile imaging.headers.ifd imaging.headers.jpeg "
        "imaging.headers.probe imaging.joined_file imaging.native_resampler "
        "imaging.orientation imaging.output_format imaging.pipeline imaging.plugins imaging.resample "
        "imaging.resize_plan imaging.steps imaging.steps.costs imaging.steps.flatten imaging.steps.resize "
        "imaging.steps.srgb imaging.steps.step imaging.tag_names imaging.work options options.contradictions "
        "options.controls options.css_colors options.describe options.fields options.parser options.presets runtime "
        "runtime.admission runtime.allocator runtime.aws_client runtime.background runtime.cache "
        "runtime.dead_letters runtime.invoker runtime.log runtime.memory_limit runtime.metrics "
        "runtime.pool_stats runtime.redact runtime.request_record runtime.single_flight runtime.storage_failures "
        "runtime.telemetry service service.health service.images service.inbox service.job_record service.job_runner "
        "service.jobs service.models service.purge service.renderer service.results service.sources service.uploads "
        "sources sources.addresses sources.connection_context sources.fetch_deadline sources.fetcher sources.guard "
        "sources.hosts storage storage.files storage.keys storage.local views views.bounded_request "
        "views.current_request views.editor views.expiring_links views.image_list views.images views.info "
        "views.job_status views.lazy_rule views.links views.login views.negotiation views.observe views.openapi "
        "views.oversize views.pages views.parameters views.presign views.problems views.prometheus views.request_head "
        "views.resize views.sharing views.srcset views.static_files views.status views.upload views.uploaded "
        "views.visitor"
    ),
    "PIL": "Image ImageFile ImageMode JpegImagePlugin JpegPresets _binary _deprecate _imaging _util _version",
    "apig_wsgi": "compat",
    "blinker": "_utilities base",
    "flask": (
        "app blueprints config ctx globals helpers json json.provider json.tag logging sansio sansio.app "
        "sansio.blueprints sansio.scaffold sessions signals typing wrappers"
    ),
    "markupsafe": "_speedups",
    "msgspec": "_core _utils _version json msgpack structs",
    "werkzeug": (
        "_internal datastructures datastructures.accept datastructures.auth datastructures.cache_control "
        "datastructures.csp datastructures.etag datastructures.file_storage datastructures.headers "
        "datastructures.mixins datastructures.range datastructures.structures exceptions http local routing "
        "routing.converters routing.exceptions routing.map routing.matcher routing.rules sansio sansio.http "
        "sansio.request sansio.response sansio.utils security urls user_agent utils wrappers wrappers.request "
        "wrappers.response wsgi"
    ),
}
STANDARD_LIBRARY: Final = (
    "array ast atexit base64 binascii bisect collections collections.abc contextlib contextvars copy copyreg "
    "dataclasses datetime decimal dis email encodings.idna enum errno fcntl fnmatch fractions functools gc "
    "genericpath glob grp hashlib heapq hmac importlib importlib.machinery importlib.util inspect ipaddress itertools "
    "json json.decoder json.encoder json.scanner keyword linecache logging math ntpath numbers opcode operator os "
    "os.path pathlib pkgutil posixpath pprint pwd queue re reprlib resource stat string stringprep struct textwrap "
    "threading token traceback types typing unicodedata urllib urllib.parse uuid warnings weakref wsgiref "
    "wsgiref.types zlib"
)
# what the standard library of earlier versions than 3.13 loads with these, and msgspec where it is installed
ELSEWHERE: Final = "platform tokenize typing.io typing.re typing_extensions"

# nothing is imported before the app that the app would import itself: sys and marshal are built in
_SCRIPT: Final = """
import marshal, sys
before = set(sys.modules)
import wsgi

class Context:
    aws_request_id = "first"
    get_remaining_time_in_millis = lambda self: 29_000

with open(sys.argv[1], "rb") as file:
    answer = wsgi.handler(marshal.load(file), Context())
loaded = set(sys.modules) - before
import json
print(json.dumps([answer["statusCode"], sorted(loaded)]))
"""


def pinned() -> set[str]:
    """Return the modules of packages, ours among them, that are loaded by the first image."""
    return {*MODULES, *(f"{package}.{name}" for package, names in MODULES.items() for name in names.split())}


def known() -> set[str]:
    """Return the public modules outside these packages that may be loaded."""
    return {*STANDARD_LIBRARY.split(), *ELSEWHERE.split(), "wsgi"}


def loaded(installed: Installed, directory: Path) -> tuple[set[str], set[str]]:
    """Return what a start and its first image load: the modules of the packages above, and public ones of others."""
    event = directory / "event"
    photo = drawing.encoded(drawing.photo(160, 120), "JPEG")
    event.write_bytes(marshal.dumps(rest("POST", "/resize", query="w=40", body=photo), 2))
    output = installed.run(_SCRIPT, str(event), storage=directory / "storage")
    status, names = json.loads(output.splitlines()[-1])
    assert status == 200
    of_packages = {name for name in names if name.partition(".")[0] in MODULES}
    return of_packages, {name for name in set(names) - of_packages if "._" not in f".{name}"}
