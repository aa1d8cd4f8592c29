"""What an admin's tools read and write: users, rights, list views, custom fields (salesforce.md §6)."""

from __future__ import annotations

from sandbox.salesforce.schema import Field, SObject, choice, fixed, flag, reference, sobject, text, whole


def user() -> SObject:
    """People, and the integration user among them."""
    return sobject(
        "User",
        "005",
        fixed(text("Name", 121, is_name=True)),
        text("FirstName", 40),
        text("LastName", 80, required=True),
        text("Username", 80, required=True),
        text("Email", 128, type="email", required=True),
        text("Alias", 8),
        text("Title", 80),
        flag("IsActive", default=True),
        reference("ProfileId", "Profile"),
        reference("UserRoleId", "UserRole"),
        text("TimeZoneSidKey", 40),
        text("Department", 80),
        choice("UserType", ("Standard", "AutomatedProcess"), default="Standard"),
    )


def group() -> SObject:
    """Queues and public groups."""
    return sobject(
        "Group",
        "00G",
        text("Name", 40, required=True, is_name=True),
        text("DeveloperName", 80),
        choice("Type", ("Queue", "Regular", "Role"), default="Queue"),
        text("Email", 128, type="email"),
    )


def profile() -> SObject:
    """Profiles: only their names matter here."""
    return sobject("Profile", "00e", text("Name", 255, required=True, is_name=True))


def organization() -> SObject:
    """The org itself."""
    return sobject(
        "Organization",
        "00D",
        text("Name", 80, is_name=True),
        text("OrganizationType", 40),
        text("InstanceName", 5),
        flag("IsSandbox"),
        text("TimeZoneSidKey", 40),
        text("DefaultLocaleSidKey", 40),
        createable=False,
    )


def record_type() -> SObject:
    """Record types."""
    return sobject(
        "RecordType",
        "012",
        text("Name", 80, required=True, is_name=True),
        text("DeveloperName", 80, required=True),
        text("SobjectType", 40, required=True),
        flag("IsActive", default=True),
    )


def lead_status() -> SObject:
    """§3.1: the values of Lead.Status, and which one means converted."""
    return sobject(
        "LeadStatus",
        "01J",
        text("MasterLabel", 255, is_name=True),
        text("ApiName", 255),
        whole("SortOrder"),
        flag("IsDefault"),
        flag("IsConverted"),
        createable=False,
    )


def member_status() -> SObject:
    """Which member statuses count as a response, for each campaign."""
    return sobject(
        "CampaignMemberStatus",
        "01Y",
        reference("CampaignId", "Campaign", required=True),
        text("Label", 765, required=True),
        whole("SortOrder"),
        flag("IsDefault"),
        flag("HasResponded"),
        lookups=("CampaignId",),
    )


def permission_set() -> SObject:
    """§6."""
    return sobject(
        "PermissionSet",
        "0PS",
        text("Name", 80, required=True),
        text("Label", 80, required=True),
        text("Description", 255),
        flag("IsOwnedByProfile"),
        reference("ProfileId", "Profile"),
        reference("LicenseId", "PermissionSetLicense", "UserLicense", relationship="License"),
    )


def permission_set_assignment() -> SObject:
    """§6."""
    return sobject(
        "PermissionSetAssignment",
        "0Pa",
        reference("PermissionSetId", "PermissionSet", required=True, updateable=False),
        reference("AssigneeId", "User", required=True, updateable=False),
        lookups=("PermissionSetId", "AssigneeId"),
    )


def object_permissions() -> SObject:
    """§6."""
    return sobject(
        "ObjectPermissions",
        "110",
        reference("ParentId", "PermissionSet", required=True, updateable=False),
        text("SobjectType", 80, required=True, updateable=False),
        flag("PermissionsRead"),
        flag("PermissionsCreate"),
        flag("PermissionsEdit"),
        flag("PermissionsDelete"),
        flag("PermissionsViewAllRecords"),
        flag("PermissionsModifyAllRecords"),
        lookups=("ParentId",),
    )


def field_permissions() -> SObject:
    """§6: field-level security."""
    return sobject(
        "FieldPermissions",
        "01k",
        reference("ParentId", "PermissionSet", required=True, updateable=False),
        text("SobjectType", 80, required=True, updateable=False),
        text("Field", 255, required=True, updateable=False),
        flag("PermissionsRead"),
        flag("PermissionsEdit"),
        lookups=("ParentId",),
    )


def list_view() -> SObject:
    """§6: as SOQL sees list views."""
    return sobject(
        "ListView",
        "00B",
        text("Name", 40, is_name=True),
        text("DeveloperName", 80),
        text("SobjectType", 40),
        flag("IsSoqlCompatible", default=True),
        createable=False,
    )


def custom_field() -> SObject:
    """§6: Tooling only. `Metadata` and `FullName` come when the query returns one row."""
    return sobject(
        "CustomField",
        "00N",
        text("DeveloperName", 40),
        text("TableEnumOrId", 80),
        text("NamespacePrefix", 15),
        Field("FullName", "string", length=255, filterable=False),
        Field("Metadata", "complexvalue", filterable=False),
    )


def all_setup() -> dict[str, SObject]:
    """Fresh copies of the objects of the data API, by name."""
    made = (
        user(),
        group(),
        profile(),
        organization(),
        record_type(),
        lead_status(),
        member_status(),
        permission_set(),
        permission_set_assignment(),
        object_permissions(),
        field_permissions(),
        list_view(),
    )
    return {one.name: one for one in made}


def all_tooling() -> dict[str, SObject]:
    """Fresh copies of the objects of the Tooling API alone, by name."""
    return {"CustomField": custom_field()}
