"""Runs the real Milvus of the wheel `milvus` until it is told to stop: a folder and a port are its
arguments. By the Python of an environment of its own, see `scripts/install-milvus`.
"""

import signal
import sys

from milvus import MilvusServer  # type: ignore[import-not-found]


def main(folder: str, port: int) -> None:
    server = MilvusServer()
    server.set_base_dir(folder)
    server.listen_port = port
    server.config.set("proxy_port", port)
    server.start()
    signal.sigwait({signal.SIGTERM})
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
