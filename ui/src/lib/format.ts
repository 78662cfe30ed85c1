// Numbers and moments as people read them.

const BYTES = ['B', 'KB', 'MB', 'GB', 'TB'];

/** 184 KB, 2.1 MB. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < BYTES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTES[unit] ?? 'B'}`;
}

/** 0.4 ms, 38 ms, 2.1 s, 3 min 5 s. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${String(Math.floor(ms / 60_000))} min ${String(Math.round((ms % 60_000) / 1000))} s`;
}

/** 1,204. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** "1 line", "1,204 lines"; a plural that is not made with "s" is given. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 14:02:11. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** "just now", "3 s ago", "2 min ago", else the date. */
export function ago(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${String(seconds)} s ago`;
  if (seconds < 3600) return `${String(Math.floor(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${String(Math.floor(seconds / 3600))} h ago`;
  return new Date(at).toISOString().slice(0, 10);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}
