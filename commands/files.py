"""`leadline init`, `leadline schema`: the files an admin writes."""

import shlex
from pathlib import Path
from typing import Literal

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import Unusable
from config.playbook_file import DEFAULT_PLAYBOOK
from config.schema import config_schema, playbook_schema

TEMPLATE = Path(__file__).parent.parent / "config" / "templates" / "leadline.yaml"
NEXT = """\
Next: put the credentials into the environment, then
{enter}  leadline check             says what is missing
  leadline setup --plan      shows the fields to create; --apply creates them
  leadline sync --dry-run    scores, and writes nothing
Nothing is written to a CRM while `write.mode` is off."""


def init(invocation: Invocation, folder: Path) -> Exit:
    """Write a commented leadline.yaml and playbook.yaml; never overwrite. Raises Unusable."""
    wanted = {folder / "leadline.yaml": TEMPLATE, folder / "playbook.yaml": DEFAULT_PLAYBOOK}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = [target for target, source in wanted.items() if _write_new(target, source)]
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise Unusable(f"{folder}: cannot be written ({reason}); choose a folder that is yours") from None
    kept = [target for target in wanted if target not in written]
    if invocation.json:
        console.print_json({"written": list(map(str, written)), "kept": list(map(str, kept))})
    else:
        for target in written:
            console.out.print(f"wrote {target}", markup=False, soft_wrap=True)
        if not kept:
            elsewhere = folder.resolve() != Path.cwd()
            enter = f"  cd {shlex.quote(str(folder))}\n" if elsewhere else ""
            console.out.print(NEXT.format(enter=enter), markup=False, soft_wrap=True)
    for target in kept:
        console.err.print(
            f"{target} exists and was left as it is; remove it or choose another folder",
            markup=False,
            soft_wrap=True,
        )
    return Exit.UNDONE if kept else Exit.OK


def _write_new(target: Path, source: Path) -> bool:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(source.read_text(encoding="utf-8"))
    except FileExistsError:
        return False
    return True


def schema(which: Literal["config", "playbook"]) -> Exit:
    """Print a JSON Schema for editors."""
    console.print_json(config_schema() if which == "config" else playbook_schema())
    return Exit.OK
