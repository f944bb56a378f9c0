"""Every setting of the service: a field with unit, range, default and meaning. Frozen."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "QA_"
OFF = "off"
IN_FILE = "file"
LOCAL = "local"
ENV_FILE = ".env"


class Settings(BaseSettings):
    """Field `host` is set by `QA_HOST`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes a free one")
    metrics_port: int = Field(
        0,
        ge=0,
        le=65_535,
        description="Port of its own for `/metrics`; 0 leaves it on the port of all others",
    )
    workers: int = Field(1, ge=1, le=64, description="Server processes; one a core is enough")
    drain_s: int = Field(
        2,
        ge=0,
        le=5,
        description="Seconds that a process told to stop serves on, no longer ready, before it "
        "takes no new connection",
    )
    index: Path = Field(Path("index"), description="Folder of the built index and its versions")
    corpus: Path = Field(Path("corpus"), description="Folder of services/*.md, or a .jsonl file")
    model: str = Field(
        "default",
        description="`default`, `general`, `hashing`, a folder or a sentence-transformers model",
    )
    model_cache: Path = Field(Path(".cache/models"), description="Folder of built models")
    store: Literal["faiss", "exact"] = Field("faiss", description="Vector store")
    retriever: SecretStr = Field(
        SecretStr(LOCAL),
        description="What searches: `local`, or a Milvus beside this machine as "
        "milvus://[user:password@]host:port[/database] or milvus+https://",
    )
    reload: Literal["watch", "signal", "off"] = Field(
        "watch",
        description="Whether a new version of the index is taken while serving: as soon as it is "
        "published, on SIGHUP and `POST /v1/admin/reload`, or never",
    )
    journal: SecretStr = Field(
        SecretStr("sqlite:///journal.sqlite"),
        description="Database that keeps questions, events and feedback: an SQLAlchemy URL, or "
        "`off` to keep nothing",
    )
    journal_days: int = Field(
        90,
        ge=0,
        le=36_500,
        description="Days that the journal keeps entries; 0 keeps them for ever",
    )
    journal_max_questions: int = Field(
        1_000_000,
        ge=0,
        le=100_000_000,
        description="Questions that the journal keeps, as many votes and six times as many events; "
        "the oldest go first, 0 sets no limit",
    )
    gaps_every_h: int = Field(
        24,
        ge=0,
        le=8_760,
        description="Hours after which the server has content gaps found anew, by a process of low "
        "priority; 0 leaves it to `qa-service journal gaps`",
    )
    events: bool = Field(
        True, description="Whether pages and widget tell what is done with answers; never by whom"
    )
    recent_questions: bool = Field(
        True, description="Whether the start page offers the last questions of the same browser"
    )
    rate_limit: str = Field(
        "600/minute",
        description="Requests of one address or key, `number/second|minute|hour|day`, or `off`; "
        "long and compound questions count several times",
    )
    rate_limit_store: SecretStr = Field(
        SecretStr("memory"),
        description="Where requests are counted: `memory`, or a redis:// or valkey:// URL",
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Proxies whose X-Forwarded-For is believed, comma-separated; `*` means all",
    )
    cors_origins: str = Field(
        "", description="Origins that may call from a browser, comma-separated; `*` means all"
    )
    telephony_origins: str = Field(
        "",
        description="Origins of a telephone system that may frame the operators' console and open "
        "calls in it, comma-separated",
    )
    wrap_up_url: SecretStr = Field(
        SecretStr(""),
        description="Webhook that is told when an operator's call ends; none if empty",
    )
    wrap_up_secret: SecretStr = Field(
        SecretStr(""), description="Signs what that webhook is told, with HMAC-SHA256"
    )
    allowed_hosts: str = Field(
        "*",
        description="Names that the service goes by, comma-separated; `*.example.gov.ua` for those "
        "below one, `*` for any",
    )
    public_url: str = Field(
        "",
        description="Address that browsers know the service by, where a proxy passes on another",
    )
    keys: Path = Field(
        Path("keys.json"), description="File of hashed API keys, which `qa-service keys` writes"
    )
    session_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs the ids of answers and the sessions of staff, hides the ids of "
        "conversations; made anew at each start where it is empty",
    )
    session_store: SecretStr = Field(
        SecretStr(IN_FILE),
        description="Where ended sessions are known: `file`, beside that of the keys, or a "
        "redis:// or valkey:// URL",
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect provider that staff sign in at; empty for keys alone"
    )
    oidc_client_id: str = Field("", description="The service's name at that provider")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Its secret there")
    oidc_groups_claim: str = Field(
        "groups", min_length=1, description="Claim of the ID token that lists a person's groups"
    )
    oidc_operator_group: str = Field("", description="Group of the role operator")
    oidc_editor_group: str = Field("", description="Group of the role editor")
    oidc_supervisor_group: str = Field("", description="Group of the role supervisor")
    oidc_admin_group: str = Field("", description="Group of the role admin")
    cached_answers: int = Field(
        4_096,
        ge=1,
        le=1_000_000,
        description="Answers and vectors of questions that each process keeps",
    )
    max_question_chars: int = Field(
        1_000, ge=10, le=20_000, description="Longer questions are not answered"
    )
    max_body_bytes: int = Field(
        262_144, ge=1_024, le=10_000_000, description="Larger request bodies are refused"
    )
    retrieval_depth: int = Field(100, ge=10, le=1_000, description="Candidates taken from each leg")
    max_waiting: int = Field(
        16,
        ge=0,
        le=1_000,
        description="Questions that may wait while each core of a process answers one, half as "
        "many once that lasts; more are refused with 503",
    )
    answer_deadline_ms: int = Field(
        1_000,
        ge=50,
        le=60_000,
        description="A part of the search that takes longer is left out of the answer",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged"
    )
    traces: SecretStr = Field(
        SecretStr(""),
        description="OpenTelemetry collector that takes traces by OTLP over HTTP, like "
        "http://127.0.0.1:4318; none if empty",
    )
    contact_phone: str = Field("(044) 290-19-88", description="Phone of the contact centre")
    contact_site: str = Field("https://hsc.gov.ua", description="Site of the contact centre")

    contact_hours: str = Field(
        "понеділок–четвер 9:00–18:00, п'ятниця до 16:45",
        description="When somebody answers there, as chats say it; empty to say nothing of it",
    )
    telegram_token: SecretStr = Field(
        SecretStr(""), description="Token of the Telegram bot, from @BotFather; empty for no bot"
    )
    telegram_secret: SecretStr = Field(
        SecretStr(""),
        description="What Telegram sends with each update, 1-256 of `A-Za-z0-9_-`",
    )
    telegram_url: str = Field("https://api.telegram.org", description="Telegram's Bot API server")
    messenger_page_token: SecretStr = Field(
        SecretStr(""), description="Token of the Facebook page that the bot answers for"
    )
    messenger_app_secret: SecretStr = Field(
        SecretStr(""), description="Secret of the Facebook app, with which Meta signs deliveries"
    )
    messenger_verify_token: SecretStr = Field(
        SecretStr(""), description="What Meta repeats when the webhook is entered there"
    )
    messenger_url: str = Field("https://graph.facebook.com", description="Meta's Graph API server")
    viber_token: SecretStr = Field(
        SecretStr(""), description="Token of the Viber bot; bots are on commercial terms"
    )
    viber_url: str = Field("https://chatapi.viber.com", description="Viber's bot API server")
    webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs what other bot platforms send to `/channels/webhook`, with HMAC-SHA256",
    )
    channels_state: SecretStr = Field(
        SecretStr("memory"),
        description="Where chats are known for half an hour: `memory`, a redis:// or valkey:// "
        "URL, or `journal` for the journal's database",
    )
    channels_off: str = Field(
        "",
        description="Channels that give only the phone, comma-separated: telegram, messenger, "
        "viber, webhook; demo and mcp are not there at all then",
    )

    @field_validator("index", "corpus", "model_cache", "keys", mode="before")
    @classmethod
    def _names_a_path(cls, value: object) -> object:
        """An empty one would be the working folder."""
        if value == "":
            raise ValueError("must not be empty")
        return value
