"""What is read of an org: seven kinds of record, in the order in which a pass reads them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record: where it is read, which columns, and what of it counts."""

    sobject: str
    columns: tuple[str, ...]
    where: str = ""
    with_deleted: bool = False


LEAD_COLUMNS = (
    "CreatedDate",
    "CreatedById",
    "IsConverted",
    "IsDeleted",
    "MasterRecordId",
    "OwnerId",
    "Email",
    "Website",
    "Description",
    "LeadSource",
)
ACTIVITY_COLUMNS = ("WhoId", "OwnerId", "Type", "CreatedDate", "IsDeleted")
STREAMS: Mapping[str, Stream] = {
    "company": Stream("Account", ("Name", "Website")),
    # Not only won ones: a deal that is lost or reopened after all has to be seen too.
    "deal": Stream("Opportunity", ("AccountId", "IsWon", "CloseDate", "IsDeleted"), with_deleted=True),
    # Deleted and merged leads come with the others (§2.5): no extra call for them.
    "lead": Stream("Lead", LEAD_COLUMNS, with_deleted=True),
    "campaign_member": Stream(
        "CampaignMember",
        (
            "LeadId",
            "IsDeleted",
            "HasResponded",
            "FirstRespondedDate",
            "CreatedDate",
            "Campaign.Name",
            "Campaign.Type",
        ),
        where="HasResponded = true AND LeadId != null",
        with_deleted=True,
    ),
    "task": Stream(
        "Task",
        (
            *ACTIVITY_COLUMNS,
            "TaskSubtype",
            "IsClosed",
            "CallType",
            "CallDurationInSeconds",
            "CallDisposition",
            "CompletedDateTime",
        ),
        where="IsClosed = true AND Who.Type = 'Lead'",
        with_deleted=True,
    ),
    "event": Stream(
        "Event",
        (
            *ACTIVITY_COLUMNS,
            "StartDateTime",
            "EndDateTime",
            "ActivityDateTime",
            "IsChild",
            "IsRecurrence",
        ),
        where="Who.Type = 'Lead'",
        with_deleted=True,
    ),
    "email": Stream(
        "EmailMessageRelation",
        (
            "RelationId",
            "RelationType",
            "CreatedDate",
            "CreatedById",
            "EmailMessage.Incoming",
            "EmailMessage.MessageDate",
            "EmailMessage.Status",
            "EmailMessage.FirstOpenedDate",
        ),
        where="RelationObjectType = 'Lead'",
    ),
}
"""Companies and deals first, touches after leads."""
DESCRIBED = (*dict.fromkeys(stream.sobject for stream in STREAMS.values()), "Campaign", "EmailMessage")
"""Every object whose fields are selected."""
