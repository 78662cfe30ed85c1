// Classes of addresses, lifetimes and targets in words; those of rules come from the program.
import { clock } from '../lib/format';
import type { AuditRow, QuestionRow, RuleRow } from '../lib/ipc/generated';
import { visible } from '../lib/text';

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

/** A rule as people say it; the program has the words. */
export function ruleWords(rule: RuleRow): string {
  return visible(rule.words, 400);
}

/** A rule as it is written. */
export function ruleText(rule: RuleRow): string {
  return visible(rule.rule, 500);
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
