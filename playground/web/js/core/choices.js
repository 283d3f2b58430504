// The types of options, and the lists of members, roles and channels that selects and options choose from.

export const OPTION_TYPES = { group: 2, sub: 1, string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };

const BOOLEANS = [{ name: "True", value: true }, { name: "False", value: false }];

/** The list that an option's value must be in, or null when any text may be typed. */
export function choicesOf(option, store) {
  const users = () => [...store.users.values()].map((user) => ({ name: user.global_name || user.username, value: user.id }));
  const roles = () => store.roles.map(({ id, name }) => ({ name, value: id }));
  switch (option.type) {
    case OPTION_TYPES.boolean: return BOOLEANS;
    case OPTION_TYPES.user: return users();
    case OPTION_TYPES.role: return roles();
    case OPTION_TYPES.mentionable: return [...users(), ...roles()];
    case OPTION_TYPES.channel: return store.channels.filter(({ type }) => !option.channel_types?.length || option.channel_types.includes(type))
      .map(({ id, name }) => ({ name: `#${name}`, value: id }));
    default: return option.choices?.length ? option.choices : null;
  }
}
