"""The playground at a terminal: starts it, opens its page, resets it on demand, and ends it."""

import asyncio
import signal
import threading
import webbrowser
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playground.cli import Options
from playground.panel import panel_routes
from playground.process.bot_process import BOT_COMMAND
from playground.process.online_status import bot_online
from playground.stack import Say, Stack, forget


def open_page(address: str) -> None:
    """Show the page in the person's browser; a browser that blocks does not block the playground."""
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


async def launch(
    options: Options,
    say: Say,
    command: Sequence[str] = BOT_COMMAND,
    show: Callable[[str], None] = open_page,
    stop_seconds: float = 10.0,
) -> int:
    """Run the playground until it is asked to end (0) or the bot ends by itself (1)."""
    stop = stop_signal()
    while True:
        stack = Stack(
            port=options.port,
            speed=options.speed,
            data=options.data,
            say=say,
            command=command,
            stop_seconds=stop_seconds,
            extra_routes=panel_routes,
        )
        async with stack:
            code = await _watch(stack, stop, say, show if options.browser else None)
            if code is None:
                await stack.bot.kill()  # nothing that it would put in order is kept
            # The page that is open finds the next round at the same address.
            options = replace(options, port=stack.discord.port, speed=stack.api.speed, browser=False)
        if code is not None:
            return code
        say("Beginning anew …")
        if options.data is not None:
            forget(options.data)


async def _watch(stack: Stack, stop: asyncio.Event, say: Say, show: Say | None) -> int | None:
    """The exit code once it ends; None for a reset."""
    address = stack.discord.url
    anew = asyncio.create_task(stack.reset_requested())
    ends = {asyncio.create_task(stop.wait()), asyncio.create_task(stack.bot.ended()), anew}
    online = asyncio.create_task(bot_online(address))
    try:
        done, _ = await asyncio.wait({*ends, online}, return_when=asyncio.FIRST_COMPLETED)
        if online in done:
            online.result()
            say(f"The playground is ready: {address}  (Ctrl-C ends it)")
            if show:
                show(address)
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await leave({*ends, online})
    if stop.is_set():
        say("Ending the playground …")
        return 0
    if anew in done:
        return None
    _report(stack, say)
    return 1


async def leave(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks and ignore their results and errors."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _report(stack: Stack, say: Say) -> None:
    say(f"The bot ended by itself with exit code {stack.bot.code}. Its last lines:")
    for line in stack.bot.last_lines or ["(it said nothing)"]:
        say(f"  {line}")


def stop_signal() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: there Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, stop.set)
    return stop
