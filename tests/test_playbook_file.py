"""The playbook file: the built-in one loads, and each fault is one sentence with its line."""

import json
import re
from pathlib import Path

import pytest

from config.faults import ConfigFault
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from config.playbook_sentences import SHAPES
from qualifier.playbook import Playbook
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
    "{industry} company": ("{industri} company", "{industri} is no fact; did you mean 'industry'?"),
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
    "gdpr|audit": ("(?<!no )gdpr|audit", "needs.compliance.pattern: is no regular expression (look-around"),
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


def refused(sound: str, broken: str, folder: Path) -> tuple[ConfigFault, int]:
    """What is said of the built-in playbook with one place broken, and the line of that place."""
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    assert sound in text
    file = folder / "playbook.yaml"
    file.write_text(text.replace(sound, broken, 1), encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    return fault.value, text[: text.index(sound)].count("\n") + 1


@pytest.mark.parametrize("sound", BROKEN)
def test_a_fault_names_line_key_and_what_is_allowed(sound: str, tmp_path: Path) -> None:
    broken, said = BROKEN[sound]
    fault, line = refused(sound, broken, tmp_path)
    assert said in str(fault)
    assert any(abs(part.line - line) <= 8 for part in fault.faults)


WORDED = {
    "points: 8, because": ("points: eight, because", "is 'eight', must be a whole number"),
    "points: 6, because": ("points: 400, because", "is '400', must be at most 99"),
    "market: b2b": ("market: b2", "is 'b2', must be b2b or b2c; did you mean"),
    "axis: engagement": ("axis: mood", "criteria[4].axis: is 'mood', must be fit or engagement"),
    "{id: size,": ("{id: Size!,", "is 'Size!', must be a name of small letters, digits and hyphens"),
    "respond: {hot: 15m": ("respond: {hot: soon", "is 'soon', must be business time such as 15m, 4h or 1d"),
    "by_owner: false": ("by_owner: maybe", "is 'maybe', must be true or false"),
    "complete: 0.6": ("complete: sixty", "is 'sixty', must be a number"),
    "half_life_days: 45": ("half_life_days: inf", "is 'inf', must be a finite number"),
    "half_life_days: 14": ("half_life_days: 1e-320", "is '1e-320', must be at least 0.01"),
    "whole_days: 180": ("whole_days: 1e9", "is '1e9', must be at most 3650"),
    "within_days: 7": ("within_days: 1000000", "is '1000000', must be at most 3650"),
    "score: 70": ("score: 99999999999999999999", "is '99999999999999999999', must be at most 999"),
    "# reviewed: 2026-01-01": ("reviewed: spring", "is 'spring', must be a day such as 2026-01-31"),
    "fit: [75, 50, 25]": ("fit: [75, 50]", "grades.fit[2]: is missing"),
    "tracks:": ("tracks: many\nold:", "tracks: is 'many', must be a list"),
    '    goal: "talk while': ('    channels: []\n    goal: "talk while', "tracks[0].channels"),
}
PYDANTIC = re.compile(r"[Ii]nput|tuple|dictionary|string|boolean|integer|instance")
PATTERNS = re.compile(r"\^|\$|\{0,")


@pytest.mark.parametrize("sound", WORDED)
def test_a_value_of_the_wrong_kind_is_quoted_beside_what_is_expected(sound: str, tmp_path: Path) -> None:
    broken, said = WORDED[sound]
    fault, line = refused(sound, broken, tmp_path)
    assert any(said in str(part) for part in fault.faults), str(fault)
    assert min(abs(part.line - line) for part in fault.faults) <= 1
    for part in fault.faults:
        assert not PYDANTIC.search(part.message)
        assert not PATTERNS.search(part.message)


MISSPELT = {
    "\nsegments:": ("\nsegment:", "did you mean 'segments'?"),
    "\nneeds:": ("\nneed:", "did you mean 'needs'?"),
    "{id: reactive, when:": ("{id: reactive, whens:", "did you mean 'when'?"),
    "touches: [pricing_page], points": ("touch: [pricing_page], points", "did you mean 'touches'?"),
    "\nminus:": ("\nfacts: {seats: {kinds: number}}\nminus:", "did you mean 'kind'?"),
    "score: {low: 1,": ("score: {segments: 1,", "; allowed here: low, high"),
}


@pytest.mark.parametrize("sound", MISSPELT)
def test_a_misspelt_key_is_compared_with_the_keys_of_its_level(sound: str, tmp_path: Path) -> None:
    broken, said = MISSPELT[sound]
    fault, _ = refused(sound, broken, tmp_path)
    assert [part.message for part in fault.faults if "is not a key" in part.message] == [
        f"is not a key of the playbook{'' if said.startswith(';') else '; '}{said}"
    ]


def test_a_wrong_word_in_a_list_is_one_fault(tmp_path: Path) -> None:
    fault, _ = refused("stage: [decision", "stage: [decison", tmp_path)
    (part,) = fault.faults
    assert part.key == "tracks[1].stage[0]"
    assert "did you mean 'decision'?" in part.message


def test_every_pattern_of_the_playbook_has_its_words() -> None:
    said = json.dumps(Playbook.model_json_schema())
    patterns = set(re.findall(r'"(\^(?:[^"\\]|\\.)*)"', said))
    assert patterns == {json.dumps(pattern)[1:-1] for pattern in SHAPES}


def test_faults_of_shape_and_of_conditions_are_told_together(tmp_path: Path) -> None:
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    for old, new in (
        ("points: 8, because", "points: eight, because"),
        ("solution = 'none'", "solutoin = 'none'"),
        ("cadence_days: 1\n", "cadence_days: often\n"),
    ):
        assert old in text
        text = text.replace(old, new)
    own = (
        "facts: {seats: {kind: number, evidence: profile, meaning: s}}\ntags: [{id: big, when: seats > 9}]\n"
    )
    file = tmp_path / "playbook.yaml"
    file.write_text(text + own, encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    said = str(fault.value)
    assert "is 'eight'" in said
    assert "is 'often'" in said
    assert said.count("did you mean 'solution'") == text.count("solutoin")
    assert "seats" not in said, "facts of one's own are known"
    file.write_text(text + own.replace("number,", "numeral,"), encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    assert "is 'numeral', must be text, word" in str(fault.value)
    assert "solutoin" not in str(fault.value), "what is no fact cannot be said before"


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
    file = tmp_path / "playbook.yaml"
    file.write_text(text.replace("solution = ", "solutoin = "), encoding="utf-8")
    with pytest.raises(ConfigFault) as fault:
        load_playbook(file)
    assert len(fault.value.faults) == 6
    assert all("did you mean 'solution'" in part.message for part in fault.value.faults)
