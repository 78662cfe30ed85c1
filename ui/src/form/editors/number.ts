// Numbers as people type them, and one step up or down, without losing a digit.

/** `+7`, `007`, `.5` and `5.` as JSON has them; what is no number stays as it is. */
export function tidied(typed: string, whole: boolean): string {
  const found = /^\s*([+-]?)(\d*)(?:(\.)(\d*))?([eE][+-]?\d+)?\s*$/.exec(typed);
  if (!found) return typed;
  const [, sign = '', digits = '', point = '', fraction = '', exponent = ''] = found;
  if (digits === '' && fraction === '') return typed;
  if (whole && (point !== '' || exponent !== '')) return typed;
  const front = digits.replace(/^0+(?=\d)/, '');
  const rest = fraction === '' ? '' : `.${fraction}`;
  return `${sign === '-' ? '-' : ''}${front === '' ? '0' : front}${rest}${exponent}`;
}

/** Null: the text is no number. An empty text counts as zero. The result stays inside the range. */
export function stepped(from: string, by: number, range: readonly [number, number] | null): string | null {
  const text = from.trim() === '' ? '0' : from.trim();
  if (/^-?\d+$/.test(text) && Number.isInteger(by)) {
    let next = BigInt(text) + BigInt(by);
    if (range && Number.isInteger(range[0]) && next < BigInt(range[0])) next = BigInt(range[0]);
    if (range && Number.isInteger(range[1]) && next > BigInt(range[1])) next = BigInt(range[1]);
    return String(next);
  }
  const number = Number(text);
  if (!Number.isFinite(number)) return null;
  const [low, high] = range ?? [-Infinity, Infinity];
  const next = Math.min(high, Math.max(low, number + by));
  const digits = Math.max(decimals(text), decimals(String(by)));
  return String(Number(next.toFixed(Math.min(digits, 20))));
}

function decimals(text: string): number {
  const [front = '', exponent = '0'] = text.toLowerCase().split('e');
  return Math.max(0, (front.split('.')[1] ?? '').length - Number(exponent));
}
