import pytest

from mirror.errors import DeadlineError, DeniedError, NotFoundError, SilentError, TransportError, UnavailableError
from mirror.transport.auth import Authenticator, Credentials
from mirror.transport.clock import Deadline
from mirror.transport.connection import Origin
from mirror.transport.rate import Rates
from mirror.transport.retry import RetryPolicy
from mirror.transport.session import Ask, Session
from tests.support import Answer, FakeClock, ScriptedServer, client_for

ME = Credentials("me", "secret")


def session(server: ScriptedServer, clock: FakeClock, *, basic: bool = False, rates: Rates | None = None) -> Session:
    client = client_for(clock)
    auth = Authenticator(client, Origin.of(server.url), lambda: ME, preemptive_basic=basic)
    return Session(server.url, client, auth, RetryPolicy(Deadline(clock), spread=lambda: 0.5), rates=rates)


def get(path: str = "/v2/x") -> Ask:
    return Ask("GET", path, "maven:3", "get", "repository:x:pull")


def test_a_challenge_is_answered_and_the_next_request_needs_none(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        challenge = {"WWW-Authenticate": f'Bearer realm="{server.url}/token",service="s"'}
        server.answers += [
            Answer(401, challenge),
            Answer(body=b'{"token": "t"}'),
            Answer(body=b"one"),
            Answer(body=b"two"),
        ]
        asking = session(server, clock)
        assert asking.request(get()).body == b"one"
        assert asking.request(get()).body == b"two"
        sent = [asked.headers.get("authorization") for asked in server.asked]
        assert sent == [None, ME.basic, "Bearer t", "Bearer t"]


def test_a_401_that_stays_is_denied(clock: FakeClock) -> None:
    with ScriptedServer(
        Answer(401, {"WWW-Authenticate": "Basic"}), Answer(401, {"WWW-Authenticate": "Basic"})
    ) as server:
        asking = session(server, clock)
        with pytest.raises(DeniedError):
            asking.request(get())
        assert len(server.asked) == 2


def test_credentials_do_not_follow_a_redirect_to_another_origin(clock: FakeClock) -> None:
    with (
        ScriptedServer(Answer(body=b"blob")) as other,
        ScriptedServer(Answer(307, {"Location": other.url + "/b?sig=1"})) as server,
    ):
        asking = session(server, clock, basic=True)
        assert asking.request(get()).body == b"blob"
        assert server.asked[0].headers["authorization"] == ME.basic
        assert "authorization" not in other.asked[0].headers


def test_credentials_follow_a_redirect_at_home(clock: FakeClock) -> None:
    with ScriptedServer(Answer(301, {"Location": "/moved"}), Answer(body=b"here")) as server:
        asking = session(server, clock, basic=True)
        assert asking.request(get()).body == b"here"
        assert [asked.path for asked in server.asked] == ["/v2/x", "/moved"]
        assert server.asked[1].headers["authorization"] == ME.basic


def test_a_redirect_loop_ends(clock: FakeClock) -> None:
    with ScriptedServer(*(Answer(302, {"Location": "/again"}) for _ in range(6))) as server:
        asking = session(server, clock)
        with pytest.raises(TransportError, match="more than 5 redirects"):
            asking.once(get())


def test_a_redirect_from_https_to_http_is_refused(clock: FakeClock) -> None:
    with ScriptedServer(Answer(headers={"Location": "http://plain.example/"})) as server:
        asking = session(server, clock)
        response = asking.once(get())
        object.__setattr__(response.request, "url", "https://registry.example/v2/")
        with pytest.raises(TransportError, match="plain http: refused"):
            asking.resolve(response, "http://plain.example/")


@pytest.mark.parametrize("location", ["ftp://elsewhere/x", "http://[bad", "http://host:port/", "mailto:me"])
def test_a_location_where_nobody_can_go_is_the_servers_error(clock: FakeClock, location: str) -> None:
    with ScriptedServer(Answer(307, {"Location": location})) as server:
        asking = session(server, clock)
        with pytest.raises(TransportError, match="points to where nobody can go"):
            asking.once(get())


def test_statuses_are_errors_unless_they_are_expected(clock: FakeClock) -> None:
    with ScriptedServer(Answer(404), Answer(404)) as server:
        asking = session(server, clock)
        expected = Ask("GET", "/v2/x", "x", "get", accept=frozenset({404}))
        assert asking.request(expected).status == 404
        with pytest.raises(NotFoundError, match="maven:3"):
            asking.request(get())


def test_what_may_pass_is_tried_again(clock: FakeClock) -> None:
    with ScriptedServer(Answer(502), Answer(drop=True), Answer(body=b"at last")) as server:
        asking = session(server, clock)
        assert asking.request(get()).body == b"at last"


def test_a_registry_that_is_gone_is_not_waited_for_again_and_again(clock: FakeClock) -> None:
    with ScriptedServer(*[Answer(drop=True)] * 99) as server:
        asking = session(server, clock)
        for _ in range(40):
            with pytest.raises(TransportError):
                asking.request(get())
        assert len(server.asked) < 60  # not six times forty
        with pytest.raises(SilentError):
            asking.begin(get(), size=1)
        clock.now += 61
        server.answers = [Answer(body=b"back")]
        assert asking.request(get()).body == b"back"


def test_what_a_redirect_leads_to_says_nothing_of_the_registry(clock: FakeClock) -> None:
    with ScriptedServer(*[Answer(drop=True)] * 99) as other, ScriptedServer() as server:
        server.answers = [Answer(307, {"Location": other.url}) for _ in range(99)]
        asking = session(server, clock)
        for _ in range(15):
            with pytest.raises(TransportError):
                asking.request(get())
        server.answers = [Answer(body=b"here")]
        assert asking.request(get()).body == b"here"


def test_once_is_once(clock: FakeClock) -> None:
    with ScriptedServer(Answer(502)) as server:
        asking = session(server, clock)
        with pytest.raises(UnavailableError):
            asking.once(get())
        assert len(server.asked) == 1


def test_every_try_draws_from_the_actions_bucket(clock: FakeClock) -> None:
    with ScriptedServer(Answer(), Answer(), Answer()) as server:
        asking = session(server, clock, rates=Rates.of(clock, {"get": 1}))
        start = clock.now
        for _ in range(3):
            asking.request(get())
        assert clock.now - start == 2.0


def test_after_the_deadline_nobody_is_asked_anything(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        asking = session(server, clock)
        asking.retry = RetryPolicy(Deadline(clock, clock.now - 1))
        for attempt in (asking.request, asking.once, lambda ask: asking.begin(ask, size=1)):
            with pytest.raises(DeadlineError, match="came first") as caught:
                attempt(get())
            assert caught.value.before == "maven:3"
        assert server.asked == []


def test_a_pushed_body_carries_credentials_and_its_length(clock: FakeClock) -> None:
    with ScriptedServer(Answer(201)) as server:
        asking = session(server, clock, basic=True)
        ask = Ask("PUT", "/upload", "blob", "complete", "s")
        outgoing = asking.begin(ask, size=4)
        outgoing.write(b"blob")
        assert asking.judge(ask, outgoing.finish()).status == 201
        assert server.asked[0].headers["authorization"] == ME.basic
        assert server.asked[0].headers["content-length"] == "4"


def test_a_pushed_body_whose_token_was_over_may_be_pushed_again(clock: FakeClock) -> None:
    with ScriptedServer() as server:
        challenge = {"WWW-Authenticate": f'Bearer realm="{server.url}/token",service="s"'}
        tokens = [Answer(body=f'{{"token": "{name}"}}'.encode()) for name in ("old", "new")]
        server.answers += [
            Answer(401, challenge),
            tokens[0],
            Answer(202),
            Answer(401, challenge),
            tokens[1],
            Answer(201),
        ]
        asking = session(server, clock)
        asking.request(get())
        ask = Ask("PUT", "/upload", "blob", "complete", "repository:x:pull")
        outgoing = asking.begin(ask, size=4)
        outgoing.write(b"blob")
        with pytest.raises(UnavailableError, match="the token ended before the upload began"):
            asking.judge(ask, outgoing.finish())
        outgoing = asking.begin(ask, size=4)
        outgoing.write(b"blob")
        assert asking.judge(ask, outgoing.finish()).status == 201
        assert server.asked[-1].headers["authorization"] == "Bearer new"


def test_a_pushed_body_elsewhere_carries_none(clock: FakeClock) -> None:
    with ScriptedServer(Answer(201)) as other, ScriptedServer() as server:
        asking = session(server, clock, basic=True)
        ask = Ask("PUT", other.url + "/upload", "blob", "complete", "s")
        asking.begin(ask, size=0).finish()
        assert "authorization" not in other.asked[0].headers
