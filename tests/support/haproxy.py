"""The real haproxy with the project's configuration, in a folder and on ports of its own."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.corpus import ROOT
from support.nginx import PAGE
from support.proxies import Proxy, certificate, configured, free_port, listening, program

CONFIGURATION = ROOT / "deploy" / "haproxy" / "haproxy.cfg"
_SERVER = re.compile(r"^    server replica\d .*\n", re.MULTILINE)
_UNPACKED_LIBRARIES = ROOT / ".cache" / "haproxy" / "usr" / "lib"


@contextmanager
def haproxy_before(
    folder: Path, *ports: int, changes: Mapping[str, str] | None = None, plain_port: int = 0
) -> Iterator[Proxy]:
    """haproxy before replicas at these ports of loopback. changes: text of the configuration ->
    another. plain_port: any free one for 0.
    """
    haproxy = program("haproxy")
    folder.mkdir(exist_ok=True)
    certificate(folder)
    parts = ((folder / name).read_text("utf-8") for name in ("fullchain.pem", "privkey.pem"))
    (folder / "tls.pem").write_text("".join(parts), "utf-8")
    shutil.copy(PAGE, folder)
    port, plain_port = free_port(), plain_port or free_port()
    own = {
        "bind :80": f"bind 127.0.0.1:{plain_port}",
        "bind :443": f"bind 127.0.0.1:{port}",
        "/etc/haproxy/qa_service": str(folder),
    }
    text = with_replicas(configured(CONFIGURATION, own | dict(changes or {})), ports)
    (folder / "haproxy.cfg").write_text(text, "utf-8")
    command = [haproxy, "-f", str(folder / "haproxy.cfg")]
    libraries = ":".join(map(str, _UNPACKED_LIBRARIES.glob("*-linux-gnu")))
    environment = os.environ | ({"LD_LIBRARY_PATH": libraries} if libraries else {})
    checked = subprocess.run(
        [*command, "-c"], capture_output=True, text=True, check=False, env=environment
    )
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen([*command, "-db"], stdout=log, stderr=log, env=environment)
        with listening(process, port):
            yield Proxy(port, plain_port, folder)


def with_replicas(text: str, ports: tuple[int, ...]) -> str:
    """The configuration with these replicas in place of its three, in both backends."""
    of_questions, of_chats = (
        "".join(
            f"    server replica{number} 127.0.0.1:{port}{tracked}\n"
            for number, port in enumerate(ports, 1)
            for tracked in [f" track replicas/replica{number}" if is_tracking else ""]
        )
        for is_tracking in (False, True)
    )
    assert len(_SERVER.findall(text)) == 6
    before, *between, after = _SERVER.split(text)
    return before + of_questions + "".join(between) + of_chats + after
