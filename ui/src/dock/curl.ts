// An HTTP exchange as a command for a POSIX shell. Masked header values stay masked: what is not known cannot be copied.
import type { NetworkDetail } from '../lib/ipc/generated';
import { decode, textOf } from './body';

/** curl works these out itself, and a wrong one breaks the request. */
const OWN = new Set(['content-length', 'transfer-encoding', 'host', 'connection']);

export function curl(exchange: NetworkDetail): string {
  const body = decode(exchange.request_body);
  const text = textOf(body);
  const sends = body.length > 0;
  const parts = ['curl'];
  if (exchange.method === 'HEAD') parts.push('--head');
  else if (exchange.method !== (sends ? 'POST' : 'GET')) parts.push(`--request ${quoted(exchange.method)}`);
  // Else brackets and braces would be read as ranges.
  if (/[[\]{}]/.test(exchange.url)) parts.push('--globoff');
  parts.push(quoted(exchange.url));
  for (const [name, value] of exchange.request_headers) {
    if (OWN.has(name.toLowerCase())) continue;
    parts.push(`--header ${quoted(value === '' ? `${name};` : `${name}: ${value}`)}`);
  }
  if (sends) {
    const typed = exchange.request_headers.some(([name]) => name.toLowerCase() === 'content-type');
    // Else curl would add the type of a web form.
    if (!typed) parts.push(`--header ${quoted('Content-Type:')}`);
    // Raw: a leading @ is no file name.
    parts.push(text === null ? '--data-binary @-' : `--data-raw ${quoted(text)}`);
  }
  const command = parts.join(' \\\n  ');
  const piped = sends && text === null ? `printf %s ${quoted(exchange.request_body)} | base64 -d | ${command}` : command;
  return exchange.request_size > body.length
    ? `# the body goes on: ${String(body.length)} of ${String(exchange.request_size)} bytes are known\n${piped}`
    : piped;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
