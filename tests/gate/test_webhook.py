"""What is posted arrives, or it is an error."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lineage_stats.gate import Alert, Finding, webhook

FINDING = Finding("metric-drop", "f1 fell.", "churn", "r1", operation="f/merge#1")
ALERT = Alert("churn", "f/merge#1", "churn: f1 fell.", (FINDING,))
STATUS = {"/good": 204, "/bad": 500, "/moved": 302}


@pytest.fixture
def server():
    """A server that takes what is posted to it; what it answers depends on the path."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["Content-Type"], json.loads(body)))
            if self.path == "/garbled":
                self.wfile.write(b"what?\r\n\r\n")
                return
            self.send_response(STATUS[self.path])
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self):
            taken.append((None, self.path))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_json(server):
    url, taken = server
    webhook(f"{url}/good")(ALERT)
    ((kind, body),) = taken
    assert kind == "application/json"
    assert body["text"] == ALERT.title
    assert body["run_ids"] == ["r1"]


@pytest.mark.parametrize(
    ("path", "text"), [("bad", "500"), ("moved", "302"), ("garbled", "cannot be read")]
)
def test_a_webhook_that_does_not_take_it_is_an_error(server, path, text):
    url, taken = server
    with pytest.raises(OSError, match=text):
        webhook(f"{url}/{path}")(ALERT)
    assert len(taken) == 1  # nobody was asked for anything elsewhere


def test_only_the_web_is_posted_to():
    with pytest.raises(ValueError, match="must begin with http"):
        webhook("file:///etc/passwd")
