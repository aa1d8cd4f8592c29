"""What every answer of a CRM passes before anybody reads it: then it holds nothing that a store refuses."""

import math
import re
from typing import Any

_UNSTORABLE = re.compile("[\ud800-\udfff\0]")
"""Half a surrogate pair, as a text cut inside an emoji has it, has no UTF-8; PostgreSQL takes no NUL."""
_REPLACEMENT = "\ufffd"
"""Unicode's own sign for what is lost. Left out, two addresses or domains could become one."""


def storable(answer: Any) -> Any:
    """Parsed JSON, changed in place: unstorable characters are U+FFFD, numbers beyond all bounds None."""
    if isinstance(answer, str):
        is_plain = answer.isascii() and "\0" not in answer
        return answer if is_plain else _UNSTORABLE.sub(_REPLACEMENT, answer)
    if isinstance(answer, dict):
        for name, value in answer.items():
            answer[name] = storable(value)
    elif isinstance(answer, list):
        answer[:] = map(storable, answer)
    elif isinstance(answer, float) and not math.isfinite(answer):
        return None
    return answer
