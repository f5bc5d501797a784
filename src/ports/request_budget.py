"""The role of whoever counts a credential's requests, for all that send with it."""

from abc import ABC, abstractmethod

from attrs import frozen

from github_tracker.domain.request_budget import Ask, Grant, Pause, Usage


@frozen
class Lease:
    """A grant with the number to settle it by."""

    id: int
    grant: Grant


class RequestBudget(ABC):
    """Gives out the requests of one credential. Safe to be used by any number of threads, processes and machines.

    Times are lengths and never instants, save what GitHub told: nobody's clock is compared with anybody else's.
    """

    @abstractmethod
    def reserve(self, ask: Ask) -> Lease | Pause:
        """Return leave for some requests, or how long to wait before asking again.

        In any minute no more requests are given out than may be sent, in any hour of GitHub's no more than the limit
        less the reserve, and never more leases are held than requests may be under way. A lease that is not settled
        is over HELD_FOR after its wait, and its requests count as sent. Nothing is held while anybody waits.
        Raises StorageUnavailableError: without the count nothing may be sent.
        """

    @abstractmethod
    def settle(self, lease: Lease, usage: Usage) -> None:
        """Give back what of a lease does not count, note what GitHub told, and end it.

        Of a lease that is over nothing comes back, and settling twice gives nothing back twice. Raises StorageError.
        """
