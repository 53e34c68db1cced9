"""Every failure Ambos names, under one root.

Their input (`RequestError` and its children) and our own state (`InternalError` and its children) are different
branches: the first is told to the caller in the dialect of the request, the second never shows its details.
A message says what was expected, what came and what to do; it never holds a secret or a person's text.
`web` alone turns these into status codes and `cli` alone into exit codes.
"""

from __future__ import annotations


class AmbosError(Exception):
    """Root of all errors that Ambos raises on purpose.

    The corridor notes on an error what the answer's headers must still say: the audit id of the request, its level, the
    policy in force.
    """

    code = "internal_error"
    audit_id = ""
    level = ""
    policy = ""

    def note(self, *, audit_id: str, level: str, policy: str) -> None:
        """Remember for the headers what was already known when this was raised."""
        self.audit_id, self.level, self.policy = audit_id, level, policy


# --- their input -----------------------------------------------------------------------------------------------------


class RequestError(AmbosError):
    """The request cannot be served as it is; the caller can mend it."""

    code = "invalid_request"

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        if code is not None:
            self.code = code


class MalformedError(RequestError):
    """The body is not the JSON that was expected (syntax, duplicate keys, depth, numbers, encoding)."""

    code = "malformed_json"


class TooLargeError(RequestError):
    """The body, a header or a text passes its limit."""

    code = "request_too_large"


class UnknownModelError(RequestError):
    """No model of this name is in the catalogue."""

    code = "model_not_found"


class UnknownRouteError(RequestError):
    """No such path, or not with this method."""

    code = "unknown_url"


class RedirectingFieldError(RequestError):
    """A field of the request tries to choose where the request goes (`api_base`, `base_url`, ...)."""

    code = "forbidden_field"


class AuthenticationError(RequestError):
    """No key, or one that is not valid here."""

    code = "invalid_api_key"


class ForbiddenError(RequestError):
    """The principal is known and may not do this."""

    code = "forbidden"


class PolicyBlockedError(RequestError):
    """The policy leaves no model for this request; sending it again changes nothing."""

    code = "policy_blocked"


class RateLimitError(RequestError):
    """Too many requests of this principal are waiting or running."""

    code = "rate_limit_exceeded"


class UnknownSurrogateError(RequestError):
    """A tool call names a surrogate that this conversation never made."""

    code = "unknown_surrogate"


class ExperimentError(RequestError):
    """A plan, its data or its analysis is not valid."""

    code = "experiment_error"


# --- models that do not answer ---------------------------------------------------------------------------------------


class ModelError(AmbosError):
    """A model, inside or outside, did not answer as it should."""

    code = "model_error"


class NoModelError(ModelError):
    """Nothing is installed or configured that may answer this request."""

    code = "no_capable_model"


class UpstreamError(ModelError):
    """A provider failed. `reason` is one of a closed set; the provider's own words are never passed on."""

    code = "upstream_error"

    def __init__(self, message: str, *, reason: str = "failed", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after_s = retry_after_s


class UpstreamTimeoutError(UpstreamError):
    """A provider did not connect, begin or go on in time."""

    code = "upstream_timeout"


class EngineError(ModelError):
    """The embedded engine is not running, was restarted, or refused the prompt."""

    code = "engine_error"


class OverloadedError(ModelError):
    """The queue for a model is full."""

    code = "overloaded"


# --- our own state ---------------------------------------------------------------------------------------------------


class InternalError(AmbosError):
    """Something of ours is wrong; details go to the log by class name only."""


class ConfigError(InternalError):
    """A setting is missing, unknown or contradictory."""

    code = "bad_configuration"


class WallError(ConfigError):
    """A wall that the configuration demands cannot be raised here."""


class PolicyError(InternalError):
    """The policy cannot be loaded, or a rule failed while it was evaluated: the request is denied."""

    code = "policy_error"


class DetectorError(InternalError):
    """A recogniser or tagger failed: the text counts as restricted."""

    code = "detector_error"


class EgressError(InternalError):
    """A connection was refused because its destination or address is not in the table."""

    code = "egress_refused"


class CanaryError(EgressError):
    """A planted value was among what was to leave; nothing left."""


class DispatchError(InternalError):
    """A dispatch was used twice, by another provider, or against the decision."""

    code = "dispatch_refused"


class StoreError(InternalError):
    """The store cannot keep or find what it must."""

    code = "store_error"


class LogUnavailableError(StoreError):
    """The audit log cannot make an entry durable: nothing is sent."""

    code = "log_unavailable"


class KeyServiceError(StoreError):
    """The root key is absent or does not open the key ring. `reason` is a word for it, "" where there is none."""

    code = "key_service_error"

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class UnfinishedWritesError(StoreError):
    """The disk is read-only, and the database has writes that only a process that may write can take in."""


class LockedError(StoreError):
    """Another server holds this data directory."""

    code = "data_directory_locked"


class IntegrityError(StoreError):
    """The log, a checkpoint, a record or a model file is not what was written. `place` names where."""

    code = "integrity_error"

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class ProofError(AmbosError):
    """A proof, note, checkpoint or tile does not verify or is not in its format."""

    code = "bad_proof"


class CatalogueError(AmbosError):
    """A model or data set cannot be fetched, or is not what its hash says."""

    code = "catalogue_error"


class CalibrationError(AmbosError):
    """Labelled data, a certificate or an audit sample is not what it must be.

    `word` and `values` let the command say it in the user's language.
    """

    code = "calibration_error"

    def __init__(self, message: str, *, word: str = "", **values: str | int | float) -> None:
        super().__init__(message)
        self.word, self.values = word, values


class CorpusError(AmbosError):
    """A corpus cannot be built of these sources: their form, their permission, or how they would be split."""

    code = "corpus_error"


class AdaptError(AmbosError):
    """A recipe, its data or a run of training is not valid; nothing was promoted."""

    code = "adapt_error"
