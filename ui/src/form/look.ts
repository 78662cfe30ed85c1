// How a pin reads: its colour, its type and its limits in words.
import type { PinRow } from '../lib/ipc/generated';
import { stringOf } from '../lib/json';
import { visible } from '../lib/text';

const SHOWN = 60;

const COLOURS: Record<string, string> = {
  Execution: 'exec',
  String: 'string',
  Integer: 'integer',
  Float: 'float',
  Boolean: 'boolean',
  Struct: 'struct',
  Date: 'date',
  PathBuf: 'path',
  Byte: 'byte',
};

export function colour(pin: PinRow): string {
  return `var(--pin-${COLOURS[pin.data_type] ?? 'generic'})`;
}

export function title(pin: PinRow): string {
  return visible(pin.friendly_name === '' ? pin.name : pin.friendly_name);
}

export function typeText(pin: PinRow): string {
  if (pin.data_type === 'Execution') return 'exec';
  return pin.value_type === 'Normal' ? pin.data_type : `${pin.data_type} · ${pin.value_type}`;
}

/** "1–65535", "0–1, step 0.05"; empty where nothing is limited. */
export function limitsText(pin: PinRow): string {
  const range = pin.range ? `${String(pin.range[0])}–${String(pin.range[1])}` : '';
  const step = pin.step === null ? '' : `step ${String(pin.step)}`;
  return [range, step].filter((part) => part !== '').join(', ');
}

/** The default as an empty field shows it. */
export function defaultContent(fallback: string | null): string {
  if (fallback === null || fallback === 'null') return '';
  return stringOf(fallback) ?? fallback;
}

/** What an unset pin's line says. */
export function unsetText(pin: PinRow): string {
  const fallback = pin.default_text;
  if (fallback === null || fallback === 'null') return 'unset';
  const content = stringOf(fallback);
  const shown = visible(content ?? fallback, SHOWN);
  if (pin.sensitive) return 'unset · has a default';
  return `unset · default ${content === null ? shown : `“${shown}”`}`;
}

/** "one of fast, exact, dry run". */
export function choicesText(pin: PinRow): string {
  return pin.valid_values ? `one of ${visible(pin.valid_values.join(', '))}` : '';
}
