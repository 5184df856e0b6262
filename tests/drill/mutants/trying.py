"""Try faults on the tests, each in a process that is forked once the tests are collected.

A fault within functions is put into their code where it stands: nothing has to be imported again, and a
test is run only if it calls one of them, the quickest first. What is evaluated while modules are imported or tests are
collected would not see such a fault; there the process imports the room anew, with the fault in it.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.util
import json
import os
import pickle
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from faults import ROOT, RULES, Fault, source, tree
from hypothesis import HealthCheck, Phase, settings

PACKAGE = "ckanext.jambi.freshness.rules"
ROOM = "ckanext.jambi.freshness"
TESTS = ROOT / "tests/unit/freshness"
OF_ALL = "test_purity.py"
SECONDS, TIMES = 3.0, 10
"""A test that takes so much longer than without the fault never ends: the fault is found."""
MEMORY_BYTES = 4 * 10**9
LEFT_OUT = (
    *("test_report_files.py", "test_f51_twenty_items_take_at_most_200_ms"),
    "test_f37_state_runs_without_ckan_within_five_seconds",
)
"""Tests of printed forms, which take long, and those of a time, which a busy machine misses without a fault."""
QUIET = ("-q", "-x", "-s", "--tb=no", "-p", "no:cacheprovider", "-p", "no:ckan", "-p", "no:ckan_fixtures")
_RULES = str(RULES)
Definition = tuple[str, str]
"""Module and name of a function or method of the rules, the outermost where one holds another."""


class Steady:
    """Hypothesis neither makes a found example smaller nor keeps it: that it was found is enough."""

    def pytest_collection(self) -> None:
        """Take what the tests set for all, but for that."""
        known = settings.get_profile("steady")
        phases = (Phase.explicit, Phase.generate)
        checks = list(HealthCheck)
        settings.register_profile(
            "mutants", known, phases=phases, database=None, suppress_health_check=checks
        )
        settings.load_profile("mutants")


@dataclass
class Limited:
    """A test that takes far longer than without the fault ends its process."""

    seconds: Mapping[str, float]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Begin to count."""
        limit(self.seconds.get(nodeid, 0.0))


def limit(seconds: float) -> None:
    """End this process after so much time of the processor, and some more."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS + TIMES * seconds)


@dataclass
class Calls:
    """Which functions of the rules are called."""

    found: set[Definition] = field(default_factory=set)
    _seen: dict[int, CodeType] = field(default_factory=dict)

    def __enter__(self) -> set[Definition]:
        sys.settrace(self._note)
        return self.found

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if id(code) in self._seen:
            return
        self._seen[id(code)] = code
        if code.co_filename.startswith(_RULES):
            self.found.add((Path(code.co_filename).stem, code.co_qualname.split(".<locals>")[0]))


class Trial:
    """A pytest plugin: where the tests would run, they are run on one fault after the other."""

    def __init__(self, faults: Sequence[Fault], results: Path, jobs: int) -> None:
        self._faults, self._results, self._jobs = faults, results, jobs
        self._collecting = Calls()

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        """Note what is called while tests are collected."""
        with self._collecting:
            return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what says nothing here."""
        items[:] = [item for item in items if not any(name in item.nodeid for name in LEFT_OUT)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests once as they are, then on the faults, in so many processes at once."""
        baseline = _in_child(lambda: _baseline(session))
        bench = Bench(session, baseline, self._collecting.found, self._results)
        for fault in self._faults:
            tree(fault.module)
        gc.freeze()
        children = [self._fork(bench, job) for job in range(self._jobs)]
        for child in children:
            if os.waitpid(child, 0)[1]:
                raise RuntimeError("A process that tries faults ended; start again to go on.")
        return True

    def _fork(self, bench: Bench, job: int) -> int:
        child = os.fork()
        if child == 0:
            for fault in self._faults[job :: self._jobs]:
                bench.note(fault)
            os._exit(0)
        return child


@dataclass(frozen=True)
class Ran:
    """What a test called, and how long it took."""

    called: frozenset[Definition]
    seconds: float


def _baseline(session: pytest.Session) -> dict[str, Ran]:
    """Run all tests as they are.

    Raises:
        RuntimeError: if one fails without any fault.
    """
    found = {}
    for item, following in _with_next(session.items):
        begun = time.process_time()
        with Calls() as called:
            failed = _fails(item, following)
        if failed:
            raise RuntimeError(f"{item.nodeid} fails without any fault.")
        found[item.nodeid] = Ran(frozenset(called), time.process_time() - begun)
    return found


class Bench:
    """Collected tests with what they call; tries one fault at a time."""

    def __init__(
        self,
        session: pytest.Session,
        baseline: Mapping[str, Ran],
        collecting: set[Definition],
        results: Path,
    ) -> None:
        self._items = sorted(session.items, key=lambda item: baseline[item.nodeid].seconds)
        self._baseline, self._collecting, self._results = baseline, collecting, results
        self._functions = list(_functions())

    def note(self, fault: Fault) -> None:
        """Try a fault and write down what became of it."""
        begun = time.monotonic()
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            os._exit(1 if self._finds(fault) else 0)
        ended = os.waitpid(child, 0)[1]
        written = {"key": fault.key, "found": ended != 0, "seconds": round(time.monotonic() - begun, 2)}
        with self._results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(written) + "\n")

    def _finds(self, fault: Fault) -> bool:
        limit(0)
        try:
            code = compile(fault.code(), str(RULES / f"{fault.module}.py"), "exec")
        except SyntaxError:
            return True
        original = compile(source(fault.module), str(RULES / f"{fault.module}.py"), "exec")
        changed = list(_changed(original, code))
        if any(each is None or self._is_early(fault.module, each) for each in changed):
            return self._finds_anew(fault.module, code)
        names = {(fault.module, each.co_qualname) for each in changed if each}
        for each in filter(None, changed):
            self._put(fault.module, each)
        return self._any_fails([item for item in self._items if self._baseline[item.nodeid].called & names])

    def _is_early(self, module: str, code: CodeType) -> bool:
        return "<" in code.co_qualname or (module, code.co_qualname) in self._collecting

    def _put(self, module: str, code: CodeType) -> None:
        for each in self._functions:
            known = each.__code__
            if (Path(known.co_filename).stem, known.co_qualname) == (module, code.co_qualname):
                each.__code__ = code

    def _any_fails(self, items: Sequence[pytest.Item]) -> bool:
        for item, following in _with_next(items):
            limit(self._baseline[item.nodeid].seconds)
            if _fails(item, following):
                return True
        return False

    def _finds_anew(self, module: str, code: CodeType) -> bool:
        """Import the room with the fault and collect its tests again; those of the module first."""
        for name, each in list(sys.modules.items()):
            if name.startswith(ROOM) or str(getattr(each, "__file__", None) or "").startswith(str(TESTS)):
                del sys.modules[name]
        sys.meta_path.insert(0, _Faulty(f"{PACKAGE}.{module}", code))
        seconds = {name: ran.seconds for name, ran in self._baseline.items()}
        concerned = [item for item in self._items if self._concerns(item, module)]
        own = [item.nodeid for item in concerned if item.path.name == f"test_{module}.py"]
        others = [item.nodeid for item in concerned if item.nodeid not in own]
        return any(
            pytest.main([*QUIET, *tests], plugins=[Steady(), Limited(seconds)]) != pytest.ExitCode.OK
            for tests in (own, others)
            if tests
        )

    def _concerns(self, item: pytest.Item, module: str) -> bool:
        """Whether a test calls or names the module, or one that imports it, or is about all modules."""
        if item.path.name == OF_ALL:
            return True
        near = _near(module)
        return any(name in near for name, _ in self._baseline[item.nodeid].called) or any(
            f"{PACKAGE}.{name}" in item.path.read_text(encoding="utf-8") for name in near
        )


class _Faulty(importlib.abc.MetaPathFinder, SourceFileLoader):
    """Finds one module, with a fault in it."""

    def __init__(self, name: str, code: CodeType) -> None:
        super().__init__(name, code.co_filename)
        self._code = code

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the module if it is the one."""
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        """Return its code."""
        return self._code


def _near(module: str) -> set[str]:
    """Return a module with those of the rules that import it, directly or not."""
    found, new = {module}, {module}
    texts = {path.stem: source(path.stem) for path in RULES.glob("*.py")}
    while new:
        new = {
            name
            for name, text in texts.items()
            if name not in found and any(f"{PACKAGE}.{each} " in text for each in new)
        }
        found |= new
    return found


def _changed(original: CodeType, code: CodeType) -> Iterator[CodeType | None]:
    """Yield the functions and methods that differ; None where a class or the module itself does."""
    pairs = [(old, new) for old, new in zip(_held(original), _held(code), strict=False) if old != new]
    if _shell(original) != _shell(code):
        yield None
    for old, new in pairs:
        if new.co_flags & _OPTIMIZED:
            yield new
        else:
            yield from _changed(old, new)


_OPTIMIZED = 0x0001
"""Set for the code of functions, and not for that of classes and modules."""


def _shell(code: CodeType) -> tuple[object, ...]:
    own = [(type(each), each) for each in code.co_consts if not isinstance(each, CodeType)]
    return code.co_code, own, code.co_names


def _held(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _functions() -> Iterator[FunctionType]:
    return (
        each
        for each in gc.get_objects()
        if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(str(RULES))
    )


def _fails(item: pytest.Item, following: pytest.Item | None) -> bool:
    return any(report.failed for report in runtestprotocol(item, nextitem=following, log=False))


def _with_next(items: Sequence[pytest.Item]) -> Iterable[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None], strict=True)


def _in_child(work: Callable[[], Any]) -> Any:
    """Do something in a process of its own, so that it leaves no trace in this one, and return its answer."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(work(), pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise RuntimeError("The tests do not pass as they are.")
    return pickle.loads(answer)  # noqa: S301 - written by our own child
