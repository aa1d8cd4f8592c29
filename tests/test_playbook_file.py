"""The playbook file: the built-in one loads, and each fault is one sentence with its line."""

from pathlib import Path

import pytest

from config.faults import ConfigFault
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from qualifier.verdict import BUILT_IN_TAGS

BROKEN = {
    'points: 8, because: "{employees} people"': (
        'points: many, because: "{employees} people"',
        "criteria[0].signals[1].points",
    ),
    "hysteresis: 2": ("hysteresiss: 2", "did you mean 'hysteresis'"),
    "employees BETWEEN 50": ("employes BETWEEN 50", "employes is no fact; did you mean 'employees'"),
    "[pricing_page], points: 3": ("[pricing_pag], points: 3", "'pricing_pag' is no kind of touch"),
    "{id: size,": ("{id: industry,", "occurs twice"),
    "hot: {score: 70": ("hot: {scor: 70", "segments.hot.score: is missing"),
    "respond: {hot: 15m": ("respond: {hot: soon", "agreement.respond.hot"),
    "cadence_days: 1\n": ("cadence_days: 0\n", "tracks[0].cadence_days"),
    "axis: engagement": ("axis: mood", "criteria[4]"),
    "market: b2b": ("market: b2x", "market"),
    "works in {industry}": ("works in {industri}", "{industri} is no fact; did you mean 'industry'?"),
    "chief|ceo|cto": ("chief|(ceo|cto", "is no pattern that can be searched for; write words divided by |"),
    "How does {company} usually": ("How does {firm} usually", "{firm} is no fact"),
    "mon-fri 9-18": (
        "mon-fry 9-18",
        "agreement.calendar.hours: hours 'mon-fry 9-18': no day is called 'fry'",
    ),
    "holidays: none}": (
        "holidays: XX}",
        "holidays 'XX': unknown country 'XX'; write 'none', 'DE' or 'DE-BY'",
    ),
    "zone: configured": ("zone: Europe/Berln", "did you mean 'Europe/Berlin'?"),
    "slow|down|outages?": ("slow|down|(outages?", "is no regular expression"),
    'because: "careers page"': ('because: "{tuch}"', "{tuch} is no fact; did you mean 'touch'?"),
}


def test_the_built_in_playbook_loads() -> None:
    playbook = load_playbook()
    assert (playbook.reach("fit"), playbook.reach("engagement")) == (62, 38)
    assert len(playbook.label) <= 40
    assert playbook.vocabulary()["Tags"] == BUILT_IN_TAGS
    assert playbook.vocabulary()["Track"][0] == "call"
    assert hash(playbook) == hash(load_playbook(DEFAULT_PLAYBOOK))


def test_the_content_hash_is_about_content(tmp_path: Path) -> None:
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    changed = tmp_path / "playbook.yaml"
    changed.write_text(text.replace('version: "1.0"', 'version: "2.0"'), encoding="utf-8")
    assert load_playbook(changed).content_hash == load_playbook().content_hash
    changed.write_text(text.replace("points: 3, cap: 6", "points: 4, cap: 6"), encoding="utf-8")
    assert load_playbook(changed).content_hash != load_playbook().content_hash


@pytest.mark.parametrize("sound", BROKEN)
def test_a_fault_names_line_key_and_what_is_allowed(sound: str, tmp_path: Path) -> None:
    broken, said = BROKEN[sound]
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    assert sound in text
    file = tmp_path / "playbook.yaml"
    file.write_text(text.replace(sound, broken, 1), encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    assert said in str(fault.value)
    line = text[: text.index(sound)].count("\n") + 1
    assert any(abs(part.line - line) <= 8 for part in fault.value.faults)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    file = tmp_path / "playbook.yaml"
    file.write_text(text.replace("solution = ", "solutoin = "), encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    assert len(fault.value.faults) == 6
    assert all("did you mean 'solution'" in part.message for part in fault.value.faults)
