"""Fill a new portal: give it its sources and harvest the demo city at four moments of its clock.

The four harvests go through the real code, so that histories exist and freshness states differ.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ckanext.jambi import clock
from ckanext.jambi.launcher import web_check
from ckanext.jambi.launcher.child import Command
from ckanext.jambi.launcher.errors import LauncherError, StepError
from ckanext.jambi.launcher.portal import Portal
from ckanext.jambi.launcher.progress import Progress
from ckanext.jambi.launcher.steps import Steps, fingerprint
from ckanext.jambi.launcher.supervisor import Supervisor

DAYS_BACK = (120, 60, 30, 0)


class Fill:
    """The first fill of one portal; a killed one goes on where it was."""

    def __init__(
        self,
        portal: Portal,
        steps: Steps,
        supervisor: Supervisor,
        progress: Progress,
        wish: datetime | None,
    ) -> None:
        self.portal = portal
        self.steps = steps
        self.supervisor = supervisor
        self.progress = progress
        self.wish = wish
        self._welcome: Callable[[], None] | None = None

    def set_clock(self) -> None:
        """Set the demonstration's clock to the first moment that is not harvested yet, or as wished.

        Raises:
            LauncherError: if the wish lies before what is already recorded.
        """
        path = self.portal.layout.clock
        left = self._left()
        if len(left) == len(DAYS_BACK):
            self.steps.note("clock", self.wish.isoformat() if self.wish else None)
            self.steps.note("filled_from", (self.wish or datetime.now(UTC)).isoformat())
        elif self.wish:
            clock.use(path)
            if self.wish < clock.now():
                raise LauncherError(
                    f"The portal's clock stands at {clock.now():%Y-%m-%d %H:%M} UTC and its evidence cannot "
                    "go back: give a later --clock, or start anew by `jambi reset`."
                )
        if left:
            clock.set_to(path, self._moment(left[0]))
        elif self.wish:
            clock.set_to(path, self.wish)

    def apply_sources(self) -> None:
        """Give the portal the sources of `config/sources`, where they have changed."""
        files = sorted(self.portal.layout.sources.glob("*.yaml"))
        mark = fingerprint(self.portal.city_url, files)
        if not files or self.steps.is_done("sources", mark):
            return
        self.progress.step(f"Sources: {len(files)} definitions")
        names = (str(path) for path in files)
        command = self.portal.ckan("sources", "jambi", "source", "apply", "--approve", *names, log="setup")
        if self._attempt(command):
            self.steps.finish("sources", mark)

    def run(self, welcome: Callable[[], None]) -> None:
        """Harvest what is not harvested yet; `welcome` is called once search finds a dataset."""
        self._welcome = welcome
        if not self._left():
            self._greet()
        for days in self._left():
            clock.set_to(self.portal.layout.clock, self._moment(days))
            moment = f"{self._moment(days).astimezone(clock.WIB):%d %B %Y}"
            self.progress.step(f"Harvest of the demo city at {moment}")
            self._harvest(days)
        self._greet()

    def _harvest(self, days: int) -> None:
        command = self.portal.ckan(
            f"harvest-{days}", "jambi", "harvest", "run", "--all", log="first-harvests"
        )
        self._attempt(command, self._look_for_first)
        self.steps.finish(f"harvest-{days}")

    def _attempt(self, command: Command, meanwhile: Callable[[], object] = lambda: None) -> bool:
        """Run a command of a portal that already serves: a failure is told and does not stop it."""
        try:
            self.supervisor.call(command, meanwhile=meanwhile)
        except StepError as error:
            self.progress.line(str(error))
            return False
        return True

    def _look_for_first(self) -> None:
        if self._welcome and web_check.datasets_found(self.portal.port):
            self.progress.step("Search finds the first harvested dataset")
            self._greet()

    def _greet(self) -> None:
        welcome, self._welcome = self._welcome, None
        if welcome:
            welcome()

    def _left(self) -> list[int]:
        return [days for days in DAYS_BACK if not self.steps.is_done(f"harvest-{days}")]

    def _moment(self, days: int) -> datetime:
        """Return when the harvest `days` back takes place; the last one now, unless a clock is wished."""
        if days == 0 and not self.steps.noted("clock"):
            return datetime.now(UTC)
        return datetime.fromisoformat(self.steps.noted("filled_from")) - timedelta(days=days)
