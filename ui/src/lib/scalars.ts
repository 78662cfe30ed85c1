// Checks of single texts: numbers of any size, dates, bounds. They say what is wrong in words, or null.
import { split, stringOf } from './json';

const LOWEST = -(2n ** 63n);
const HIGHEST = 2n ** 64n - 1n;
const SHOWN = 60;
/** Date, hour, minute, second; fraction and zone may follow. */
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

export function integerProblem(raw: string): string | null {
  const text = raw.trim();
  if (text === '') return 'a whole number is missing';
  if (!/^-?(0|[1-9]\d*)$/.test(text)) return `${shown(stringOf(raw) ?? raw)} is not a whole number`;
  const number = BigInt(text);
  return number < LOWEST || number > HIGHEST ? `${text} does not fit in 64 bits` : null;
}

export function floatProblem(raw: string): string | null {
  const text = raw.trim();
  if (text === '') return 'a number is missing';
  const fits = split(text)?.kind === 'number' && Number.isFinite(Number(text));
  return fits ? null : `${shown(stringOf(raw) ?? raw)} is not a number`;
}

/** Exact for whole numbers of any size. */
export function compareNumbers(left: string, right: string): number {
  if (/^-?\d+$/.test(left) && /^-?\d+$/.test(right)) {
    const [a, b] = [BigInt(left), BigInt(right)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return Number(left) - Number(right);
}

/** “abc”, and numbers without quotes, bounded. */
export function shown(text: string): string {
  const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  return /^-?\d+(\.\d+)?$/.test(short) ? short : `“${short}”`;
}

/** A date, or a date with a time, as pins carry them. */
export function isoDate(text: string | null): boolean {
  const found = ISO.exec(text ?? '');
  if (!found) return false;
  const [year, month, day, hour, minute, second] = found.slice(1).map((part) => Number(part ?? '0'));
  const days = new Date(Date.UTC(2000, month ?? 0, 0)).getUTCDate();
  const leap = (year ?? 0) % 4 === 0 && ((year ?? 0) % 100 !== 0 || (year ?? 0) % 400 === 0);
  const inMonth = month === 2 && !leap ? 28 : days;
  const dated = (month ?? 0) >= 1 && (month ?? 0) <= 12 && (day ?? 0) >= 1 && (day ?? 0) <= inMonth;
  return dated && (hour ?? 0) <= 23 && (minute ?? 0) <= 59 && (second ?? 0) <= 60;
}

/** Either bound may be missing. */
export function boundsProblem(raw: string, low: string | null, high: string | null): string | null {
  if (high !== null && compareNumbers(raw, high) > 0) return `${raw} is above the largest allowed value, ${high}`;
  if (low !== null && compareNumbers(raw, low) < 0) return `${raw} is below the smallest allowed value, ${low}`;
  return null;
}
