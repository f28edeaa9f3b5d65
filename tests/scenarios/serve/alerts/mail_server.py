"""A mail server for a test: prints its port, then a line of JSON for each mail that it takes.

Arguments: `starttls`, `tls` or `none`, with `-silent` if it never says goodbye; a certificate and its key, as files; a user and a password, which may be empty.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Inbox:
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "content": envelope.content.decode(),
            "tls": session.ssl is not None,
            "user": getattr(session.auth_data, "login", b"").decode() if session.auth_data else None,
        }), flush=True)
        return "250 kept for the test"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("nobody@"):
            return "550 nobody lives here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if is_silent_at_the_end:
            await asyncio.sleep(3600)
        return "221 Bye"


manner, certificate, key, user, password = sys.argv[1:6]
manner, _, habit = manner.partition("-")
is_silent_at_the_end = habit == "silent"
context = None
if manner != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)


def authenticate(server, session, envelope, mechanism, data):
    is_right = data.login == user.encode() and data.password == password.encode()
    # Not handled: the server says 535 itself.
    return AuthResult(success=is_right, handled=False, auth_data=data if is_right else None)


class Server(Controller):
    def factory(self):
        options = {"tls_context": context, "require_starttls": True} if manner == "starttls" else {}
        if user:
            options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": manner == "starttls"}
        return SMTP(self.handler, **options)

    def _trigger_server(self):
        # The controller greets itself, and knows the port only now.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


server = Server(Inbox(), hostname="127.0.0.1", port=0, ssl_context=context if manner == "tls" else None)
server.start()
print(server.port, flush=True)
sys.stdin.read()
