// A discord.js bot for tests. Where it logs in comes from the environment; what happens to it goes to stdout and what
// it is to do comes from stdin, a line of JSON each.

import { createInterface } from 'node:readline';
import { Client, GatewayIntentBits, Routes, SimpleShardingStrategy } from 'discord.js';
import { answers, commands } from './answers.mjs';

const { DISCORD_API, DISCORD_TOKEN, DISCORD_COMPRESS, DISCORD_PICTURE } = process.env;

function tell(event, data = {}) {
  process.stdout.write(`${JSON.stringify({ event, ...data })}\n`);
}

// Without zlib-sync, a native module, the library compresses in one way: it says `compress` when it identifies.
function compressing(manager) {
  if (DISCORD_COMPRESS) manager.options.compression = DISCORD_COMPRESS;
  return new SimpleShardingStrategy(manager);
}

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
  allowedMentions: { parse: [] },
  shards: 'auto',
  rest: { api: DISCORD_API },
  ws: { buildStrategy: compressing },
});

const picture = () => ({ attachment: Buffer.from(DISCORD_PICTURE, 'base64'), name: 'fox.png' });

client.on('interactionCreate', (interaction) => answers(interaction, picture).catch((error) => complain(error)));
client.on('shardReady', (shard) => tell('identified', { shard }));
client.on('debug', (text) => {
  const asked = /compression: (\S+)/.exec(text);
  if (asked) tell('identifying', { compression: asked[1] });
});
client.on('shardResume', (shard, replayed) => tell('resumed', { shard, replayed }));
client.on('error', complain);

function complain(error) {
  const { name, code, status, message } = error;
  tell('error', { class: error.constructor.name, name, code, status, message, errors: error.rawError?.errors });
}

const orders = {
  async send({ channel, content }) {
    const place = await client.channels.fetch(channel);
    const message = await place.send(content);
    return { id: message.id, content: message.content };
  },
  async file({ channel }) {
    const place = await client.channels.fetch(channel);
    const message = await place.send({ content: 'a file', files: [picture()] });
    const shown = message.attachments.first();
    const bytes = Buffer.from(await (await fetch(shown.url)).arrayBuffer()).toString('base64');
    const edited = await message.edit({ content: 'changed', attachments: [] });
    const left = edited.attachments.size;
    await message.delete();
    return { bytes, width: shown.width, left };
  },
  async sessions() {
    const { shards, session_start_limit: start } = await client.rest.get(Routes.gatewayBot());
    return { shards, total: start.total, started: [...client.ws.shards.keys()] };
  },
  async ping() {
    return { milliseconds: client.ws.ping };
  },
};

async function obey(line) {
  const { do: order, ...details } = JSON.parse(line);
  try {
    tell('done', await orders[order](details));
  } catch (error) {
    complain(error);
  }
}

client.once('clientReady', async () => {
  const registered = await client.application.commands.set(commands);
  tell('ready', {
    user: client.user.username,
    guilds: client.guilds.cache.map((guild) => guild.name),
    channels: client.guilds.cache.first()?.channels.cache.map((channel) => channel.name) ?? [],
    commands: registered.map((command) => command.name),
  });
});

createInterface({ input: process.stdin })
  .on('line', obey)
  .on('close', () => client.destroy().finally(() => process.exit(0)));

client.login(DISCORD_TOKEN).catch((error) => {
  complain(error);
  process.exit(1);
});
