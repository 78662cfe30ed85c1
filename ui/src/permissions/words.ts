// Rules, classes of addresses, lifetimes and targets in words.
import { clock } from '../lib/format';
import type { AuditRow, QuestionRow } from '../lib/ipc/generated';
import { visible } from '../lib/text';

const ADDRESSES: Record<string, string> = {
  loopback: 'loopback address',
  private: 'address in the local network',
  'link-local': 'link-local address',
  metadata: 'cloud metadata service',
  shared: "address in the carrier's network",
  multicast: 'multicast group',
  reserved: 'reserved address',
  internet: 'address on the internet',
};

const CLASSES: Record<string, string> = {
  loopback: 'loopback · this machine',
  private: 'local network',
  'link-local': 'link-local · this network segment',
  metadata: 'cloud metadata · can hand out credentials',
  shared: "carrier's network",
  multicast: 'multicast · many machines at once',
  reserved: 'reserved address',
  internet: 'internet',
};

const EVERYTHING: Record<string, string> = {
  all: 'Everything',
  network: 'Any network access',
  storage: 'Its files',
  tcp: 'Any TCP connection',
  'tcp-listen': 'Listening on any address',
  udp: 'Any UDP target',
  'udp-bind': 'Any local UDP address',
  'udp-receive': 'Any UDP peer',
  dns: 'Any name',
  http: 'Any HTTP request',
  websocket: 'Any WebSocket',
  oauth: 'Any OAuth provider',
  models: 'Any model',
  variables: 'Variables',
  cache: 'The cache',
  streaming: 'Streaming events',
  'storage-read': 'Reading its files',
  'storage-write': 'Writing its files',
};

/** A rule such as `tcp:127.0.0.1:6379` as people say it; one that is not understood stands as it is. */
export function ruleWords(rule: string): string {
  const at = rule.indexOf(':');
  const kind = at < 0 ? rule : rule.slice(0, at);
  const target = at < 0 ? '*' : rule.slice(at + 1);
  if (target === '*') return EVERYTHING[kind] ?? visible(rule);
  switch (kind) {
    case 'tcp':
    case 'tcp-listen':
    case 'udp':
    case 'udp-bind':
    case 'udp-receive':
      return socketWords(target) ?? visible(rule);
    case 'dns':
      return target.startsWith('*.') ? `Any name below ${target.slice(2)}` : `Only ${visible(target)}`;
    case 'http':
    case 'websocket':
      return urlWords(target);
    default:
      return `Only ${visible(target)}`;
  }
}

function socketWords(target: string): string | null {
  const colon = target.lastIndexOf(':');
  if (colon < 0) return null;
  const host = hostWords(target.slice(0, colon));
  const port = target.slice(colon + 1);
  if (port === '*') return host.many ? capital(host.text) : `${host.text}, any port`;
  return host.many ? `${capital(host.text)}, port ${port}` : `Only ${host.text} port ${port}`;
}

/** The class behind a name only keeps its address from changing kind, so the words leave it to the rule itself. */
function hostWords(host: string): { text: string; many: boolean } {
  if (host === '*') return { text: 'any host', many: true };
  if (host.startsWith('@')) return { text: `any ${ADDRESSES[host.slice(1)] ?? visible(host)}`, many: true };
  const name = visible(host.split('@')[0] ?? host).replace(/^\[(.*)\]$/, '$1');
  if (name.startsWith('*.')) return { text: `any name below ${name.slice(2)}`, many: true };
  if (name.includes('/')) return { text: `any address in ${name}`, many: true };
  return { text: name, many: false };
}

const URL_PARTS = /^(?:([A-Z-]+) )?(?:(\w+):\/\/(\[[^\]]*\]|[^:/]*)(?::(\*|\d+))?(\/.*)?|\*)$/s;

function urlWords(target: string): string {
  const parts = URL_PARTS.exec(target);
  if (!parts) return visible(target);
  const [, method, scheme, host = '', port, path = '/'] = parts;
  const start = method === undefined ? '' : `${method} `;
  if (scheme === undefined) return `Any ${start}request`;
  const words = hostWords(host);
  const where = words.many ? capital(words.text) : words.text;
  const below = path === '/' ? '' : visible(path);
  if (port === '*') return `${start}${where} by ${scheme}, any port${below && `, below ${below}`}`;
  const tail = port === undefined ? '' : `:${port}`;
  if (words.many) return `${start}${where} by ${scheme}${port === undefined ? '' : `, port ${port}`}${below}`;
  const shown = host.startsWith('[') ? host : words.text;
  const url = `${scheme}://${shown}${tail}`;
  return below || method !== undefined ? `${start}${url}${below || '/'} and below` : `Anything at ${url}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the class of the target's address means; null where there will be no address. */
export function classWords(question: Pick<QuestionRow, 'class' | 'capability'>): string | null {
  if (question.class !== null) return CLASSES[question.class] ?? visible(question.class);
  return ['oauth', 'models'].includes(question.capability) ? null : 'not known before the look-up';
}

/** A class in a table. */
export function shortClass(name: string): string {
  return (CLASSES[name] ?? visible(name)).split(' · ')[0] ?? '';
}

/** "cache.internal → 10.1.7.20 port 6379", or what the node asked for as it is. */
export function targetWords(question: QuestionRow): string {
  const { host, address, port, capability } = question;
  if (capability === 'http' || capability === 'websocket') {
    const url = visible(question.target, 300);
    // Only a host that is the address itself says it already; the rest of a URL may say anything.
    const literal = host?.replace(/^\[(.*)\]$/, '$1');
    return address !== null && address !== literal ? `${url} → ${visible(address)}` : url;
  }
  if (address === null || port === null) return visible(host ?? question.target, 300);
  const place = `${visible(address)} port ${String(port)}`;
  return host === null ? place : `${visible(host, 255)} → ${place}`;
}

export const LIFETIMES = [
  { value: 'once', label: 'Only this once' },
  { value: 'run', label: 'For this run' },
  { value: 'session', label: 'Until the app closes' },
  { value: 'always', label: 'Always for this node' },
];

const HOLDS: Record<string, string> = {
  once: 'once',
  run: 'this run',
  session: 'until the app closes',
  always: 'always, this node',
};

/** How long an answer holds. */
export function lifetimeWords(lifetime: string): string {
  return HOLDS[lifetime] ?? visible(lifetime);
}

/** Why a request was decided as it was. */
export function basisWords(row: Pick<AuditRow, 'basis' | 'rule' | 'lifetime'>): string {
  const rule = row.rule === null ? '' : ` · ${ruleWords(row.rule)}`;
  const holds = row.lifetime === null ? '' : ` · ${lifetimeWords(row.lifetime)}`;
  switch (row.basis) {
    case 'rule':
      return `rule${rule}`;
    case 'grant':
      return `remembered answer${rule}${holds}`;
    case 'answer':
      return `your answer${rule}${holds}`;
    case 'low-risk':
      return 'low risk, never asked';
    default:
      return 'nobody answered';
  }
}

/** The beginning of a hash, enough to tell builds apart. */
export function shortHash(hash: string): string {
  return hash.slice(0, 8);
}

/** The time of day, with the date where it is not today's. */
export function moment(at: number, now: number = Date.now()): string {
  const day = (time: number) => new Date(time).toLocaleDateString('sv-SE');
  return day(at) === day(now) ? clock(at) : `${day(at)} ${clock(at)}`;
}
