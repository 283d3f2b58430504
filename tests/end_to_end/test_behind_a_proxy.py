"""A machine that reaches Discord and the API through an HTTP proxy alone."""

import pytest

from tests.end_to_end.environment import Environment
from tests.support.forward_proxy import ForwardProxy

pytestmark = pytest.mark.process

FAR = {
    "DISCORD_API_URL": "http://discord.test/api/v10",
    "DISCORD_GATEWAY_URL": "ws://discord.test/gateway",
    "IMAGINEPRO_BASE_URL": "http://imaginepro.test",
}


@pytest.mark.parametrize("name", ["PROXY_URL", "http_proxy"])
@pytest.mark.parametrize("setup", [{"public_url": "http://imaginepro.test"}], ids=[""])
async def test_a_whole_job(environment: Environment, name: str) -> None:
    """Gateway, commands, the API, results and files go through it; its password is in no line of the log."""
    hosts = {"discord.test": environment.discord.url, "imaginepro.test": environment.api.url}
    async with ForwardProxy(hosts, ("me", "hunter2-secret")) as proxy:
        settings = {**FAR, name: proxy.url, "NO_PROXY": "", "no_proxy": "", "LOG_LEVEL": "DEBUG"}
        async with environment.bot(**settings) as bot:
            grid = await environment.result(await environment.imagine())
            assert await environment.result(await environment.mia.press(grid, label="U2"), "Vary (Strong)")
        assert "hunter2" not in "\n".join(bot.lines)
    assert {asked.split()[1] for asked in proxy.asked} == {"discord.test", "imaginepro.test"}
