"""Who and what is there when the local Discord starts: people, roles, channels."""

import base64

from . import permission_bits

APPLICATION_ID = "1100000000000000001"
GUILD_ID = "1100000000004194304"
GUILD_NAME = "Playground"

# A server where the members are and the bot is not.
ELSEWHERE_ID = "1100000000008388608"
ELSEWHERE_NAME = "Elsewhere"

BOT_NAME = "ImaginePro"
BOT_ROLE = "1100000000000000020"
ADMIN_ROLE = "1100000000000000021"
ARTIST_ROLE = "1100000000000000022"

USERS = (
    # id, name, shown as, roles
    ("1100000000000000101", "olivia", "Olivia", ()),
    ("1100000000000000102", "adam", "Adam", (ADMIN_ROLE,)),
    ("1100000000000000103", "mia", "Mia", (ARTIST_ROLE,)),
    ("1100000000000000104", "max", "Max", ()),
)
OWNER = "olivia"

ROLES = (
    # id, name, permissions, colour, belongs to the bot
    (GUILD_ID, "@everyone", permission_bits.EVERYONE, 0, False),
    (BOT_ROLE, BOT_NAME, permission_bits.BOT, 0, True),
    (ADMIN_ROLE, "Admin", permission_bits.ADMINISTRATOR, 0xE67E22, False),
    (ARTIST_ROLE, "Artist", 0, 0x9B59B6, False),
)

CHANNELS = (
    # id, name, age-restricted, topic
    ("1100000000000000201", "general", False, "Talk, and try the bot"),
    ("1100000000000000202", "art", False, "Pictures only"),
    ("1100000000000000203", "after-dark", True, "For adults"),
)
# Places of other types: a voice channel has a chat, and a forum only posts.
VOICE_CHANNEL = ("1100000000000000204", "lounge", "Talk, or write beside it")
FORUM_CHANNEL = ("1100000000000000205", "showcase", "A post for each series of pictures")
POST = ("1100000000000000206", "First pictures")
# A private thread of #art, to which the bot was not added.
WORKSHOP = ("1100000000000000207", "workshop", ("1100000000000000102", "1100000000000000103"))
LOBBY = ("1100000000000000211", "lobby", "The bot is no member here")
# A direct message channel's id is its user's id plus this.
DM_OFFSET = 200


def bot_token(secret: str) -> str:
    """A token with the bot's id before its first dot, where hikari and others read it."""
    return f"{base64.b64encode(APPLICATION_ID.encode()).decode().rstrip('=')}.local.{secret}"
