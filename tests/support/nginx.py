"""The real nginx with the project's configuration, in a folder and on ports of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.corpus import ROOT
from support.proxies import Proxy, certificate, configured, free_port, listening, program

CONFIGURATION = ROOT / "deploy" / "nginx" / "qa_service.conf"
PAGE = ROOT / "deploy" / "nginx" / "unavailable.html"

_MAIN = """
{user}
pid {folder}/nginx.pid;
error_log {folder}/main.error.log crit;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/qa_service.conf;
}}
"""


@contextmanager
def nginx_before(
    folder: Path, *ports: int, changes: Mapping[str, str] | None = None
) -> Iterator[Proxy]:
    """nginx before services at these ports of loopback. changes: text of the configuration ->
    another.
    """
    nginx = program("nginx")
    folder.mkdir(exist_ok=True)
    certificate(folder)
    shutil.copy(PAGE, folder)
    port, plain_port = free_port(), free_port()
    text = _configured(folder, ports, port, plain_port, changes or {})
    (folder / "qa_service.conf").write_text(text, "utf-8")
    main = folder / "nginx.conf"
    user = "user root root;" if os.geteuid() == 0 else ""
    main.write_text(_MAIN.format(folder=folder, user=user), "utf-8")
    command = [nginx, "-c", str(main), "-p", str(folder), "-e", str(folder / "start.error.log")]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
    with listening(subprocess.Popen([*command, "-g", "daemon off;"]), port):
        yield Proxy(port, plain_port, folder)


def _configured(
    folder: Path, ports: tuple[int, ...], port: int, plain_port: int, changes: Mapping[str, str]
) -> str:
    """With what an operator changes, and with `changes`."""
    servers = "\n".join(f"    server 127.0.0.1:{one};" for one in ports)
    own = {
        "    server 127.0.0.1:8000;": servers,
        "    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{plain_port};",
        "    listen 443 ssl;\n    listen [::]:443 ssl;": f"    listen 127.0.0.1:{port} ssl;",
        "/etc/nginx/qa_service": str(folder),
        "/var/log/nginx": str(folder),
        "/var/cache/nginx/qa_service": str(folder / "files"),
    }
    return configured(CONFIGURATION, own | dict(changes))
