"""Typing commands: free text, named options, lists, suggestions, files."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from playground.discord_server import DiscordServer
from playground.discord_server.state.permission_bits import ATTACH_FILES
from tests.playground.web.conftest import WIDE, at_both_widths
from tests.playground.web.scripted_bot import ScriptedBot, picture
from tests.support.chromium import NewTab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def newest(page: Page) -> Locator:
    """The last message of the open channel."""
    return page.locator(".message").last


@at_both_widths
async def test_a_newcomer_types_a_sentence_and_presses_enter(page: Page, bot: ScriptedBot) -> None:
    """`/imagine a red fox` and Enter is all it takes; the line above the reply says who used what."""
    await page.locator("#composer-text").press_sequentially("/imagine a red fox")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("10 %")
    await expect(newest(page).locator(".origin")).to_have_text(re.compile("Mia used /imagine"))
    await expect(newest(page)).to_contain_text("a red fox")
    await expect(page.locator("#composer-text")).to_be_focused()


async def test_options_by_name_in_one_line(page: Page, bot: ScriptedBot) -> None:
    """A pasted line with `name:value` pairs fills the options it names."""
    bot.step.release()
    bot.step.release()
    bot.step.release()
    await page.locator("#composer-text").fill("/imagine prompt:a red fox aspect:16:9 chaos:7")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("100 % aspect=16:9 chaos=7")


async def test_command_list_is_steered_by_keyboard(page: Page, bot: ScriptedBot) -> None:
    """A slash lists the commands with descriptions; arrows move, Tab takes, Escape closes."""
    await page.keyboard.type("/")
    rows = page.get_by_role("option")
    await expect(rows).to_have_count(6)
    await expect(rows.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.type("se")
    await expect(rows).to_have_text([re.compile("/secret.*only you"), re.compile("/settings mode")])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator(".command-chip")).to_have_text("/settings mode")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page.locator("#composer-text")).to_be_focused()


@at_both_widths
async def test_an_option_is_added_and_chosen_by_keyboard(page: Page, bot: ScriptedBot) -> None:
    """Typing an option's name and a colon moves on to it; its list narrows and Enter takes from it."""
    for _ in range(3):
        bot.step.release()
    await page.locator("#composer-text").press_sequentially("/imagine a fox aspect:9")
    await expect(page.get_by_role("option").first).to_have_text("16:9")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#option-aspect")).to_have_value("9:16")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("100 % aspect=9:16")


@at_both_widths
async def test_the_tray_adds_options(page: Page, bot: ScriptedBot) -> None:
    """Every optional option waits in the tray; Backspace in the empty field puts it back."""
    await page.locator("#composer-text").press_sequentially("/imagine a fox")
    await page.get_by_role("toolbar").get_by_text("raw").click()
    await expect(page.locator("#option-raw")).to_be_focused()
    await expect(page.get_by_role("option")).to_have_text(["True", "False"])
    await page.keyboard.press("Backspace")
    await expect(page.locator("#option-raw")).to_have_count(0)
    await expect(page.locator("#option-prompt")).to_be_focused()


async def test_what_was_used_last_comes_first(page: Page, bot: ScriptedBot) -> None:
    """A bare slash lists it above the others, which stay in the order of the alphabet."""
    await page.locator("#composer-text").press_sequentially("/imagine a red fox")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("a red fox")
    await page.keyboard.type("/")
    rows = page.get_by_role("option")
    await expect(rows.first).to_contain_text("/imagine")
    names = [text.split("/")[1].split()[0] for text in await rows.all_inner_texts()]
    assert names[1:] == sorted(names[1:])


async def test_an_option_to_add_says_what_it_does(page: Page, bot: ScriptedBot) -> None:
    """Its description stands above the box while the pointer is on it, then that of the field in use again."""
    await page.locator("#composer-text").press_sequentially("/imagine a fox")
    await expect(page.locator(".hint strong")).to_have_text("prompt")
    await page.get_by_role("toolbar").get_by_text("raw").hover()
    await expect(page.locator(".hint strong")).to_have_text("raw")
    await page.locator(".channel-title").hover()
    await expect(page.locator(".hint strong")).to_have_text("prompt")


@at_both_widths
async def test_the_bot_suggests_while_one_types(page: Page, bot: ScriptedBot) -> None:
    """Autocomplete asks the bot; what is shown is the name, what is sent is the value."""
    for _ in range(3):
        bot.step.release()
    await page.locator("#composer-text").press_sequentially("/imagine a fox version:nij")
    await expect(page.get_by_role("option")).to_have_text(["Niji 6"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("version=niji6")


@at_both_widths
async def test_a_picture_is_uploaded_with_a_command(page: Page, bot: ScriptedBot) -> None:
    """The file of an attachment option reaches the bot."""
    for _ in range(3):
        bot.step.release()
    await page.locator("#composer-text").press_sequentially("/imagine a fox")
    await page.get_by_role("toolbar").get_by_text("image").click()
    file = {"name": "start.png", "mimeType": "image/png", "buffer": picture("red")}
    await page.locator("[data-option=image] input[type=file]").set_input_files([file])  # type: ignore[list-item]
    await expect(page.locator("[data-option=image]")).to_contain_text("start.png")
    await page.get_by_role("button", name="Send").click()
    await expect(newest(page)).to_contain_text("image=start.png")


async def test_a_picture_without_the_permission_to_attach(
    new_tab: NewTab, server: DiscordServer, bot: ScriptedBot
) -> None:
    """The option says so, and nothing is sent."""
    server.world.channel("general").forbid(server.member("mia").id, ATTACH_FILES, kind=1)
    # Not the fixture's page, which takes no refused request.
    async with new_tab(WIDE) as page:
        await page.goto(server.url)
        await page.locator("#composer-text").press_sequentially("/imagine a fox")
        await page.get_by_role("toolbar").get_by_text("image").click()
        file = {"name": "start.png", "mimeType": "image/png", "buffer": picture("red")}
        await page.locator("[data-option=image] input[type=file]").set_input_files([file])  # type: ignore[list-item]
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("[data-option=image]")).to_contain_text("You may not attach files in this channel.")
        await expect(page.locator(".message")).to_have_count(0)


@at_both_widths
async def test_a_dropped_picture_fills_the_open_command(page: Page, bot: ScriptedBot) -> None:
    """A file dropped anywhere goes to the command's attachment option."""
    await page.locator("#composer-text").press_sequentially("/imagine a fox")
    data = await page.evaluate_handle("""() => {
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'dropped.png', {type: 'image/png'}));
        return data;
    }""")
    await page.dispatch_event("#timeline", "drop", {"dataTransfer": data})
    await expect(page.locator("[data-option=image]")).to_contain_text("dropped.png")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("/imagine ", "prompt is needed"),
        ("/imagine a fox chaos:101", "chaos must be between 0 and 100"),
        ("/imagine a fox chaos:1.5", "chaos must be a whole number"),
        ("/imagine a fox aspect:7:5", "Choose one of the list for aspect"),
    ],
)
async def test_mistakes_are_told_in_place(
    page: Page, bot: ScriptedBot, server: DiscordServer, typed: str, problem: str
) -> None:
    """A wrong value is named beside its field, which gets the focus; nothing is sent."""
    await page.locator("#composer-text").fill(typed)
    await page.keyboard.press("Enter")
    await expect(page.locator(".option[data-invalid] .option-problem")).to_have_text(problem)
    await expect(page.locator(".option[data-invalid] textarea")).to_be_focused()
    assert server.world.channel("general").messages == {}


@at_both_widths
async def test_members_are_chosen_by_name(page: Page, bot: ScriptedBot) -> None:
    """A user option of a sub-command lists the members."""
    await page.locator("#composer-text").press_sequentially("/settings mode ad")
    await expect(page.get_by_role("option")).to_have_text(["Adam"])
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("set for adam")


@at_both_widths
async def test_roles_channels_and_numbers_are_options_too(page: Page, bot: ScriptedBot) -> None:
    """Each has a list of its own, "anyone" members and roles together; a point or comma makes a fraction."""
    await page.locator("#composer-text").press_sequentially("/settings mode adam role:")
    rows = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    await expect(rows).to_have_text(["@everyone", "ImaginePro", "Admin", "Artist"])
    await rows.last.click()
    await page.get_by_role("toolbar").get_by_text("channel").click()
    await expect(rows).to_have_text(["#general", "#art", "#after-dark"])
    await page.keyboard.type("art")
    await page.keyboard.press("Enter")
    await page.get_by_role("toolbar").get_by_text("anyone").click()
    await expect(rows).to_have_count(9)
    await page.keyboard.type("oliv")
    await page.keyboard.press("Enter")
    await page.get_by_role("toolbar").get_by_text("factor").click()
    await page.keyboard.type("0,5")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("set for adam, Artist, art, olivia, 0.5")


@at_both_widths
async def test_a_pasted_picture_fills_the_open_command(page: Page, bot: ScriptedBot) -> None:
    """As a dropped one does; without a command it goes along with the message."""
    for line in ("", "/imagine a fox"):
        await page.locator("#composer-text").fill(line)
        await page.locator("#composer").evaluate("""(form) => {
            const data = new DataTransfer();
            data.items.add(new File(['x'], 'pasted.png', {type: 'image/png'}));
            form.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
        }""")
    await expect(page.locator(".waiting-files")).to_contain_text("pasted.png")
    await expect(page.locator("[data-option=image]")).to_contain_text("pasted.png")


@at_both_widths
async def test_an_example_is_run_with_one_click(page: Page, bot: ScriptedBot) -> None:
    """An empty channel offers three prompts, which go once there are messages."""
    examples = page.locator(".example")
    await expect(examples).to_have_count(3)
    await examples.first.click()
    await expect(newest(page)).to_contain_text("a red fox in fresh snow")
    await expect(examples).to_have_count(0)


async def test_plain_text_is_a_message(page: Page, bot: ScriptedBot) -> None:
    """Text without a slash is said as the member; an unknown command is not."""
    await page.locator("#composer-text").press_sequentially("good morning")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("good morning")
    await page.keyboard.type("/nonsense here")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("no command /nonsense")
    await expect(page.locator(".message")).to_have_count(1)


@at_both_widths
async def test_files_go_along_with_a_message(page: Page, bot: ScriptedBot) -> None:
    """Chosen files wait as chips, one is taken back, the rest is sent with or without words."""
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Attach files").click()
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": picture("red")} for name in ("a", "b")]
    await (await choosing.value).set_files(files)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Remove a.png").click()
    await expect(page.get_by_role("list", name="Files to send").get_by_role("listitem")).to_have_count(1)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".message .tile img")).to_have_js_property("naturalWidth", 320)
    await expect(page.get_by_role("list", name="Files to send")).to_have_count(0)
