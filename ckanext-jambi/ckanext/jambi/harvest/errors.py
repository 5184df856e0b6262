"""Errors of the harvest room. `code` is stored with the run; the message says what to do."""

from __future__ import annotations

from ckanext.jambi.errors import JambiError


class HarvestError(JambiError):
    """Something in a harvest went wrong and has a name."""

    code = "failed"


class LeaseLostError(HarvestError):
    """Another worker holds the run now: whatever was not committed is rolled back."""

    code = "lease_lost"


class AbortRequestedError(HarvestError):
    """Somebody asked for this run to end."""

    code = "aborted"


class StopRequestedError(HarvestError):
    """The worker was asked to stop; the run goes back to the queue."""

    code = "stopped"


class SourceUnknownError(HarvestError):
    """No source of this name or id."""

    code = "source_unknown"


class SourceUnsupportedError(HarvestError):
    """The source's harvester is none that this runner drives."""

    code = "kind_unsupported"


class SourceEmptyError(HarvestError):
    """The source answered with no record, and there is none yet on the portal."""

    code = "empty"


class TrialTooLongError(HarvestError):
    """A source was looked at for longer than anybody waits at a page."""

    code = "trial_too_long"


class DecisionRefusedError(HarvestError):
    """A decision cannot be taken as things stand; the message says why."""

    code = "decision_refused"


class PushChangedError(HarvestError):
    """Another body came under the key of a push that was made before."""

    code = "push_changed"


class PushBacklogError(HarvestError):
    """Too many pushes of a source wait."""

    code = "push_backlog"


class PushGoneError(HarvestError):
    """The body of a push is not there any more."""

    code = "push_gone"


class RecordError(HarvestError):
    """One record cannot be imported; the others can."""

    code = "record_invalid"


class RowsHeldError(RecordError):
    """The new table has far fewer rows than the public one; it waits for a steward."""

    code = "rows_vanished"
