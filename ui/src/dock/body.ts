// Bodies of HTTP messages: base64 to bytes, bytes to text where they are text.

export function decode(base64: string): Uint8Array {
  const raw = atob(base64);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

/** Null: these bytes are no text. A character that was cut off at the end is left away. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return text.includes('\u0000') ? null : text;
  } catch {
    return null;
  }
}
