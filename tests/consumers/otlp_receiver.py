"""A receiver of OTLP over HTTP (JSON) for a test, by `opentelemetry-proto`: what protobuf does not read is answered with 400.

Arguments: a port, or 0; a header's value that every request has to show. It prints its port, then a line of JSON for each request:
when it came, what was answered, and the spans in it. `GET /control?status=429&retry_after=8&times=1` answers the next requests so;
`GET /control?poison=NAME` refuses requests with a span of that name, and `GET /control?reject=1` takes all spans but one.
"""

import base64
import gzip
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

plan = {"status": 200, "retry_after": None, "times": 0, "poison": None, "reject": 0}


def with_base64_ids(document):
    """OTLP writes ids in hexadecimal, where protobuf's JSON has base64."""
    for resource in document["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for key, length in (("traceId", 16), ("spanId", 8), ("parentSpanId", 8)):
                    if key in span:
                        raw = bytes.fromhex(span[key])
                        assert len(raw) == length and any(raw), (key, span[key])
                        span[key] = base64.b64encode(raw).decode()
    return document


def value(any_value):
    kind = any_value.WhichOneof("value")
    return getattr(any_value, kind)


def attributes(pairs):
    read = {pair.key: value(pair.value) for pair in pairs}
    assert len(read) == len(pairs), "a key stands twice"
    return read


def spans(body):
    request = trace_service_pb2.ExportTraceServiceRequest()
    json_format.ParseDict(with_base64_ids(json.loads(body)), request)
    read = []
    for resource in request.resource_spans:
        of_resource = attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                assert span.start_time_unix_nano <= span.end_time_unix_nano, span.name
                read.append({
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "name": span.name,
                    "kind": trace_pb2.Span.SpanKind.Name(span.kind),
                    "start": span.start_time_unix_nano,
                    "end": span.end_time_unix_nano,
                    "status": trace_pb2.Status.StatusCode.Name(span.status.code),
                    "message": span.status.message,
                    "attributes": attributes(span.attributes),
                    "events": [{"name": event.name, "at": event.time_unix_nano, "attributes": attributes(event.attributes)}
                               for event in span.events],
                    "resource": of_resource,
                    "scope": scope.scope.name,
                })
    return read


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        for key, text in parse_qsl(urlsplit(self.path).query):
            plan[key] = text if key in ("retry_after", "poison") else int(text)
        self.answer(200, {})

    def do_POST(self):
        came = time.monotonic()
        body = self.rfile.read(int(self.headers["content-length"]))
        wrong = [name for name, wanted in (("content-type", "application/json"), ("content-encoding", "gzip"),
                                           ("authorization", sys.argv[2])) if self.headers[name] != wanted]
        if self.path != "/v1/traces":
            return self.answer(404, {}, came)
        if wrong:
            return self.answer(401, {"message": f"wrong {wrong}: {self.headers['authorization']}"}, came)
        if plan["times"] > 0:
            plan["times"] -= 1
            return self.answer(plan["status"], {"message": "not now"}, came, retry_after=plan["retry_after"])
        try:
            read = spans(gzip.decompress(body))
        except Exception as error:
            return self.answer(400, {"message": f"{type(error).__name__}: {error}"}, came)
        if any(span["name"] == plan["poison"] for span in read):
            return self.answer(400, {"message": "poisoned"}, came)
        if plan["reject"]:
            plan["reject"] = 0
            return self.answer(200, {"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}}, came, read[:-1])
        self.answer(200, {}, came, read)

    def answer(self, status, body, came=None, read=(), retry_after=None):
        # First the line: whoever knows the answer finds it.
        if came is not None:
            print(json.dumps({"at": came, "status": status, "body": body, "spans": list(read)}), flush=True)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        if retry_after:
            self.send_header("retry-after", retry_after)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print(server.server_address[1], flush=True)
server.serve_forever()
