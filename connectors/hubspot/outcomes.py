"""What follows from HubSpot's answers. Evidence: fact sheet §1.1 login, §4 status classes, §5 limits."""

from connectors.outcomes import TRANSPORT_ROWS, Consequence, Row, Trouble, classify

DAILY = "DAILY"
SECONDLY = "SECONDLY"
TEN_SECONDLY = "TEN_SECONDLY_ROLLING"
MISSING_SCOPES = "MISSING_SCOPES"
ANSWER_LOST = "ANSWER_LOST"
"""Our own code: HubSpot may have carried out a write that it did not confirm."""

PAUSE_SECONDS = {SECONDLY: 1.0, TEN_SECONDLY: 10.0}
"""How long a limit lasts; HubSpot's 429 carries no Retry-After (absent in all recorded ones, §5)."""
LOCK_SECONDS = 2.0
"""How long a record stays locked by heavy writing (423, §4)."""

_NEW_KEY = "Make a new service key in HubSpot (Development > Keys > Service keys) and put it into auth.token."
_REINSTALL = "Install the app in the portal again and put the new refresh token into auth.refresh_token."

OUTCOMES: tuple[Row, ...] = (
    Row(
        Consequence.RETRY,
        "HubSpot did not say whether it wrote.",
        "What arrived is looked up, and the rest is sent again.",
        codes=(ANSWER_LOST,),
        tries=1,
    ),
    *TRANSPORT_ROWS,
    Row(
        Consequence.STOP,
        "HubSpot says that the refresh token is revoked.",
        _REINSTALL,
        codes=("BAD_REFRESH_TOKEN", "invalid_grant", "BAD_HUB", "access_denied"),
    ),
    Row(
        Consequence.STOP,
        "HubSpot does not know this client_id with this client_secret.",
        "Correct auth.client_id and auth.client_secret.",
        codes=("invalid_client", "BAD_CLIENT_ID", "BAD_CLIENT_SECRET"),
    ),
    # 530 comes from Cloudflare for a token of the wrong form.
    Row(Consequence.REFRESH, "HubSpot does not accept the access token.", _NEW_KEY, statuses=(401, 530)),
    Row(
        Consequence.STOP,
        "The token lacks a scope for this.",
        "Run `leadline check` for the list, and add the scopes to the key or app.",
        statuses=(403,),
    ),
    Row(Consequence.GONE, "The record is no longer there.", statuses=(404,)),
    Row(Consequence.REJECT, "Another record already has this value.", statuses=(409,)),
    Row(Consequence.SPLIT, "The request was too large.", statuses=(413, 414)),
    Row(
        Consequence.RETRY,
        "HubSpot locked the record, as it does under heavy writing.",
        "The next pass tries again.",
        statuses=(423,),
    ),
    Row(
        Consequence.WAIT,
        "The portal's daily limit of calls is used up.",
        "It goes on by itself after midnight in the portal's time zone; see what else uses the API.",
        statuses=(429,),
        codes=(DAILY,),
        wait_seconds=3600.0,
    ),
    Row(
        Consequence.RETRY,
        "HubSpot limits the rate of calls.",
        "The next pass goes on; if it lasts, another app of the portal takes the whole rate.",
        statuses=(429,),
    ),
    Row(
        Consequence.WAIT,
        "HubSpot moves this portal to another data centre.",
        "It goes on by itself.",
        statuses=(477,),
        wait_seconds=3600.0,
    ),
    Row(Consequence.REJECT, "HubSpot did not accept the values.", statuses=(400,)),
)
"""Anything else: 5xx is retried, the rest refused (`connectors.outcomes`)."""


def is_uncertain(trouble: Trouble) -> bool:
    """Whether HubSpot may have carried the request out: it was sent, and the answer does not tell."""
    is_passing = classify(OUTCOMES, trouble).consequence is Consequence.RETRY
    is_server = trouble.status is not None and trouble.status >= 500  # noqa: PLR2004  # HTTP's own border
    return is_passing and (is_server or trouble.fault in {"timeout", "dropped", "garbled"})
