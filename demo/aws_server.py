"""The embedded AWS: moto's server on a free loopback port, in a process of its own.

Run as `python -m demo.aws_server`: writes its port to standard output and serves until its standard input ends,
so that it never outlives the program that started it. `/emulator/gaps` tells what templates asked for in vain.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from demo import aws_models
from demo.emulator import GAPS_PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Application(DomainDispatcherApplication):
    """moto's dispatcher, with one page about moto itself."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != GAPS_PATH:
            answer: Iterable[bytes] = super().__call__(environ, start_response)
            return answer
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(aws_models.gaps()).encode()]


def _exit_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process in its own time
    server = make_server(
        "127.0.0.1", 0, _Application(create_backend_app), threaded=True, request_handler=MotoRequestHandler
    )
    print(server.server_port, flush=True)  # noqa: T201 - the parent reads it
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
