import threading
from base64 import b64encode

import pytest

from mirror.errors import CredentialsError, TransportError, UnavailableError
from mirror.transport.auth import RENEW_AT, Authenticator, Credentials
from mirror.transport.challenge import Challenge
from mirror.transport.client import Request
from mirror.transport.connection import Origin
from tests.support import Answer, FakeClock, ScriptedServer, client_for

ME = Credentials("me", "secret")
SCOPE = "repository:library/maven:pull"


def token(name: str, seconds: int | None = 300) -> Answer:
    expires = "" if seconds is None else f', "expires_in": {seconds}'
    return Answer(body=f'{{"token": "{name}"{expires}}}'.encode())


def challenged(
    auth: Authenticator, server: ScriptedServer, clock: FakeClock, header: str, sent: str | None = None
) -> bool:
    """Have the server refuse a request with this challenge, and the authenticator take it in."""
    server.answers.insert(0, Answer(401, {"WWW-Authenticate": header}))
    client = client_for(clock)
    response = client.send(Request("HEAD", server.url))
    server.asked.clear()
    return auth.challenged(response, sent=sent)


def authenticator(
    server: ScriptedServer, clock: FakeClock, *, preemptive_basic: bool = False, direct_bearer: bool = False
) -> Authenticator:
    return Authenticator(
        client_for(clock),
        Origin.of(server.url),
        lambda: ME,
        preemptive_basic=preemptive_basic,
        direct_bearer=direct_bearer,
    )


def bearer(server: ScriptedServer, extra: str = "") -> str:
    return f'Bearer realm="{server.url}/token",service="registry.docker.io"{extra}'


def test_nothing_is_sent_before_a_challenge(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        assert authenticator(server, clock).header(SCOPE) is None
        assert server.asked == []


def test_a_token_is_fetched_once_for_each_scope_and_renewed_before_it_expires(clock: FakeClock) -> None:
    with ScriptedServer(token("one"), token("other"), token("two")) as server:
        auth = authenticator(server, clock)
        assert challenged(auth, server, clock, bearer(server))
        assert [auth.header(SCOPE), auth.header(SCOPE), auth.header("x")] == [
            "Bearer one",
            "Bearer one",
            "Bearer other",
        ]
        assert (
            server.asked[0].path
            == f"/token?service=registry.docker.io&scope={SCOPE.replace(':', '%3A').replace('/', '%2F')}"
        )
        assert server.asked[0].headers["authorization"] == "Basic " + b64encode(b"me:secret").decode()
        clock.sleep(RENEW_AT * 300 - 1)
        assert auth.header(SCOPE) == "Bearer one"
        clock.sleep(2)
        assert auth.header(SCOPE) == "Bearer two"
        assert len(server.asked) == 3


def test_a_token_without_a_life_span_lives_a_minute(clock: FakeClock) -> None:
    with ScriptedServer(token("one", None), token("two", None)) as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, bearer(server))
        assert auth.header(SCOPE) == "Bearer one"
        clock.sleep(59)
        assert auth.header(SCOPE) == "Bearer two"


def test_a_refused_token_is_renewed_once(clock: FakeClock) -> None:
    with ScriptedServer(token("one"), token("two")) as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, bearer(server))
        first = auth.header(SCOPE)
        assert challenged(auth, server, clock, bearer(server, ',error="invalid_token"'), sent=first)
        assert auth.header(SCOPE) == "Bearer two"
        assert not challenged(auth, server, clock, bearer(server), sent="Bearer unknown")


def test_a_wrong_password_is_never_exchanged_for_anonymous(clock: FakeClock) -> None:
    with ScriptedServer(Answer(401)) as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, bearer(server))
        with pytest.raises(CredentialsError, match="refuses the user name and token") as caught:
            auth.header(SCOPE)
        assert "secret" not in str(caught.value)
        assert len(server.asked) == 1


def test_basic_is_answered_with_basic(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        auth = authenticator(server, clock)
        assert challenged(auth, server, clock, 'Basic realm="x"')
        assert auth.header(SCOPE) == ME.basic
        assert not challenged(auth, server, clock, 'Basic realm="x"', sent=ME.basic)


def test_ecr_gets_its_password_without_asking(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        assert authenticator(server, clock, preemptive_basic=True).header(SCOPE) == ME.basic
        assert server.asked == []


def test_a_fixed_scope_means_one_token_for_everything(clock: FakeClock) -> None:
    with ScriptedServer(token("public")) as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, bearer(server, ',scope="aws"'))
        assert auth.header(SCOPE) == auth.header("repository:other:pull") == "Bearer public"
        assert server.asked[0].path.endswith("scope=aws")


def test_ecr_public_takes_the_token_itself_where_the_exchange_fails(clock: FakeClock) -> None:
    with ScriptedServer(Answer(404)) as server:
        auth = authenticator(server, clock, direct_bearer=True)
        challenged(auth, server, clock, bearer(server, ',scope="aws"'))
        assert auth.header(SCOPE) == "Bearer " + b64encode(b"me:secret").decode()


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token": ""}'])
def test_an_answer_without_a_token_is_an_error(clock: FakeClock, body: bytes) -> None:
    with ScriptedServer(Answer(body=body)) as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, bearer(server))
        with pytest.raises(UnavailableError, match="holds no token"):
            auth.header(SCOPE)


def test_a_password_never_goes_to_a_plain_token_service_of_a_tls_registry(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        auth = Authenticator(client_for(clock), Origin("https", "registry.example", 443), lambda: ME)
        challenged(auth, server, clock, bearer(server))
        with pytest.raises(TransportError, match="is not https"):
            auth.header(SCOPE)
        assert server.asked == []


@pytest.mark.parametrize("realm", ["ftp://x/token", "http://[bad", "http://host:port/token"])
def test_a_realm_that_is_no_url_is_the_servers_error(clock: FakeClock, realm: str) -> None:
    with ScriptedServer() as server:
        auth = authenticator(server, clock)
        challenged(auth, server, clock, f'Bearer realm="{realm}",service="s"')
        with pytest.raises(UnavailableError, match="is no token service"):
            auth.header(SCOPE)


def test_a_401_without_a_challenge_is_final(clock: FakeClock) -> None:
    with ScriptedServer(Answer(401)) as server:
        client = client_for(clock)
        assert not authenticator(server, clock).challenged(client.send(Request("GET", server.url)), sent=None)


def test_credentials_do_not_show_themselves() -> None:
    assert "secret" not in repr(ME)


def test_a_challenge_that_is_known_beforehand_is_answered_at_once(clock: FakeClock) -> None:
    """Docker Hub's is: the first request need not be refused to learn it."""
    with ScriptedServer(token("one")) as server:
        known = Challenge("bearer", {"realm": f"{server.url}/token", "service": "registry.docker.io"})
        auth = Authenticator(client_for(clock), Origin.of(server.url), lambda: None, alone=True, challenge=known)
        assert auth.header(SCOPE) == "Bearer one"
        assert "authorization" not in server.asked[0].headers


def test_the_first_request_goes_alone_where_a_challenge_is_expected(clock: FakeClock) -> None:
    entered, second = threading.Event(), threading.Event()
    auth = Authenticator(client_for(clock), Origin("http", "localhost", 1), lambda: None, alone=True)

    def other() -> None:
        entered.set()
        with auth.meeting():
            second.set()

    thread = threading.Thread(target=other)
    with auth.meeting():
        thread.start()
        assert entered.wait(10)
        assert not second.is_set()
    assert second.wait(10)
    thread.join()
    with auth.meeting(), auth.meeting():
        pass  # from then on nobody waits
