"""A run with stand-ins for the practice's programs and real servers: `python stand_in.py STATE PORT [KIND]`."""

import os
import signal
import sys
from pathlib import Path

from clinic.standalone.children import Child, Program
from clinic.standalone.launcher import Plan, Step, run
from clinic.standalone.leftovers import mark
from clinic.standalone.places import Places
from clinic.standalone.postgres import PostgresCluster
from clinic.standalone.redis import RedisServer

DOOR = """
import http.server, sys
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.send_header("Content-Length", "17")
        self.end_headers()
        self.wfile.write(b'{"state":"ready"}')
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
"""
FAMILY = "import os, time; os.fork(); os.setsid() if os.fork() == 0 else None; time.sleep(3600)"


def plan(places: Places, port: int, kind: str) -> Plan:
    """The stand-ins; `kind` names what goes wrong, or which servers are real."""
    environment = dict(os.environ) | mark(places.state)

    def program(name: str, *argv: str) -> Program:
        return Program(name, argv, places.logs / f"{name}.log", environment, places.root, patience=5)

    servers: list[Child] = []
    if kind == "servers":
        servers = [PostgresCluster(places.postgres, fast=True), RedisServer(places.redis)]
    web = program("web", sys.executable, "-c", DOOR, str(port))
    if kind == "broken":
        web = program("web", sys.executable, "-c", "raise SystemExit('no good')")
    return Plan(
        places=places,
        environment=environment,
        port=port,
        servers=servers,
        steps=[Step("Preparing", ("/bin/sleep", "3600") if kind == "slow" else ("/bin/true",))]
        + ([Step("Failing", ("/bin/sh", "-c", "echo the reason; exit 3"))] if kind == "failing" else []),
        programs=[web, program("family", sys.executable, "-c", FAMILY)],
        sign_ins=("/bin/echo", "owner  olive@clinic.example  a-password"),
    )


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests themselves were started under
    here = Places(Path(__file__).parents[2], Path(sys.argv[1]))
    sys.exit(run(lambda: plan(here, int(sys.argv[2]), *(sys.argv[3:] or ["plain"])), here))
