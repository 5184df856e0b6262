"""Fill a new portal: give it its sources, and harvest the demo city at moments of its clock.

All harvests go through the real code, so that histories exist and freshness states differ. A history of
a year goes on while the portal serves; a brief one is four harvests.
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
from ckanext.jambi.launcher.supervisor import CALL_SECONDS, Supervisor

DAYS_BACK = {"brief": (120, 60, 30, 0), "year": (365, 0)}
REPLAY_SECONDS = 6 * 3600.0
REPLAY_TRIES = 3


class Fill:
    """The first fill of one portal; a killed one goes on where it was."""

    def __init__(
        self,
        portal: Portal,
        steps: Steps,
        supervisor: Supervisor,
        progress: Progress,
        wish: datetime | None,
        history: str,
    ) -> None:
        self.portal = portal
        self.steps = steps
        self.supervisor = supervisor
        self.progress = progress
        self.wish = wish
        if not steps.noted("history"):
            steps.note("history", history)
        self.days_back = DAYS_BACK[steps.noted("history")]
        self._told = ""
        self._welcome: Callable[[], None] | None = None

    def set_clock(self) -> None:
        """Set the demonstration's clock to the first moment that is not harvested yet, or as wished.

        Raises:
            LauncherError: if the wish lies before what is already recorded.
        """
        path = self.portal.layout.clock
        clock.use(path)
        left = self._left()
        if len(left) == len(self.days_back):
            self.steps.note("clock", self.wish.isoformat() if self.wish else None)
            self.steps.note("filled_from", (self.wish or datetime.now(UTC)).isoformat())
        elif self.wish:
            if self.wish < clock.now():
                raise LauncherError(
                    f"The portal's clock stands at {clock.now():%Y-%m-%d %H:%M} UTC and its evidence cannot "
                    "go back: give a later --clock, or start anew by `jambi reset`."
                )
            self.steps.note("clock", self.wish.isoformat())
            self.steps.note("filled_from", self.wish.isoformat())
        if self.has_past_left:
            return
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
        while self._left() and not self.has_past_left:
            self._harvest(self._left()[0])
        self._greet()

    @property
    def has_past_left(self) -> bool:
        """Whether the demonstration has still to go through its year, up to the present."""
        return self.steps.noted("history") == "year" and self._left() == [0]

    def replay(self) -> None:
        """Let the clock go through the year while the portal serves, then harvest the present."""
        until = self._moment(0).astimezone(UTC).replace(microsecond=0)
        command = self.portal.ckan(
            "history", "jambi", "harvest", "history", "--until", f"{until:%Y-%m-%dT%H:%M:%S%z}"
        )
        self.progress.step("The demonstration goes through a year; its pages say at which day it is")
        for _ in range(REPLAY_TRIES):
            if self._attempt(command, self._tell_month, REPLAY_SECONDS):
                break  # else it goes on where the clock stands
        self._harvest(0)

    def _tell_month(self) -> None:
        past = clock.replay()
        month = f"{clock.today():%B %Y}"
        if past and month != self._told:
            self._told = month
            self.progress.step(f"{month}: {past.share(clock.now())} % of the year is done")

    def _harvest(self, days: int) -> None:
        moment = self._moment(days)
        clock.set_to(self.portal.layout.clock, moment)
        self.progress.step(f"Harvest of the demo city at {moment.astimezone(clock.WIB):%d %B %Y}")
        command = self.portal.ckan(
            f"harvest-{days}", "jambi", "harvest", "run", "--all", log="first-harvests"
        )
        self._attempt(command, self._look_for_first)
        self.steps.finish(f"harvest-{days}")

    def _attempt(
        self, command: Command, meanwhile: Callable[[], object] = lambda: None, seconds: float = CALL_SECONDS
    ) -> bool:
        """Run a command of a portal that already serves: a failure is told and does not stop it."""
        try:
            self.supervisor.call(command, seconds, meanwhile)
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
        return [days for days in self.days_back if not self.steps.is_done(f"harvest-{days}")]

    def _moment(self, days: int) -> datetime:
        """Return when the harvest `days` back takes place; the last one now, unless a clock is wished."""
        if days == 0 and not self.steps.noted("clock"):
            return datetime.now(UTC)
        return datetime.fromisoformat(self.steps.noted("filled_from")) - timedelta(days=days)
