// The bot's commands, and what it answers to them, to its buttons, its menu and its form.

import {
  ActionRowBuilder,
  ApplicationCommandType,
  ButtonBuilder,
  ButtonStyle,
  ContainerBuilder,
  ContextMenuCommandBuilder,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';

const colours = [{ name: 'Red', value: 'r' }, { name: 'Blue', value: 'b' }];
const slash = (name) => new SlashCommandBuilder().setName(name).setDescription(name);

export const commands = [
  slash('paint').addStringOption((option) =>
    option.setName('colour').setDescription('c').setRequired(true).addChoices(...colours),
  ),
  slash('draw').addStringOption((option) =>
    option.setName('prompt').setDescription('p').setRequired(true).setAutocomplete(true),
  ),
  slash('whisper'),
  slash('panel'),
  slash('form'),
  new ContextMenuCommandBuilder().setName('Repeat').setType(ApplicationCommandType.Message),
];

const button = (customId, label) =>
  new ButtonBuilder().setCustomId(customId).setLabel(label).setStyle(ButtonStyle.Primary);
const row = (...parts) => new ActionRowBuilder().addComponents(...parts);

async function draw(interaction, picture) {
  await interaction.deferReply();
  const sizes = [{ label: 'Small', value: 's' }, { label: 'Large', value: 'l' }];
  const menu = new StringSelectMenuBuilder().setCustomId('size').addOptions(sizes);
  const prompt = interaction.options.getString('prompt');
  await interaction.editReply({ content: `drawn ${prompt}`, components: [row(button('again', 'Again')), row(menu)] });
  await interaction.followUp({ content: 'one more', files: [picture()] });
}

async function panel(interaction, picture) {
  const container = new ContainerBuilder()
    .addTextDisplayComponents((text) => text.setContent('a panel'))
    .addMediaGalleryComponents((gallery) =>
      gallery.addItems((item) => item.setURL('attachment://fox.png').setDescription('a red fox')),
    )
    .addActionRowComponents(row(button('pressed', 'Press')));
  const answer = { components: [container], files: [picture()], flags: MessageFlags.IsComponentsV2 };
  const { resource } = await interaction.reply({ ...answer, withResponse: true });
  if (!resource.message.flags.has(MessageFlags.IsComponentsV2)) throw new Error('the answer came back as another one');
}

async function form(interaction) {
  const wish = new TextInputBuilder().setCustomId('wish').setStyle(TextInputStyle.Short).setMaxLength(20);
  const label = new LabelBuilder().setLabel('Your wish').setTextInputComponent(wish);
  await interaction.showModal(new ModalBuilder().setCustomId('form').setTitle('A form').addLabelComponents(label));
}

const named = {
  draw,
  panel,
  form,
  paint: (interaction) => interaction.reply(`painted ${interaction.options.getString('colour')}`),
  whisper: (interaction) => interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral }),
  Repeat: (interaction) => {
    const { author, content } = interaction.targetMessage;
    return interaction.reply(`${author.username} wrote: ${content}`);
  },
};

async function pressed(interaction) {
  if (interaction.customId === 'pressed') {
    const container = new ContainerBuilder().addTextDisplayComponents((text) => text.setContent('a pressed panel'));
    await interaction.update({ components: [container], attachments: [] });
  } else {
    await interaction.update([interaction.customId, ...(interaction.values ?? [])].join(' '));
  }
}

export async function answers(interaction, picture) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused().repeat(2);
    await interaction.respond([{ name: typed, value: typed }]);
  } else if (interaction.isCommand()) {
    await named[interaction.commandName](interaction, picture);
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`your wish: ${interaction.fields.getTextInputValue('wish')}`);
  } else {
    await pressed(interaction);
  }
}
