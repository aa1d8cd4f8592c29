"""What all settings have in common: closed, unchangeable, and silent about their secrets."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import URL


class Section(BaseModel):
    """A mapping of the file. Unknown keys are faults; attribute docstrings describe keys in the schema."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
    )


def secrets_in(value: object) -> Iterator[str]:
    """Every secret text inside a setting, however deep."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, URL) and isinstance(value.password, str):
        yield value.password
    elif isinstance(value, BaseModel):
        for _, inner in value:
            yield from secrets_in(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from secrets_in(inner)
