"""The settings of the service, from `QA_*` environment variables and a `.env` file.

Nothing reads the environment elsewhere. A value that cannot be used fails at start with its key and
what was expected.
"""

import os
import re
from collections.abc import Iterator

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from qa_service.errors import SettingsError
from qa_service.settings.fields import ENV_FILE, IN_FILE, LOCAL, OFF, PREFIX, Settings

__all__ = [
    "IN_FILE",
    "LOCAL",
    "OFF",
    "PREFIX",
    "Settings",
    "as_environment",
    "described",
    "key_of",
    "load_settings",
]

_NO_SECRETS = ("", OFF, IN_FILE, LOCAL, "memory")
_PASSWORD = re.compile(
    r"(?<=://)(?P<user>[^:/@]*):.*(?=@)|(?<=[?&])(?P<key>[^=&]+)=[^&]*", re.DOTALL
)
"""What a URL may give away: the password before its last `@`, the values of its query."""


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` that are not None win. Raises SettingsError."""
    try:
        _refuse_unknown_keys()
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except UnicodeDecodeError as error:
        raise SettingsError(f"{ENV_FILE} is not UTF-8: save it as UTF-8 or remove it") from error
    except ValidationError as error:
        detail = error.errors()[0]
        name = str(detail["loc"][0])
        meaning = Settings.model_fields[name].description
        value = _printable(SecretStr(detail["input"])) if _is_secret(name) else detail["input"]
        raise SettingsError(
            f"{PREFIX}{name.upper()}={value!s}: {detail['msg']}. {meaning}"
        ) from None


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that say the same as `settings`, secrets included."""
    return {
        key_of(name): str(value.get_secret_value() if isinstance(value, SecretStr) else value)
        for name, value in settings
    }


def described(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(key, value, meaning) of every setting, to print: passwords are left out."""
    for name, field in Settings.model_fields.items():
        yield key_of(name), _printable(getattr(settings, name)), field.description or ""


def key_of(name: str) -> str:
    """`rate_limit` -> `QA_RATE_LIMIT`."""
    return PREFIX + name.upper()


def _printable(value: object) -> str:
    """The URL with its password and options as `***`; any other secret as `***`."""
    if not isinstance(value, SecretStr):
        return str(value)
    secret = value.get_secret_value()
    if "://" in secret:
        return _PASSWORD.sub(_hidden, secret)
    return secret if secret in _NO_SECRETS else "***"


def _hidden(found: re.Match[str]) -> str:
    return f"{found['key']}=***" if found["key"] else f"{found['user']}:***"


def _is_secret(name: str) -> bool:
    return Settings.model_fields[name].annotation is SecretStr


def _refuse_unknown_keys() -> None:
    """Keys that begin with `QA_` are ours to understand; those of other programs are not."""
    known = set(map(key_of, Settings.model_fields))
    for place, keys in ((" in .env", dotenv_values(ENV_FILE)), ("", os.environ)):
        unknown = sorted(
            key for key in keys if key.upper().startswith(PREFIX) and key.upper() not in known
        )
        if unknown:
            raise SettingsError(
                f"{unknown[0]}{place} is not a setting; known are {', '.join(sorted(known))}"
            )
