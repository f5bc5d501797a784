"""`github-tracker forget`: replace a person by a pseudonym."""

import secrets

import click

from github_tracker.application.forget_author import ForgetAuthor, ForgettingPlan, FreshPseudonym
from github_tracker.entrypoints.cli.collect import who
from github_tracker.entrypoints.cli.session import container_for, settings_for
from github_tracker.entrypoints.cli.wording import count_of

_PSEUDONYM_BYTES = 4
_LEAST_PSEUDONYMOUS_ID = 2**62
"""Far above every id that GitHub gives, so that none is ever taken for an account's."""

_EXAMPLES = """\b
Examples:
  github-tracker forget alice --dry-run
  github-tracker forget alice --yes"""


@click.command("forget", epilog=_EXAMPLES, short_help="Replace a person by a pseudonym, for good.")
@click.argument("login")
@click.option("--dry-run", "is_dry_run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Do not ask.")
@click.pass_obj
def command(is_demo: bool, login: str, is_dry_run: bool, is_confirmed: bool) -> None:
    """Replace LOGIN, with all other logins and the numeric id of that account, by a random pseudonym.

    Titles and head branches of their pull requests are removed; all versions of the roster are rewritten; no figure of
    any team changes. The account is recognised when it is collected again, and stays forgotten. It cannot be undone. A
    roster file that still names the login is refused from then on: put the pseudonym there. Backups, logs and the
    database's own log are not touched.
    """
    fresh = FreshPseudonym(
        login=f"forgotten-{secrets.token_hex(_PSEUDONYM_BYTES)}",
        first_id=_LEAST_PSEUDONYMOUS_ID + secrets.randbelow(_LEAST_PSEUDONYMOUS_ID - 1000),
    )
    with container_for(is_demo, settings_for(is_demo)) as container:
        forget: ForgetAuthor = container.resolve(ForgetAuthor)
        plan = forget.plan(login, fresh, who())
        click.echo(_summary(login, plan))
        if is_dry_run:
            click.echo("Nothing was changed.")
        elif is_confirmed or click.confirm("This cannot be undone. Forget this person?"):
            forget(plan)
            click.echo(f"Forgotten. Where a roster file names them, write {fresh.login} instead.")
        else:
            click.echo("Nothing was changed.")


def _summary(login: str, plan: ForgettingPlan) -> str:
    forgetting, result = plan.order.forgetting, plan.result
    known = f"{count_of(len(forgetting.logins), 'login')} and {count_of(len(forgetting.ids), 'numeric id')}"
    facts, shares = count_of(result.facts_changed, "pull request"), count_of(result.shares_changed, "share")
    entries = count_of(result.memberships_changed, "roster entry")
    return (
        f"{login} is known by {known}: {facts} without login, id, title and head branch; {shares} and {entries} under "
        "a pseudonym. No figure of a team changes."
    )
