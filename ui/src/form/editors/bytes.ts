// Bytes as base64 text, read without decoding more than is shown.
import { contentOf, string, type Draft } from '../../lib/draft';

/** Names of the files that drafts came from; a name is not part of the value. */
const names = new WeakMap<Draft, string>();

export function fileDraft(name: string, base64: string): Draft {
  const draft = string(base64);
  names.set(draft, name);
  return draft;
}

export function fileName(draft: Draft): string | null {
  return names.get(draft) ?? null;
}

/** Bytes that the base64 text stands for; null: it is none. */
export function sizeOf(draft: Draft): number | null {
  const text = contentOf(draft);
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** The first bytes, at most `most`. */
export function head(draft: Draft, most: number): Uint8Array {
  const part = contentOf(draft).slice(0, Math.ceil(most / 3) * 4);
  return Uint8Array.from(atob(part), (char) => char.charCodeAt(0)).slice(0, most);
}

/** "89 50 4e 47". */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Lines of offset, 16 bytes and their letters. */
export function hexLines(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.slice(at, at + 16);
    const letters = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex(row).padEnd(47)}  ${letters}`);
  }
  return lines;
}

export async function readFile(file: File): Promise<Draft> {
  return fileDraft(file.name, encode(new Uint8Array(await file.arrayBuffer())));
}

function encode(bytes: Uint8Array): string {
  // In pieces, because all bytes at once would be too many arguments; a multiple of 3 keeps padding at the end.
  const piece = 3 * 8192;
  let text = '';
  for (let at = 0; at < bytes.length; at += piece) {
    text += btoa(String.fromCharCode(...bytes.subarray(at, at + piece)));
  }
  return text;
}
