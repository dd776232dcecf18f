"""Postpones imports that an image request does not need, until something uses them.

``import flask`` also loads a development server, a test client, a command line and Jinja, and Pillow the names of all
EXIF tags. A Lambda container pays for that at every cold start and mostly answers images.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType, TracebackType
from typing import Any, Final

# each module and what it is for; what only it imports, such as http.server and ssl, waits with it
POSTPONED: Final = {
    "werkzeug.serving": "the development server",
    "werkzeug.test": "the test client",
    "werkzeug.formparser": "forms and multipart bodies",
    "flask.cli": "the flask command",
    "click": "the flask command",
    "flask.templating": "pages",
    "jinja2": "pages",
    "itsdangerous": "Flask's own sessions",
    "difflib": "suggestions for misspelled names",
    "email.utils": "dates in headers",
    "http": "statuses that are written as text",
    "mimetypes": "static files",
    "msgspec._json_schema": "the OpenAPI document",
    "msgspec.inspect": "the OpenAPI document",
    "msgspec.toml": "TOML",
    "msgspec.yaml": "YAML",
    "PIL.ExifTags": "names of EXIF tags",
    "PIL.TiffTags": "names of EXIF tags",
    "secrets": "passwords as Werkzeug stores them",
    "shutil": "a directory as storage",
    "socket": "images at a URL",
    "tokenize": "the source of a function, as inspect shows it",
}


class PostponedImports:
    """Inside ``with``, importing one of ``names`` gives a stand-in, which imports the real module when it is used.

    What was imported from it by name is a stand-in too, which can be called, subclassed and given to ``isinstance``;
    the real thing takes its place in the importing modules once it is there. Other threads use the real module at
    once. After the ``with`` no stand-in is in ``sys.modules``, so that every import is an ordinary one.
    """

    def __init__(self, names: Iterable[str] = POSTPONED) -> None:
        self._names = frozenset(names)
        # that of the thread inside ``with``, 0 while nothing is postponed
        self._thread = 0

    @property
    def active(self) -> bool:
        """Return whether what this thread imports now is postponed."""
        return self._thread == get_ident()

    def __enter__(self) -> None:
        self._thread = get_ident()
        sys.meta_path.insert(0, self)

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread = 0
        sys.meta_path.remove(self)
        for name in self._names:
            self._forget(name)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec that makes a stand-in for one of our names, None for other modules."""
        if not self.active or name not in self._names:
            return None
        loader: Any = _StandInLoader(self)
        return ModuleSpec(name, loader)

    def load(self, name: str) -> ModuleType:
        """Import the real module; what it imports is not postponed."""
        self._forget(name)
        if not self.active:
            return import_module(name)
        self._thread = 0
        try:
            return import_module(name)
        finally:
            self._thread = get_ident()

    def _forget(self, name: str) -> None:
        if isinstance(sys.modules.get(name), ModuleStandIn):
            sys.modules.pop(name, None)


class _StandInLoader:
    def __init__(self, imports: PostponedImports) -> None:
        self._imports = imports

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleStandIn(spec.name, self._imports)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""


class ModuleStandIn(ModuleType):
    """Stands for a module until something of it is used."""

    def __init__(self, name: str, imports: PostponedImports) -> None:
        super().__init__(name)
        self._imports = imports
        self._real: ModuleType | None = None
        # every app and every blueprint makes an AppGroup
        self._names: dict[str, Any] = {"AppGroup": partial(CommandGroup, self)} if name == "flask.cli" else {}
        self._importers: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        if not self._imports.active or self._real:
            return getattr(self.real(), name)
        if name.startswith("__"):  # the import system asks for __path__ and others
            raise AttributeError(name)
        self._importers.append(sys._getframe(1).f_globals)
        return self._names.setdefault(name, NameStandIn(self, name))

    def real(self) -> ModuleType:
        """Return the module, which is imported by the first call; raise what importing it raises."""
        if self._real is None:
            self._real = self._imports.load(self.__name__)
            for importer in self._importers:
                self._replace_stand_ins(importer)
        return self._real

    def _replace_stand_ins(self, importer: dict[str, Any]) -> None:
        for name, value in list(importer.items()):
            if isinstance(value, NameStandIn) and value.module is self:
                importer[name] = value.real()


class NameStandIn:
    """Stands for what ``name`` is in ``module``: a function or a class."""

    def __init__(self, module: ModuleStandIn, name: str) -> None:
        self.module = module
        self.name = name

    def real(self) -> Any:
        """Return what the name stands for, importing its module if need be."""
        return getattr(self.module.real(), self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.real()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real(), name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (self.real(),)

    def __instancecheck__(self, value: object) -> bool:
        return isinstance(value, self.real())

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, self.real())


class CommandGroup:
    """Stands for a ``flask.cli.AppGroup``, which holds the commands of an app or a blueprint."""

    def __init__(self, module: ModuleStandIn) -> None:
        self.module = module
        self.name: str | None = None
        self.commands: dict[str, Any] = {}
        self._group: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._group is None:
            self._group = self.module.real().AppGroup(self.name, commands=self.commands)
        return getattr(self._group, name)
