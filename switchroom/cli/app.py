"""The commands, and nothing but their options: what they do is in the modules they import."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from switchroom.errors import ConfigError, SwitchroomError

if TYPE_CHECKING:
    from switchroom.config import Config

app = typer.Typer(
    help="Switchroom, a programmable telephone exchange.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="settings file; default: $SWITCHROOM_CONFIG, else ./switchroom.toml")
]
# Options of a command that belong to the program it hands over to, its --help too.
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command()
def run(config: ConfigOption = None) -> None:
    """Start the exchange in the foreground; Ctrl-C ends it."""
    from switchroom.cli.run import run_exchange

    raise typer.Exit(run_exchange(config))


@app.command(context_settings={**HANDED_ON, "help_option_names": []})
def call(context: typer.Context) -> None:
    """Call a SIP URI and listen for the echo: switchroom call sip:600@127.0.0.1."""
    _hand_over("sip_frontend.phone", context.args or ["--help"])


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="default: the file that would be used")] = None,
    config: ConfigOption = None,
) -> None:
    """Check the settings: names file, key and fix of the first thing wrong."""
    from switchroom.cli.here import missing_here
    from switchroom.config import find_file

    path = file or config
    loaded = _load(path)
    used = find_file(path, os.environ)
    for missing in missing_here(loaded, str(used or "built-in defaults")):
        typer.echo(f"for processes on this machine: {missing}")
    typer.echo(f"{used}: good" if used is not None else "no settings file: the built-in defaults are used")


@app.command()
def status(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="everything each process says, as JSON")] = False,
) -> None:
    """Ask every process how it is."""
    from switchroom.cli.status import show_status

    raise typer.Exit(show_status(_load(config), as_json))


@app.command()
def trace(
    about: Annotated[str, typer.Argument(metavar="CALL|NUMBER", help="call id, SIP Call-ID, or a number")],
    config: ConfigOption = None,
    whole: Annotated[bool, typer.Option("--messages", help="the messages too, without credentials")] = False,
) -> None:
    """Print the SIP messages of a call and what was said about its media as a ladder, while the frontends keep them."""
    from switchroom.cli.trace import show_trace

    raise typer.Exit(show_trace(_load(config), about, whole))


@app.command()
def tone(
    description: Annotated[str, typer.Argument(help='such as "350+440*0.5:1000"')],
    file: Annotated[Path, typer.Argument(help="WAV file; a tone is added behind what is there")],
) -> None:
    """Write a tone to a WAV file, 8 kHz mono."""
    from switchroom import tones

    tones.generate(description, file)


@app.command()
def keys(
    names: Annotated[list[str] | None, typer.Argument(help="processes that may join over tcp")] = None,
    config: ConfigOption = None,
) -> None:
    """Make the keys for tcp:// endpoints of the bus."""
    from switchroom.bus import make_keys
    from switchroom.bus.curve import ANY_CLIENT

    folder = Path(_load(config).bus.key_dir)
    made = make_keys(folder, names or [ANY_CLIENT])
    typer.echo("\n".join(f"made {path}" for path in made) or f"nothing to do: {folder} has them all")


@app.command(context_settings={**HANDED_ON, "help_option_names": []})
def worker(context: typer.Context) -> None:
    """Run call scripts: switchroom worker examples/echo.py."""
    _hand_over("call_workers", context.args)


def main() -> None:
    """Errors made on purpose are one line for the user, not a traceback."""
    try:
        app()
    except ConfigError as error:
        _stop(error, 2)
    except SwitchroomError as error:
        _stop(error, 1)


def _load(path: Path | None) -> Config:
    from switchroom.config import load_config

    return load_config(path, os.environ)


def _hand_over(module: str, arguments: list[str]) -> None:
    """Become that program: its signals and its exit status are then its own."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


def _stop(error: SwitchroomError, code: int) -> None:
    print(f"switchroom: {error}", file=sys.stderr)
    sys.exit(code)
