"""What a verdict says: every field that Leadline writes, and every field that a rep answers in.

One table serves all: `qualify()` fills these columns, `setup` creates them in the CRM, `deliver` decides by
`weight` whether a change is worth a write. Source: the outside contract, "What is written to a lead".
"""

from dataclasses import dataclass
from typing import Literal

from qualifier.facts import FACTS

FieldKind = Literal["number", "text", "long_text", "pick", "multi_pick", "date", "instant"]
Weight = Literal["at_once", "rider", "silent"]
"""at_once: a change is delivered now; rider: travels along, alone once a day; silent: never a reason."""


@dataclass(frozen=True, slots=True)
class Output:
    """A CRM field of our own. `name` as in the contract (`Respond_By`), `column` in verdict frames."""

    name: str
    kind: FieldKind
    label: str
    help: str
    weight: Weight = "at_once"
    minimal: bool = False
    length: int = 0
    low: int = 0
    high: int = 0
    values: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The snake-case column name, e.g. `respond_by`."""
        return self.name.lower()


SEGMENTS = ("hot", "warm", "cold", "excluded")
STAGES = ("unknown", "awareness", "consideration", "decision")
PHASES = ("triaged", "contacted", "discovery", "verdict")
PROPOSALS = ("none", "qualified", "nurture", "not_now")
SLA_STATES = ("none", "due", "at_risk", "met", "breached")
DATA_STATES = ("good", "thin", "conflict", "stale")
CAPACITIES = ("proven", "similar", "first_time", "unknown")
NEED_KINDS = ("reactive", "preventive", "growth", "compliance", "unknown")
EXCLUSIONS = ("test", "bounced", "employee", "competitor", "embargo", "profiling", "unreachable")
"""The closed list of reasons; the tag is `excluded:<reason>`."""
BUILT_IN_TAGS = ("customer", "came_back", *(f"excluded:{reason}" for reason in EXCLUSIONS))

OUTPUTS: tuple[Output, ...] = (
    Output(
        "Score", "number", "Score", "Priority, 1 to 99. Empty when excluded.", minimal=True, low=1, high=99
    ),
    Output("Segment", "pick", "Segment", "How urgent this lead is.", minimal=True, values=SEGMENTS),
    Output(
        "Respond_Rank",
        "number",
        "Respond rank",
        "Sort by this column: smaller is sooner.",
        weight="rider",
        minimal=True,
        low=0,
        high=9999,
    ),
    Output("Grade", "text", "Grade", "Fit letter A to D, engagement digit 1 to 4.", length=2),
    Output(
        "Fit", "number", "Fit", "How well the company and person fit, 0 to 100.", weight="rider", high=100
    ),
    Output(
        "Engagement", "number", "Engagement", "How active the lead is, 0 to 100.", weight="rider", high=100
    ),
    Output(
        "Change_7d",
        "number",
        "Change in 7 days",
        "Score now less score a week ago.",
        weight="rider",
        low=-99,
        high=99,
    ),
    Output(
        "Why", "text", "Why", "The strongest reasons for the score.", weight="rider", minimal=True, length=255
    ),
    Output(
        "Why_Changed",
        "text",
        "Why it changed",
        "What moved the score since the last write.",
        weight="rider",
        length=255,
    ),
    Output(
        "Breakdown",
        "long_text",
        "Breakdown",
        "Every point, one per line; the lines sum to the score.",
        weight="rider",
        length=8000,
    ),
    Output(
        "Stage",
        "pick",
        "Buying stage",
        "Where the lead is on the way to buying.",
        minimal=True,
        values=STAGES,
    ),
    Output("Stage_Since", "date", "Stage since", "When this stage began.", weight="rider"),
    Output("Need", "multi_pick", "Need", "Kinds of need known so far.", values=NEED_KINDS),
    Output(
        "Capacity",
        "pick",
        "Capacity to buy",
        "Seen from buying history, never from a budget.",
        values=CAPACITIES,
    ),
    Output(
        "Ask_Next", "text", "Ask next", "The questions whose answers matter most.", minimal=True, length=255
    ),
    Output(
        "Evidence",
        "number",
        "Evidence",
        "Discovery slots known: need, goal, role, capacity, timing.",
        minimal=True,
        high=5,
    ),
    Output("Phase", "pick", "Phase", "How far discovery has come.", values=PHASES),
    Output("Proposal", "pick", "Proposal", "Proposed after a conversation; you decide.", values=PROPOSALS),
    Output("Proposal_Why", "text", "Proposal: why", "The reason for the proposal.", length=255),
    Output(
        "Respond_By",
        "instant",
        "Respond by",
        "From the sales-marketing agreement, in business hours.",
        minimal=True,
    ),
    Output("SLA", "pick", "Response", "Where the response stands.", minimal=True, values=SLA_STATES),
    Output("Hand_Raise_At", "instant", "Hand raised at", "Last time the lead asked to be contacted."),
    Output(
        "Last_Touch_At",
        "instant",
        "Last touch at",
        "Newest human touch, hand-raise or reply.",
        weight="rider",
    ),
    Output("Track", "pick", "Nurture track", "Which track the lead is on.", minimal=True),
    Output("Next_Touch", "date", "Next touch", "When the track wants the next touch.", weight="rider"),
    Output("Tags", "multi_pick", "Tags", "Segment tags.", minimal=True),
    Output(
        "Group_Size",
        "number",
        "Buying group",
        "People of this company active in 30 days.",
        weight="rider",
        high=9999,
    ),
    Output(
        "Group_Line", "text", "Buying group: who", "Roles seen and roles missing.", weight="rider", length=255
    ),
    Output("Data", "pick", "Data", "How much the score rests on.", minimal=True, values=DATA_STATES),
    Output("Playbook", "text", "Playbook", "The version that scored it.", weight="rider", length=40),
    Output("Scored_At", "instant", "Scored at", "When this was last written.", weight="silent", minimal=True),
)
"""`Track` and `Tags` take their values from the playbook (`Playbook.vocabulary()`)."""

EXCLUDED_KEEPS = ("Segment", "Tags", "Why", "Respond_Rank", "Playbook", "Scored_At")
"""The only fields filled for an excluded lead; all others are cleared."""

REP_FIELDS: tuple[Output, ...] = (
    Output("Answer_Need", "pick", "Answer: need", "What kind of need?", values=FACTS["answer_need"].values),
    Output(
        "Answer_Goal",
        "pick",
        "Answer: goal",
        "What do they want to reach?",
        values=FACTS["answer_goal"].values,
    ),
    Output(
        "Answer_Role",
        "pick",
        "Answer: role",
        "Their part in the decision?",
        values=FACTS["answer_role"].values,
    ),
    Output(
        "Answer_Capacity",
        "pick",
        "Answer: capacity",
        "What do they use today?",
        values=FACTS["answer_capacity"].values,
    ),
    Output(
        "Answer_Timing",
        "pick",
        "Answer: timing",
        "When do they want to act?",
        values=FACTS["answer_timing"].values,
    ),
    Output(
        "Verdict",
        "pick",
        "Your verdict",
        "Yours alone; Leadline never writes it.",
        values=FACTS["verdict"].values,
    ),
    Output("Feedback", "pick", "Feedback", "Was the score right?", values=FACTS["feedback"].values),
    Output("Feedback_Reason", "pick", "Feedback: reason", "Why not?", values=FACTS["feedback_reason"].values),
    Output(
        "Override",
        "pick",
        "Override",
        "Your segment; it stands while it runs.",
        values=FACTS["override"].values,
    ),
    Output("Override_Until", "date", "Override until", "Last day; 30 days when empty."),
)
"""Created by setup, read by Leadline, never written. Their `column` is the fact they fill."""
