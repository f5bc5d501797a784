"""What every GitHubSource promises, sentence by sentence of the port."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

import pytest
from attrs import evolve

from github_tracker.domain.checkpoint import Checkpoint
from github_tracker.domain.pull_request import Author, PullRequest, Repository
from github_tracker.ports.errors import RepositoryMovedError, RepositoryUnavailableError, TransientSourceError
from github_tracker.ports.github_source import FactPage, GitHubSource
from tests.unit.examples import at, merged

WIDGETS = Repository(1, "Acme/Widgets", "main")
GADGETS = Repository(2, "Acme/Gadgets", "main")
NOW = at("2024-06-01T12:00:00")
"""When the clock of every source under test starts."""


class GitHubStage(Protocol):
    """The GitHub behind a source, as tests change it."""

    def put_repository(self, repository: Repository) -> None:
        """Add a repository, or rename the one with this id."""

    def put(self, *pull_requests: PullRequest) -> None:
        """Add pull requests, or replace those of the same number."""

    def hide(self, repository_id: int, number: int) -> None:
        """Leave a pull request out of every list."""


def fact(number: int, repository_id: int = 1) -> PullRequest:
    """A merged pull request, an hour after the one before, all of whose fields GitHub tells."""
    created_at = at("2024-01-01") + timedelta(hours=number)
    made = merged(Author("alice", 5, "User"), created_at, created_at + timedelta(hours=5), number)
    return evolve(
        made,
        repository_id=repository_id,
        updated_at=created_at + timedelta(hours=6),
        observed_at=NOW,
        closed_at=made.merged_at,
        title=f"Mend {number}",
        github_id=repository_id * 1000 + number,
        author_association="MEMBER",
        base_branch="main",
        head_branch=f"fix/{number}",
        merge_commit=f"{number:040x}",
        labels=("bug",),
    )


def numbers(pages: Iterable[FactPage]) -> list[int]:
    """The numbers of the facts of all pages, in order."""
    return [found.number for page in pages for found in page.facts]


def walk(source: GitHubSource) -> Checkpoint:
    """Read everything and return the checkpoint that it ends with."""
    return list(source.pages(WIDGETS, Checkpoint()))[-1].checkpoint


class GitHubSourceContract:
    """For a source whose clock stands at NOW, with WIDGETS on its GitHub and nothing in it.

    Needs fixtures `stage` and `source`.
    """

    @pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (250, 3)])
    def test_walk_gives_everything_once(
        self, stage: GitHubStage, source: GitHubSource, count: int, requests: int
    ) -> None:
        """max(1, ceil(N/100)) requests; the last page is marked, and no other."""
        stage.put(*map(fact, range(1, count + 1)))
        pages = list(source.pages(WIDGETS, Checkpoint()))
        assert [page.requests for page in pages] == [1] * requests
        assert [page.is_last for page in pages] == [False] * (requests - 1) + [True]
        assert [found for page in pages for found in page.facts] == [fact(number) for number in range(1, count + 1)]
        assert {found.observed_at for page in pages for found in page.facts} <= {NOW}
        watermark = fact(count).updated_at if count else None
        assert pages[-1].checkpoint == Checkpoint(watermark=watermark, walked_at=NOW)
        assert {page.checkpoint.watermark for page in pages[:-1]} <= {None}

    def test_unchanged_repository_is_one_request(self, stage: GitHubStage, source: GitHubSource) -> None:
        """First a page that ends at old ones, then none at all, with the same checkpoint."""
        stage.put(*map(fact, range(1, 251)))
        (first,) = source.pages(WIDGETS, walk(source))
        assert (numbers([first]), first.requests, first.is_last) == ([250], 1, True)
        (second,) = source.pages(WIDGETS, first.checkpoint)
        assert (second.facts, second.requests, second.is_last) == ((), 1, True)
        assert second.checkpoint == first.checkpoint

    def test_increment_gives_what_changed(self, stage: GitHubStage, source: GitHubSource) -> None:
        """Last updated first, down to ten minutes before the watermark; the watermark moves on."""
        stage.put(*map(fact, range(1, 251)))
        (settled,) = source.pages(WIDGETS, walk(source))
        changed = evolve(fact(3), title="other", updated_at=NOW)
        stage.put(changed, fact(251))
        (page,) = source.pages(WIDGETS, settled.checkpoint)
        assert page.facts == (changed, fact(251), fact(250))
        assert page.checkpoint.watermark == NOW

    def test_requests_are_sent_when_their_page_is_asked_for(self, stage: GitHubStage, source: GitHubSource) -> None:
        """What is opened while the first page is worked on stands on the last one."""
        stage.put(*map(fact, range(1, 102)))
        pages = source.pages(WIDGETS, Checkpoint())
        next(pages)
        stage.put(fact(102))
        assert numbers(pages) == [101, 102]

    def test_walk_goes_on_one_page_early(self, stage: GitHubStage, source: GitHubSource) -> None:
        """From any page's checkpoint, to the same end."""
        stage.put(*map(fact, range(1, 251)))
        pages = list(source.pages(WIDGETS, Checkpoint()))
        for place in (0, 1):
            rest = list(source.pages(WIDGETS, pages[place].checkpoint))
            assert numbers(rest) == list(range(100 * place + 1, 251))
            assert rest[-1].checkpoint == pages[-1].checkpoint

    def test_list_that_breaks_off_raises(self, stage: GitHubStage, source: GitHubSource) -> None:
        """It named two pages, and there is no second one any more; the next reading goes by what stands then."""
        stage.put(*map(fact, range(1, 102)))
        pages = source.pages(WIDGETS, Checkpoint())
        first = next(pages)
        stage.hide(1, 101)
        with pytest.raises(TransientSourceError):
            next(pages)
        rest = list(source.pages(WIDGETS, first.checkpoint))
        assert not first.is_last
        assert rest[-1].is_last
        assert set(numbers(rest)) == set(range(1, 101))

    def test_walk_asked_for_finds_what_appeared_unseen(self, stage: GitHubStage, source: GitHubSource) -> None:
        """What was hidden comes back with its old instants, so no increment gives it."""
        stage.put(*map(fact, range(1, 11)))
        stage.hide(1, 3)
        ended = walk(source)
        stage.put(fact(3))
        assert numbers(source.pages(WIDGETS, ended)) == [10]
        assert numbers(source.pages(WIDGETS, ended.for_walk())) == list(range(1, 11))

    def test_repository_that_lost_all_its_pull_requests_is_read_to_its_end(
        self, stage: GitHubStage, source: GitHubSource
    ) -> None:
        """An increment and a walk find nothing, and the watermark stays."""
        stage.put(fact(1))
        ended = walk(source)
        stage.hide(1, 1)
        for checkpoint in (ended, ended.for_walk()):
            (page,) = source.pages(WIDGETS, checkpoint)
            assert (page.facts, page.is_last) == ((), True)
            assert page.checkpoint.watermark == ended.watermark

    @pytest.mark.parametrize("name", ["Acme/Things", "acme/WIDGETS"])
    @pytest.mark.parametrize("is_known", [True, False])
    def test_renamed_repository_is_told_before_anything_is_given_out(
        self, stage: GitHubStage, source: GitHubSource, name: str, is_known: bool
    ) -> None:
        """In its spelling as well, walked over before or not, with what stands there now."""
        stage.put(*map(fact, range(1, 251)))
        checkpoint = walk(source) if is_known else Checkpoint()
        renamed = Repository(1, name, "main")
        stage.put_repository(renamed)
        with pytest.raises(RepositoryMovedError) as caught:
            next(iter(source.pages(WIDGETS, checkpoint)))
        assert caught.value.found == renamed
        assert caught.value.requests >= 2
        assert len(numbers(source.pages(renamed, Checkpoint()))) == 250

    def test_rename_between_pages_is_told_and_the_walk_goes_on(self, stage: GitHubStage, source: GitHubSource) -> None:
        """With the checkpoint of the last page, under the new name."""
        stage.put(*map(fact, range(1, 251)))
        pages = source.pages(WIDGETS, Checkpoint())
        first = next(pages)
        renamed = Repository(1, "Acme/Things", "main")
        stage.put_repository(renamed)
        with pytest.raises(RepositoryMovedError) as caught:
            next(pages)
        assert caught.value.found == renamed
        assert numbers(source.pages(renamed, first.checkpoint)) == list(range(1, 251))

    @pytest.mark.parametrize("count", [0, 1])
    def test_name_taken_by_another_repository_is_told(
        self, stage: GitHubStage, source: GitHubSource, count: int
    ) -> None:
        """Nothing of the other one's list is given out, be it empty."""
        stage.put(fact(1))
        ended = walk(source)
        stage.put_repository(Repository(1, "Acme/Things"))
        stage.put_repository(Repository(3, "Acme/Widgets", "main"))
        stage.put(*(fact(number, repository_id=3) for number in range(1, count + 1)))
        with pytest.raises(RepositoryMovedError) as caught:
            next(iter(source.pages(WIDGETS, ended)))
        assert caught.value.found == Repository(3, "Acme/Widgets", "main")

    def test_unknown_repository_is_unavailable(self, source: GitHubSource) -> None:
        """Asked for by name or read."""
        with pytest.raises(RepositoryUnavailableError, match="acme/gone"):
            source.resolve("acme/gone")
        with pytest.raises(RepositoryUnavailableError, match="acme/gone"):
            list(source.pages(Repository(9, "acme/gone"), Checkpoint()))

    def test_names_resolve_without_case_and_through_renames(self, stage: GitHubStage, source: GitHubSource) -> None:
        """To the name that GitHub spells today."""
        assert source.resolve("ACME/widgets").repository == WIDGETS
        renamed = Repository(1, "Acme/Things", "trunk")
        stage.put_repository(renamed)
        assert source.resolve("acme/widgets").repository == renamed
        stage.put_repository(Repository(3, "Acme/Widgets", "main"))
        assert source.resolve("acme/widgets").repository.id == 3

    @pytest.mark.parametrize("count", [0, 1, 100, 101])
    def test_first_walk_of_a_name_takes_one_request_more_than_pages_at_most(
        self, count: int, stage: GitHubStage, source: GitHubSource
    ) -> None:
        """With all that it takes to find out which repository the name leads to."""
        stage.put(*(fact(number) for number in range(1, count + 1)))
        resolved = source.resolve("acme/widgets")
        pages = list(source.pages(resolved.repository, Checkpoint()))
        assert numbers(pages) == list(range(1, count + 1))
        taken = resolved.requests + sum(page.requests for page in pages)
        assert taken <= max(1, -(-count // 100)) + 1

    def test_threads_never_get_each_others_pages(self, stage: GitHubStage, source: GitHubSource) -> None:
        """However often they switch."""
        stage.put_repository(GADGETS)
        for repository_id in (1, 2):
            stage.put(*(fact(number, repository_id) for number in range(1, 151)))
        with ThreadPoolExecutor(8) as threads:
            read = threads.map(lambda place: list(source.pages((WIDGETS, GADGETS)[place % 2], Checkpoint())), range(24))
            for place, pages in enumerate(read):
                keys = [found.key for page in pages for found in page.facts]
                assert keys == [(place % 2 + 1, number) for number in range(1, 151)]
