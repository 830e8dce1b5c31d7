"""`linernotes secrets …`: the passwords and keys of an installation of containers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from functions.runtime.named_places import absolute_path
from infra.cli.output import Json, note, notify, place, print_json
from infra.deploy.secrets import CONTAINER_USER, Secrets, make_secrets

secrets = typer.Typer(help="The passwords and keys of an installation of containers.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(parser=place, metavar="[FOLDER]", help="Where they are to be; ./secrets.")]


@secrets.callback()
def _commands() -> None:
    """Without it, the only command would be taken for the group itself."""


@secrets.command()
def init(folder: Folder = Path("secrets"), as_json: Json = False) -> None:
    """Draw every password and key that is missing, each into a file for its owner only. What is there stays.

    Run as root, it gives them to user 1000, who runs the containers. Example: linernotes secrets init
    """
    made = make_secrets(absolute_path(str(folder)))
    if as_json:
        print_json(made)
        return
    notify(f"{made.folder}: {len(made.made)} made, {len(made.kept)} kept. Only user {made.user} can read them.")
    if hint := _whose(made):
        note(hint)


def _whose(made: Secrets) -> str:
    """What has to be set where another user than that of the image owns the files."""
    if made.user == made.group == CONTAINER_USER:
        return ""
    return (
        "The containers have to run as their owner. Put these two lines into .env beside compose.yml:\n"
        f"LINERNOTES_UID={made.user}\nLINERNOTES_GID={made.group}"
    )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(secrets, name="secrets")
