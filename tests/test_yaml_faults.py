"""A text that is no YAML: the line to mend is named, not the one where the parser gave up, in plain words."""

from pathlib import Path

import pytest

from config.faults import ConfigFault
from config.yaml_source import parse

SOUND = """\
# The settings.
playbook: playbook.yaml

timezone: UTC

# "Connections" are CRMs.
connections:
  - {name: one, crm: "hubspot"}
  - name: two
    every: 2m
web:
  port: 8787
  token: "secret"
log: {level: info}
"""
NO_SPACE = "usually the space after its colon is missing"
BROKEN = {
    "timezone:UTC": ("timezone: UTC", NO_SPACE),
    "timezone UTC": ("timezone: UTC", NO_SPACE),
    "- name:two": ("- name: two", NO_SPACE),
    "every:2m": ("every: 2m", NO_SPACE),
    "port:8787": ("port: 8787", NO_SPACE),
    'timezone: "UTC': ("timezone: UTC", "the quote that opens here closes only on line 6"),
    "timezone: 'UTC": ("timezone: UTC", "the quote that opens here is never closed"),
    'crm: "hubspot}': ('crm: "hubspot"}', "the quote that opens here closes only on line 13"),
    'token: "secret': ('token: "secret"', "the quote that opens here is never closed"),
    "{name: one, crm: hubspot": ('{name: one, crm: "hubspot"}', "the bracket that opens here is not closed"),
    "{name: one crm: hubspot}": ('{name: one, crm: "hubspot"}', "or a comma is missing in it"),
    "  timezone: UTC": ("timezone: UTC", "or indent this line like its neighbours"),
    " - name: two": ("  - name: two", "indented differently"),
    "timezone: a: b": ("timezone: UTC", "a colon too many: put the value in quotes"),
    "timezone: @here": ("timezone: UTC", "a value that begins with @ must stand in quotes"),
    "timezone: *": ("timezone: UTC", "a value that begins with * must stand in quotes"),
    "\tport: 8787": ("  port: 8787", "a tab stands where YAML wants spaces"),
    'timezone: "U" TC': ("timezone: UTC", "put the whole value in quotes"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_mistake_is_told_at_the_line_to_mend(broken: str) -> None:
    sound, says = BROKEN[broken]
    with pytest.raises(ConfigFault) as refused:
        parse(Path("leadline.yaml"), SOUND.replace(sound, broken, 1), ())
    (fault,) = refused.value.faults
    assert says in fault.message
    assert fault.line == SOUND[: SOUND.index(sound)].count("\n") + 1
