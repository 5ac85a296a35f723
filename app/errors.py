"""The domain's exceptions: what can go wrong, said once, in words a person can act on.

Each layer raises these; the web turns them into `application/problem+json` in one place, and the
command line into one line on stderr. Nothing here knows about HTTP, and nothing is imported.
"""


class RsvError(Exception):
    """Anything the product refuses or cannot do, with a message that says why.

    `title` is a short stable name of the kind of error; `field` is the input that caused it,
    where there is one.
    """

    title = "Something is wrong"

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class BadInput(RsvError):
    """What was given cannot be used as it is."""

    title = "This input cannot be used"


class BadText(BadInput):
    """A text that cannot be tokenized: empty, or not valid Unicode."""

    title = "This text cannot be used"


class PromptTooLong(BadInput):
    """A text that makes more tokens than the model has positions for."""

    title = "This text is too long"

    def __init__(self, *, tokens: int, limit: int, field: str = "text") -> None:
        super().__init__(
            f"The text makes {tokens:,} tokens; the model reads at most {limit:,}. "
            "Shorten it, or look at it in parts.",
            field=field,
        )
        self.tokens = tokens
        self.limit = limit


class TooMuch(BadInput):
    """A request that asks for more than one request may."""

    title = "This request asks for too much"

    def __init__(
        self, *, what: str, got: int, limit: int, field: str, advice: str | None = None
    ) -> None:
        detail = f"{got:,} {what}; one request may ask for {limit:,}."
        super().__init__(f"{detail} {advice}" if advice else detail, field=field)
        self.got = got
        self.limit = limit


class BadDirection(BadInput):
    """A direction that is not a finite, non-zero vector of the site's width."""

    title = "This direction cannot be used"


class NotFinite(BadInput):
    """A text on which the model's numbers overflow its number format."""

    title = "The model's numbers overflow here"


class MethodRefused(BadInput):
    """A model that a method of analysis does not fit."""

    title = "This method does not fit this model"


class BadName(BadInput):
    """A name that cannot be used: empty, invisible, mixed of scripts, or like another's."""

    title = "This name cannot be used"


class BadFile(BadInput):
    """An uploaded file that does not hold what it should."""

    title = "This file cannot be used"


class Forbidden(RsvError):
    """Something that belongs to somebody else, or a claimed name without its passphrase."""

    title = "This is not yours"


class Taken(RsvError):
    """Something of that name is already there, and is not the same."""

    title = "Already there"


class TooManyTries(RsvError):
    """Passphrases tried too often in a short time."""

    title = "Too many tries"

    def __init__(self, detail: str, *, retry_after_s: int, field: str | None = None) -> None:
        super().__init__(detail, field=field)
        self.retry_after_s = retry_after_s


class NotThere(RsvError):
    """Something was named that does not exist."""

    title = "Not found"


class UnknownModel(NotThere):
    """A model that is not served."""

    title = "Unknown model"


class UnknownSite(NotThere):
    """A site that the model does not have."""

    title = "Unknown site"


class UnknownHead(NotThere):
    """A head that the site does not have."""

    title = "Unknown head"


class UnknownComponent(NotThere):
    """A PCA component beyond those the basis has."""

    title = "Unknown component"


class UnknownPrompt(NotThere):
    """A prompt id that is not stored."""

    title = "Unknown prompt"


class UnknownUser(NotThere):
    """A name under which nothing has been saved."""

    title = "Unknown name"


class UnknownDirection(NotThere):
    """A direction that is not saved, or no longer."""

    title = "Unknown direction"


class UnknownExplanation(NotThere):
    """An explanation that is not there, or no longer."""

    title = "Unknown explanation"


class UnknownList(NotThere):
    """A list or a set of prompts that is not there, or no longer."""

    title = "Unknown list"


class NotFitted(NotThere):
    """A site that has no fitted basis yet."""

    title = "No basis has been fitted here"


class NotNow(RsvError):
    """The request is fine; the server cannot take it at this moment."""

    title = "Not available right now"
    retry_after_s = 2


class QueueFull(NotNow):
    """The worker's queue holds as many jobs as it may."""

    title = "The model is busy"


class ModelLoading(NotNow):
    """The model is not in memory yet."""

    title = "The model is still loading"


class ModelFailed(NotNow):
    """The model could not be loaded when the server started."""

    title = "The model could not be loaded"
    retry_after_s = 60


class WorkerStopped(NotNow):
    """The worker is shutting down."""

    title = "The server is shutting down"


class Cancelled(RsvError):
    """A job was withdrawn before it ran."""

    title = "Cancelled"


class ModelRefused(RsvError):
    """A model cannot be loaded: missing, corrupt, not safetensors, or of an unsupported kind."""

    title = "This model cannot be loaded"


class CorpusRefused(RsvError):
    """A corpus cannot be read: missing, empty, or of an unknown format."""

    title = "This corpus cannot be read"


class DatabaseRefused(RsvError):
    """A database that cannot be used: unreachable, of another kind or version."""

    title = "This database cannot be used"


class DamagedFile(RsvError):
    """A derived file does not hold what its manifest says; it has to be rebuilt."""

    title = "A data file is damaged"


def no_such(what: str, number: int, count: int) -> str:
    """What is said of a number of which there are `count`, from 0 on, when it is none of them."""
    return f"There is no {what} {number:,} here; they go from 0 to {count - 1:,}."
