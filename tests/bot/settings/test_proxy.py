"""Which proxy a request goes through, and the setting for it."""

from pathlib import Path

import pytest
from yarl import URL

from bot.settings.model import Settings, SettingsError, load_settings
from bot.settings.proxy import Proxies

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
API, PLAIN, GATEWAY = URL("https://api.example/v1"), URL("http://api.example"), URL("wss://gateway.example")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy at all, and the two settings that are needed."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("DISCORD_TOKEN", "token-0123")
    monkeypatch.setenv("IMAGINEPRO_API_KEY", "sk-key-0123")


def loaded(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings of a process with these variables."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_without_a_setting_requests_are_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before."""
    proxies = loaded(monkeypatch).proxies
    assert [proxies.for_url(url) for url in (API, PLAIN, GATEWAY)] == [None, None, None]


def test_the_usual_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the scheme of the request; the gateway's too; in lower case they win, as in other programs."""
    monkeypatch.setenv("HTTPS_PROXY", "http://upper:1")
    proxies = loaded(monkeypatch, https_proxy="http://secure:3128", HTTP_PROXY="plain:3129").proxies
    assert proxies.for_url(API) == proxies.for_url(GATEWAY) == URL("http://secure:3128")
    assert proxies.for_url(PLAIN) == URL("http://plain:3129")
    monkeypatch.delenv("https_proxy")
    monkeypatch.delenv("HTTPS_PROXY")
    assert loaded(monkeypatch, ALL_PROXY="http://all:1").proxies.for_url(API) == URL("http://all:1")


def test_the_setting_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """For every scheme."""
    proxies = loaded(monkeypatch, PROXY_URL="http://me:pw@ours:8080", HTTPS_PROXY="http://theirs:1").proxies
    assert {proxies.for_url(url) for url in (API, PLAIN, GATEWAY)} == {URL("http://me:pw@ours:8080")}


@pytest.mark.parametrize("name", ["PROXY_URL", "HTTPS_PROXY"])
def test_some_hosts_are_reached_directly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those in NO_PROXY, and this machine."""
    proxies = loaded(monkeypatch, **{name: "http://proxy:1", "NO_PROXY": "inside.example,.lan"}).proxies
    direct = [
        "https://inside.example",
        "https://a.inside.example",
        "https://x.lan",
        "https://127.0.0.1:9",
        "https://[::1]",
    ]
    assert [proxies.for_url(URL(url)) for url in [*direct, "https://localhost:8080"]] == [None] * 6
    assert proxies.for_url(API) == URL("http://proxy:1")


@pytest.mark.parametrize("text", ["socks5://proxy:1", "http://", "http://[", "ftp://x"])
def test_proxies_of_other_kinds_are_left_out(text: str) -> None:
    """aiohttp can't use them: a variable with one is as good as none."""
    proxies = Proxies(environment={"https": text})
    assert proxies.for_url(API) is None
    assert list(proxies.urls) == []


@pytest.mark.parametrize("text", ["proxy:3128", "socks5://me:hunter2-x@proxy:1", "http://me:hunter2-x@"])
def test_a_setting_that_is_no_proxy(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is named, and not repeated."""
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, PROXY_URL=text)
    [line] = caught.value.lines
    assert line.startswith("PROXY_URL is not valid: must be an address that starts with http://")
    assert "hunter2" not in line


@pytest.mark.parametrize("name", ["PROXY_URL", "HTTP_PROXY"])
def test_the_password_is_a_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, as it is written, and as the proxy gets it; no print shows it."""
    settings = loaded(monkeypatch, **{name: "http://me:p%40ss-word@proxy:1"})
    assert {"p@ss-word", "p%40ss-word", "bWU6cEBzcy13b3Jk"} <= set(settings.secrets)
    assert "ss-word" not in f"{settings!r} {settings.proxies!r}"
