"""Exit 0 if the service in this container answers questions, else 1: the image's HEALTHCHECK."""

import http.client
import os
import sys

try:
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get("QA_PORT", "8000")), timeout=4
    )
    connection.request("GET", "/readyz")
    sys.exit(connection.getresponse().status != http.HTTPStatus.OK)
except OSError as error:
    sys.exit(f"/readyz: {error}")
