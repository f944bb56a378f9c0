"""Every knob of the service, read from `QA_*` environment variables and a `.env` file. Frozen.

Nothing reads the environment elsewhere. A value that cannot be used fails at start with its key and what was expected.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa_service.errors import SettingsError

PREFIX = "QA_"
OFF = "off"


class Settings(BaseSettings):
    """Field `host` is set by `QA_HOST`, and so on."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="Server processes; one a core is enough")
    index: Path = Field(Path("index"), description="Folder of the built index and its versions")
    corpus: Path = Field(Path("corpus"), description="Folder with services/*.md, or one .jsonl file")
    model: str = Field(
        "default",
        description="`default`, `hashing` (tests), a folder made by a build, or any sentence-transformers model by name or path",
    )
    model_cache: Path = Field(Path(".cache/models"), description="Folder where built models are kept")
    store: Literal["faiss", "exact"] = Field("faiss", description="Vector store")
    journal: str = Field(
        "sqlite:///journal.sqlite", description="Database that keeps feedback: an SQLAlchemy URL, or `off` to keep none"
    )
    rate_limit: str = Field(
        "600/minute", description="Requests allowed to one address or key, `number/second|minute|hour|day`; `off` limits nobody"
    )
    rate_limit_store: str = Field(
        "memory", description="Where requests are counted: `memory` of each process, or redis:// or valkey:// URL shared by all"
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas; `*` believes all"
    )
    cors_origins: str = Field(
        "", description="Sites that may use the API from a browser, such as https://hsc.gov.ua, separated by commas; `*` lets all"
    )
    keys: Path = Field(Path("keys.json"), description="File of the API keys' hashes, which `qa-service keys` writes")
    cached_answers: int = Field(4_096, ge=1, le=1_000_000, description="Answers that each process keeps to give them again")
    max_question_chars: int = Field(1_000, ge=10, le=20_000, description="Longer questions are not answered")
    max_body_bytes: int = Field(262_144, ge=1_024, le=10_000_000, description="Larger request bodies are refused")
    retrieval_depth: int = Field(100, ge=10, le=1_000, description="Candidates taken from each leg")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged")
    contact_phone: str = Field("(044) 290-19-88", description="Contact centre named where there is no answer")
    contact_site: str = Field("https://hsc.gov.ua", description="Site named where there is no answer")


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment; `overrides` that are not None win. Raises SettingsError."""
    _refuse_unknown_keys()
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except UnicodeDecodeError as error:
        raise SettingsError(".env is not UTF-8: save it as UTF-8 or remove it") from error
    except ValidationError as error:
        detail = error.errors()[0]
        name = str(detail["loc"][0])
        if name not in Settings.model_fields:
            raise SettingsError(f"{name.upper()} in .env is not a setting; known are {_known_keys()}") from error
        meaning = Settings.model_fields[name].description
        raise SettingsError(f"{PREFIX}{name.upper()}={detail['input']!s}: {detail['msg']}. {meaning}") from error


def as_environment(settings: Settings) -> dict[str, str]:
    """The environment variables that say the same as `settings`."""
    return {PREFIX + name.upper(): str(value) for name, value in settings}


def _refuse_unknown_keys() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(key for key in os.environ if key.startswith(PREFIX) and key not in known)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting; known are {_known_keys()}")


def _known_keys() -> str:
    return ", ".join(sorted(PREFIX + name.upper() for name in Settings.model_fields))
