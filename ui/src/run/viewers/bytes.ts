// Bytes that travel as base64, and what their first ones say.

export interface ImageKind {
  name: string;
  mime: string;
}

const KINDS: { name: string; mime: string; fits: (bytes: Uint8Array) => boolean }[] = [
  { name: 'PNG', mime: 'image/png', fits: (bytes) => starts(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) },
  { name: 'JPEG', mime: 'image/jpeg', fits: (bytes) => starts(bytes, 0, [0xff, 0xd8, 0xff]) },
  { name: 'GIF', mime: 'image/gif', fits: (bytes) => starts(bytes, 0, [0x47, 0x49, 0x46, 0x38]) },
  {
    name: 'WebP',
    mime: 'image/webp',
    fits: (bytes) => starts(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && starts(bytes, 8, [0x57, 0x45, 0x42, 0x50]),
  },
  // "BM" alone begins many texts: the reserved bytes of a bitmap are zero.
  { name: 'BMP', mime: 'image/bmp', fits: (bytes) => starts(bytes, 0, [0x42, 0x4d]) && starts(bytes, 6, [0, 0, 0, 0]) },
];

/** What the bytes are, by themselves: what a node calls them does not count. SVG is text and stays text. */
export function imageKind(bytes: Uint8Array): ImageKind | null {
  const kind = KINDS.find(({ fits }) => fits(bytes));
  return kind ? { name: kind.name, mime: kind.mime } : null;
}

/** Standard or URL-safe base64; null: it is neither. A text that was cut loses its last, incomplete group. */
export function fromBase64(text: string, cut = false): Uint8Array | null {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/\s/g, '');
  const whole = cut ? plain.slice(0, plain.length - (plain.length % 4)) : plain;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(whole)) return null;
  // A length that no bytes have: it is text that looks like base64.
  if (whole.replace(/=+$/, '').length % 4 === 1) return null;
  const raw = atob(whole.replace(/=+$/, ''));
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += 0x6000) out += btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000)));
  return out;
}

/** The base64 of a `data:` URL of an image; null for everything else. */
export function dataUrl(text: string): string | null {
  return /^data:image\/[\w.+-]+;base64,/.test(text) ? text.slice(text.indexOf(',') + 1) : null;
}

/** One line of a dump: offset, eight or sixteen bytes, and those of them that can be read. */
export function hexLine(bytes: Uint8Array, line: number, width: 8 | 16 = 16): string {
  const part = [...bytes.subarray(line * width, (line + 1) * width)];
  const hex = part.map((byte) => byte.toString(16).padStart(2, '0'));
  const read = part.map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
  const columns = [hex.slice(0, 8), hex.slice(8, width)].map((eight) => eight.join(' ')).join('  ');
  return `${(line * width).toString(16).padStart(8, '0')}  ${columns.padEnd(width * 3)}  ${read}`;
}

function starts(bytes: Uint8Array, at: number, with_: number[]): boolean {
  return with_.every((byte, index) => bytes[at + index] === byte);
}
