"""The process: commands and the scheduler. The commands themselves are in `commands/`."""

import sys
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from commands import logs
from commands.entrance import Entrance, enter
from commands.exits import Exit
from commands.invocation import CONFIG_VARIABLE, DEFAULT_CONFIG, Invocation

app = typer.Typer(
    name="leadline",
    cls=Entrance,
    help="Qualifies leads beside Salesforce and HubSpot: who to call, why, and what to ask.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
sandbox_app = typer.Typer(help="The CRMs in a box, for trying and for development.", no_args_is_help=True)
quarantine_app = typer.Typer(help="Records that the CRM refused.", no_args_is_help=True)
report_app = typer.Typer(help="What came of it, for people to talk about.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(report_app, name="report")

Names = Annotated[list[str] | None, typer.Argument(metavar="CONNECTION", help="All when left out.")]
Port = Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="0 picks a free one.")]
Leads = Annotated[
    Path | None, typer.Option("--leads", metavar="FILE.csv", help="Leads to fill the sandbox with.")
]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE.yaml", help="What the CSV's columns mean.")
]


@app.callback()
def main_options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration file.", envvar=CONFIG_VARIABLE)
    ] = None,
    state: Annotated[
        str | None, typer.Option(metavar="URL", help="The store, instead of the configured one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Standard output carries only JSON.")] = False,
    log_level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="debug, info, warning or error.")
    ] = None,
) -> None:
    """Options that every command shares."""
    if log_level not in {None, "debug", "info", "warning", "error"}:
        raise typer.BadParameter("must be debug, info, warning or error", param_hint="--log-level")
    logs.set_up(log_level or "warning", "console")
    context.obj = Invocation(config or DEFAULT_CONFIG, state, as_json, log_level)


@app.command()
def demo(
    context: typer.Context,
    leads: Leads = None,
    mapping: Mapping = None,
    playbook: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Playbook instead of the built-in one.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Stay up, with the pages.")] = False,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep configuration and store there.")
    ] = None,
) -> None:
    """Try everything on two make-believe CRMs. Sets them up, runs passes, shows what a rep would see."""
    from commands.demo import Wishes
    from commands.demo import demo as run_demo

    _done(run_demo(context.obj, Wishes(leads, mapping, playbook, serve, keep)))


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Created where it is missing.")] = Path(),
) -> None:
    """Write a commented leadline.yaml and playbook. Never overwrites."""
    from commands.files import init as run_init

    _done(run_init(context.obj, folder))


@app.command()
def lint(
    context: typer.Context,
    playbook: Annotated[
        Path | None, typer.Argument(metavar="PLAYBOOK", help="The configured one, else the built-in one.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the page to sign, .html or .md.")
    ] = None,
) -> None:
    """Check a playbook; render the page to sign."""
    from commands.lint import lint as run_lint

    _done(run_lint(context.obj, playbook, page))


@app.command()
def schema(
    which: Annotated[Literal["config", "playbook"], typer.Argument(help="Which file it is for.")],
) -> None:
    """Print a JSON Schema for editors."""
    from commands.files import schema as run_schema

    _done(run_schema(which))


@app.command()
def check(context: typer.Context, names: Names = None) -> None:
    """Look at everything like a doctor; write nothing."""
    from commands.check import check as run_check

    _done(run_check(context.obj, names or []))


@app.command()
def setup(
    context: typer.Context,
    names: Names = None,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be done (the default).")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Do it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away again.")] = False,
) -> None:
    """Create Leadline's fields and views. Fields, permission sets, list views; group, properties, lists."""
    from commands.setup import setup as run_setup

    if plan + apply + remove > 1:
        raise typer.BadParameter("choose one of --plan, --apply, --remove")
    _done(run_setup(context.obj, names or [], "apply" if apply else "remove" if remove else "plan"))


@app.command()
def sync(
    context: typer.Context,
    names: Names = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing to the CRM.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Deliver at most so many leads.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Score as if it were TIME, or the start of a day.")
    ] = None,
) -> None:
    """Run one pass over each connection, then exit."""
    from commands.sync import sync as run_sync
    from sync.cycle import Mode

    _done(run_sync(context.obj, names or [], Mode(dry_run, full, limit), _time(as_of)))


@app.command()
def run(context: typer.Context) -> None:
    """Work on: each connection at its interval, until SIGTERM."""
    from commands.run import run as run_worker

    _done(run_worker(context.obj))


@app.command()
def status(context: typer.Context, names: Names = None) -> None:
    """Show last passes, lag, quota, what waits, what is next."""
    from commands.status import status as run_status

    _done(run_status(context.obj, names or []))


@app.command()
def explain(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="Its name in the configuration.")],
    lead_id: Annotated[
        str,
        typer.Argument(
            metavar="LEAD_ID", help="The record's id in the CRM, of 15 or 18 signs in Salesforce."
        ),
    ],
    as_of: Annotated[
        str | None, typer.Option(metavar="TIME", help="Explain as if it were TIME, or the start of a day.")
    ] = None,
) -> None:
    """Show every point of a lead, why, and what would change it."""
    from commands.explain import explain as run_explain

    _done(run_explain(context.obj, connection, lead_id, _time(as_of)))


@quarantine_app.command("list")
def quarantine_list(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="All when left out.")] = None,
) -> None:
    """List records that the CRM refused, and when they are tried again."""
    from commands.quarantine import show

    _done(show(context.obj, connection))


@report_app.command("agreement")
def report_agreement(
    context: typer.Context,
    names: Names = None,
    since: Annotated[str, typer.Option(metavar="PERIOD", help="How far back, e.g. 24h, 30d, 12w.")] = "30d",
) -> None:
    """Show the agreement kept. Response times, completeness and acceptance, by source and segment."""
    from commands.report import report_agreement as run_report

    _done(run_report(context.obj, names or [], _period(since)))


@quarantine_app.command("retry")
def quarantine_retry(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="All when left out.")] = None,
    lead_ids: Annotated[
        list[str] | None, typer.Argument(metavar="LEAD_ID", help="All when left out.")
    ] = None,
) -> None:
    """Have the next pass try refused records again."""
    from commands.quarantine import retry

    _done(retry(context.obj, connection, lead_ids or []))


@quarantine_app.command("drop")
def quarantine_drop(
    context: typer.Context,
    connection: Annotated[str | None, typer.Argument(metavar="CONNECTION", help="All when left out.")] = None,
    lead_ids: Annotated[
        list[str] | None, typer.Argument(metavar="LEAD_ID", help="All when left out.")
    ] = None,
) -> None:
    """Leave refused records alone until their verdicts change."""
    from commands.quarantine import drop

    _done(drop(context.obj, connection, lead_ids or []))


@sandbox_app.command("serve")
def sandbox_serve(
    context: typer.Context,
    salesforce: Port = 8801,
    hubspot: Port = 8802,
    leads: Leads = None,
    mapping: Mapping = None,
    generate: Annotated[int | None, typer.Option(metavar="N", min=1, help="Invent N people.")] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Go on from FILE, and keep everything there.")
    ] = None,
) -> None:
    """Serve a Salesforce org and a HubSpot portal on loopback, until stopped."""
    from commands.sandbox import Filling, serve

    _done(serve(context.obj, salesforce, hubspot, Filling(leads, mapping, generate, state)))


def _time(text: str | None) -> datetime | date | None:
    """A time with its zone, or a day, whose beginning the configured zone tells."""
    if text is None:
        return None
    with suppress(ValueError):
        return date.fromisoformat(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            "must be a time such as 2026-11-21T09:00:00Z, or a day such as 2026-11-21", param_hint="--as-of"
        ) from None
    if time.tzinfo is None:
        raise typer.BadParameter(
            "needs a zone, e.g. 2026-11-21T09:00:00Z, or a day alone", param_hint="--as-of"
        )
    return time


def _period(text: str) -> timedelta:
    from config.values import parse_duration
    from sync.clocks import KEPT

    try:
        period = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since") from None
    if not timedelta(0) < period <= KEPT:
        raise typer.BadParameter(
            f"must lie within {KEPT.days} days: so long are clocks kept", param_hint="--since"
        )
    return period


def _done(code: Exit) -> None:
    raise typer.Exit(code)


def main() -> int:
    """Run one command line and return its exit code."""
    return enter(app)


if __name__ == "__main__":
    sys.exit(main())
