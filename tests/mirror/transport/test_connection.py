import pytest

from mirror.transport.client import Client, Request
from mirror.transport.connection import IDLE_SECONDS, ConnectionPool, Origin
from tests.support import Answer, FakeClock, ScriptedServer, client_for


@pytest.mark.parametrize(
    ("url", "origin", "text"),
    [
        (
            "https://registry-1.docker.io/v2/",
            Origin("https", "registry-1.docker.io", 443),
            "https://registry-1.docker.io",
        ),
        ("http://localhost:5000", Origin("http", "localhost", 5000), "http://localhost:5000"),
        ("https://h:8443/x", Origin("https", "h", 8443), "https://h:8443"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: Origin, text: str) -> None:
    assert Origin.of(url) == origin
    assert str(origin) == text


@pytest.mark.parametrize("url", ["ftp://x/", "localhost:5000", "https://", ""])
def test_other_urls_have_no_origin(url: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        Origin.of(url)


def test_a_connection_is_used_again(clock: FakeClock) -> None:
    client = client_for(clock)
    with ScriptedServer(Answer(), Answer()) as server:
        client.send(Request("GET", server.url))
        client.send(Request("GET", server.url))
        assert len({asked.connection for asked in server.asked}) == 1
        client.pool.close()


def test_a_connection_that_was_idle_for_long_is_not(clock: FakeClock) -> None:
    client = client_for(clock)
    with ScriptedServer(Answer(), Answer()) as server:
        client.send(Request("GET", server.url))
        clock.sleep(IDLE_SECONDS + 1)
        client.send(Request("GET", server.url))
        assert len({asked.connection for asked in server.asked}) == 2
        client.pool.close()


def test_plain_http_goes_through_a_proxy_with_the_whole_url(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(Answer(body=b"through the proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://me:s%20ecret@"))
        monkeypatch.delenv("no_proxy", raising=False)
        client = client_for(clock)
        assert client.send(Request("GET", "http://registry.example/v2/")).body == b"through the proxy"
        assert proxy.asked[0].path == "http://registry.example:80/v2/".replace(":80", "")
        assert proxy.asked[0].headers["proxy-authorization"] == "Basic bWU6cyBlY3JldA=="
        client.pool.close()


def test_loopback_is_never_asked_through_a_proxy(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(Answer(body=b"direct")) as server, ScriptedServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        client = Client(ConnectionPool(), clock)
        assert client.send(Request("GET", server.url)).body == b"direct"
        assert not proxy.asked
        client.pool.close()


def test_a_closed_pool_keeps_nothing(clock: FakeClock) -> None:
    client = client_for(clock)
    with ScriptedServer(Answer(), Answer()) as server:
        client.pool.close()
        client.send(Request("GET", server.url))
        client.send(Request("GET", server.url))
        assert len({asked.connection for asked in server.asked}) == 2
