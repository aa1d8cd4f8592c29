"""How a connection logs in: one model per flow, told apart by `flow`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from config.addresses import BaseUrl
from config.base import Section
from config.values import PrivateKey, Secret, Word
from config.yaml_source import Unreadable, read_text


class ClientCredentials(Section):
    """Salesforce, recommended: an external client app with a run-as user, at the org's My Domain."""

    flow: Literal["client_credentials"]
    client_id: Word
    """Consumer key of the app."""
    client_secret: Secret
    """Consumer secret of the app."""


class JwtBearer(Section):
    """Salesforce, recommended: a certificate in the app instead of a secret that travels."""

    flow: Literal["jwt_bearer"]
    client_id: Word
    """Consumer key of the app."""
    username: Word
    """The user that the app is pre-authorised for."""
    private_key_file: Path | None = None
    """PEM file of the private key, relative to this file; or use private_key."""
    private_key: PrivateKey = Field(default=SecretStr(""), validate_default=True)
    """The private key in PEM form, e.g. ${file:/run/secrets/key.pem}; or use private_key_file."""
    audience: BaseUrl | None = None
    """Audience of the assertion; the connection's base_url when left out."""

    @field_validator("private_key_file")
    @classmethod
    def _place(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder: Path = (info.context or {}).get("folder", Path())
        return value and folder / value

    @field_validator("private_key", mode="wrap")
    @classmethod
    def _read_key(cls, value: object, check: ValidatorFunctionWrapHandler, info: ValidationInfo) -> SecretStr:
        """Take the key from its file, so that consumers know one place only."""
        if "private_key_file" not in info.data:
            return SecretStr("")  # that key has a fault of its own
        file, given = info.data["private_key_file"], value != SecretStr("")
        if bool(given) == bool(file):
            raise ValueError("give either private_key_file, or private_key with ${file:PATH}")
        try:
            key: SecretStr = check(read_text(file) if file else value)
        except Unreadable as error:
            raise ValueError(f"file {file} {error}; correct private_key_file") from None
        return key


class Password(Section):
    """Salesforce, legacy: user name, password and security token; Salesforce retires it in 2027."""

    flow: Literal["password"]
    username: Word
    """The integration user."""
    password: Secret
    """The user's password."""
    security_token: Secret
    """The user's security token."""
    client_id: Word | None = None
    """Consumer key, where the org wants an app for this flow too."""
    client_secret: Secret | None = None
    """Consumer secret of that app."""


class Token(Section):
    """HubSpot: the static token of a service key or private app."""

    flow: Literal["token"]
    token: Secret
    """The token."""


class RefreshToken(Section):
    """HubSpot: an OAuth app's refresh token."""

    flow: Literal["refresh_token"]
    client_id: Word
    """Client id of the app."""
    client_secret: Secret
    """Client secret of the app."""
    refresh_token: Secret
    """The refresh token that the installation gave."""


SalesforceAuth = Annotated[ClientCredentials | JwtBearer | Password, Field(discriminator="flow")]
HubSpotAuth = Annotated[Token | RefreshToken, Field(discriminator="flow")]
