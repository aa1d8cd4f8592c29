"""`leadline init`, `leadline schema`, `leadline lint`: the files an admin writes."""

from pathlib import Path
from typing import Literal

from commands import console
from commands.exits import Exit
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from config.schema import config_schema
from qualifier.playbook import Playbook

TEMPLATE = Path(__file__).parent.parent / "config" / "templates" / "leadline.yaml"


def init(folder: Path) -> Exit:
    """Write a commented leadline.yaml and playbook.yaml; never overwrite."""
    folder.mkdir(parents=True, exist_ok=True)
    written = True
    for source, target in (
        (TEMPLATE, folder / "leadline.yaml"),
        (DEFAULT_PLAYBOOK, folder / "playbook.yaml"),
    ):
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(source.read_text(encoding="utf-8"))
            console.out.print(f"wrote {target}", markup=False)
        except FileExistsError:
            console.err.print(
                f"{target} exists and was left as it is; remove it or choose another folder", markup=False
            )
            written = False
    if written:
        console.out.print(
            "Next: put the credentials into the environment, then `leadline check`, `leadline setup --plan`, "
            "`leadline sync --dry-run`. Nothing is written to a CRM while `write.mode` is off."
        )
    return Exit.OK if written else Exit.UNDONE


def schema(which: Literal["config", "playbook"]) -> Exit:
    """Print a JSON Schema for editors."""
    console.print_json(config_schema() if which == "config" else Playbook.model_json_schema())
    return Exit.OK


def lint(playbook: Path | None) -> Exit:
    """Check a playbook's schema and SQL; a fault raises ConfigFault (exit 2)."""
    loaded = load_playbook(playbook)
    console.out.print(
        f"{playbook or 'built-in playbook'}: {loaded.name} {loaded.version}: schema and SQL are in order "
        f"({len(loaded.criteria)} criteria)",
        markup=False,
    )
    return Exit.OK
