// What can be done in the window: one list for the native menu, the palette, menus at rows and keys. `commands.json` has
// its words; who can do a thing makes a `Command` of them and provides it to the workbench.
import words from './commands.json';

export type CommandId = keyof typeof words.commands;

export interface Command {
  id: CommandId;
  title: string;
  /** What it is done to, where there may be many: shown behind the title in the palette. */
  about?: string;
  /** As it is shown: "Ctrl Shift O". */
  keys?: string;
  group: string;
  /** False: it can't be done now. */
  enabled?: boolean;
  /** Whether what it switches is on; none: it switches nothing. */
  checked?: boolean;
  /** Something is lost by it. */
  danger?: boolean;
  run: () => void;
}

interface Words {
  /** With "&" before the letter that chooses it in a native menu. */
  title: string;
  keys?: string;
  group: string;
  danger?: boolean;
  /** The key counts only where the command's own pane has the focus, and is handled there. */
  local?: boolean;
}

type State = Partial<Pick<Command, 'about' | 'enabled' | 'checked' | 'title'>>;

const WORDS: Record<CommandId, Words> = words.commands;
export const COMMAND_IDS = Object.keys(WORDS) as CommandId[];

export function command(id: CommandId, run: () => void, state: State = {}): Command {
  const { title, keys, group, danger } = WORDS[id];
  return {
    id,
    title: title.replace('&', ''),
    ...(keys === undefined ? {} : { keys }),
    group,
    ...(danger === undefined ? {} : { danger }),
    ...state,
    run,
  };
}

/** Items of the native menu. */
export const MENU_ITEMS = words.menus.flatMap((menu) => menu.items).filter((id) => id !== '') as CommandId[];

/** All keys with what they do, for a list of them. */
export function keyList(): { keys: string; title: string; group: string }[] {
  return Object.values(WORDS).flatMap(({ keys, title, group }) =>
    keys === undefined ? [] : [{ keys, title: title.replace('&', ''), group }],
  );
}

/** The command whose key was pressed, anywhere in the window; null: none's. */
export function commandOfKey(event: KeyboardEvent): CommandId | null {
  return COMMAND_IDS.find((id) => !WORDS[id].local && id !== 'quit' && pressed(event, WORDS[id].keys)) ?? null;
}

function pressed(event: KeyboardEvent, keys: string | undefined): boolean {
  if (keys === undefined || event.altKey) return false;
  const parts = keys.split(' ');
  const key = parts.pop() ?? '';
  // "+" is Shift and "=" on many keyboards, and a digit of the keypad is a digit.
  const names = key === '+' ? ['+', '='] : key === 'Esc' ? ['Escape'] : [key];
  const shift = parts.includes('Shift');
  return (
    (event.ctrlKey || event.metaKey) === parts.includes('Ctrl') &&
    (event.shiftKey === shift || key === '+') &&
    names.some((name) => name.toLowerCase() === event.key.toLowerCase())
  );
}
