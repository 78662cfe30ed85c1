// The catalog as a list of rows: what is shown, which row is active, and what the keys do.
import { SvelteSet } from 'svelte/reactivity';

import { baseName } from '../lib/format';
import type { FileRow, FolderRow, NodeRow } from '../lib/ipc/generated';
import type { Workbench } from '../lib/state/workbench.svelte';

export type Row =
  | { kind: 'file'; id: string; label: string; file: FileRow }
  | { kind: 'node'; id: string; label: string; file: FileRow; node: NodeRow }
  | { kind: 'folder'; id: string; label: string; folder: FolderRow };

export interface Package {
  file: FileRow;
  /** Those that pass the filter. */
  nodes: NodeRow[];
  open: boolean;
}

/** Below this many nodes a filter is only in the way. */
const FILTER_FROM = 12;
/** Letters typed closer together than this are one word. */
const TYPE_AHEAD_MS = 700;

export class Tree {
  readonly #workbench: Workbench;
  readonly #closed = new SvelteSet<string>();
  filter = $state('');
  /** Somebody wants the filter, however short the list is. */
  asked = $state(false);
  #active: string | null = $state(null);
  #typed = '';
  #typedAt = 0;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  filterable: boolean = $derived.by(() => {
    const count = this.#workbench.files.reduce((sum, file) => sum + (file.build?.nodes.length ?? 1), 0);
    return this.asked || count > FILTER_FROM;
  });
  #wanted: string = $derived(this.filterable ? this.filter.trim().toLowerCase() : '');
  #packages: Package[] = $derived.by(() => this.#workbench.files.flatMap((file) => this.#package(file)));
  own: Package[] = $derived(this.#packages.filter(({ file }) => !file.sample));
  samples: Package[] = $derived(this.#packages.filter(({ file }) => file.sample));
  folders: FolderRow[] = $derived.by(() => (this.#wanted === '' ? this.#workbench.folders : []));

  /** Every row that is on screen, in order. */
  rows: Row[] = $derived.by(() => {
    const rows: Row[] = [];
    for (const { file, nodes, open } of [...this.own, ...this.samples]) {
      rows.push({ kind: 'file', id: fileId(file.path), label: file.name, file });
      if (!open) continue;
      for (const node of nodes) {
        rows.push({ kind: 'node', id: nodeId(file.path, node.name), label: node.friendly_name, file, node });
      }
    }
    for (const folder of this.folders) {
      rows.push({ kind: 'folder', id: folderId(folder.path), label: baseName(folder.path), folder });
    }
    return rows;
  });

  /** Where a row stands among its neighbours, for screen readers: those that are off screen are counted too. */
  #places: Map<string, { position: number; size: number }> = $derived.by(() => {
    const sizes = new Map<string, number>();
    const positions = this.rows.map((row) => {
      const group = row.kind === 'node' ? row.file.path : '';
      const position = (sizes.get(group) ?? 0) + 1;
      sizes.set(group, position);
      return { id: row.id, group, position };
    });
    return new Map(positions.map(({ id, group, position }) => [id, { position, size: sizes.get(group) ?? 1 }]));
  });

  /** The row that Tab reaches: the one that was last used, else the selected one, else the first. */
  active: string | null = $derived.by(() => {
    const has = (id: string | null) => id !== null && this.rows.some((row) => row.id === id);
    if (has(this.#active)) return this.#active;
    const selection = this.#workbench.selection;
    const selected = selection && (selection.node ? nodeId(selection.file, selection.node) : fileId(selection.file));
    return has(selected) ? selected : (this.rows[0]?.id ?? null);
  });

  /** The file that the active row belongs to. */
  activePath: string | null = $derived.by(() => {
    const row = this.row(this.active);
    return row && row.kind !== 'folder' ? row.file.path : null;
  });

  place(id: string): { position: number; size: number } {
    return this.#places.get(id) ?? { position: 1, size: 1 };
  }

  row(id: string | null): Row | undefined {
    return this.rows.find((row) => row.id === id);
  }

  activate(id: string): void {
    this.#active = id;
  }

  /** Makes the selected row the active one; a file that was closed opens. */
  follow(selection: { file: string; node: string }): void {
    if (selection.node !== '') this.#closed.delete(selection.file);
    this.#active = selection.node === '' ? fileId(selection.file) : nodeId(selection.file, selection.node);
  }

  isSelected(file: string, node: string): boolean {
    const selection = this.#workbench.selection;
    return selection?.file === file && selection.node === node;
  }

  /** Opens or closes a file's list of nodes. */
  toggle(path: string): void {
    if (!this.#closed.delete(path)) this.#closed.add(path);
  }

  /** Selects a node; of a file its first one, or the file itself where it has none. */
  choose(row: Row): void {
    this.activate(row.id);
    if (row.kind === 'folder') return;
    const node = row.kind === 'node' ? row.node : row.file.build?.nodes[0];
    if (row.kind === 'file' && this.#closed.has(row.file.path)) this.#closed.delete(row.file.path);
    this.#workbench.select(row.file.path, node?.name ?? '');
  }

  /** What a key does to the active row; false: nothing, the key is not the tree's. */
  key(event: KeyboardEvent): boolean {
    const at = this.rows.findIndex((row) => row.id === this.active);
    const row = this.rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return false;
    switch (event.key) {
      case 'ArrowDown':
        return this.#move(at + 1);
      case 'ArrowUp':
        return this.#move(at - 1);
      case 'Home':
        return this.#move(0);
      case 'End':
        return this.#move(this.rows.length - 1);
      case 'ArrowRight':
        return this.#right(row, at);
      case 'ArrowLeft':
        return this.#left(row);
      case 'Enter':
      case ' ':
        this.choose(row);
        return true;
      default:
        return this.#typeAhead(event, at);
    }
  }

  #move(to: number): boolean {
    const row = this.rows[Math.max(0, Math.min(to, this.rows.length - 1))];
    if (row) this.#active = row.id;
    return true;
  }

  #right(row: Row, at: number): boolean {
    if (row.kind !== 'file' || !row.file.build) return true;
    if (this.#closed.has(row.file.path)) this.#closed.delete(row.file.path);
    else if (this.rows[at + 1]?.kind === 'node') this.#move(at + 1);
    return true;
  }

  #left(row: Row): boolean {
    if (row.kind === 'node') this.#active = fileId(row.file.path);
    else if (row.kind === 'file' && row.file.build) this.#closed.add(row.file.path);
    return true;
  }

  /** The same letter again steps through the rows that begin with it. */
  #typeAhead(event: KeyboardEvent, at: number): boolean {
    if (event.key.length !== 1) return false;
    const fresh = event.timeStamp - this.#typedAt > TYPE_AHEAD_MS;
    this.#typedAt = event.timeStamp;
    this.#typed = (fresh ? '' : this.#typed) + event.key.toLowerCase();
    const repeated = [...this.#typed].every((letter) => letter === this.#typed[0]);
    const wanted = repeated ? event.key.toLowerCase() : this.#typed;
    const first = repeated ? at + 1 : at;
    for (let step = 0; step < this.rows.length; step += 1) {
      const row = this.rows[(first + step) % this.rows.length];
      if (row?.label.toLowerCase().startsWith(wanted)) {
        this.#active = row.id;
        break;
      }
    }
    return true;
  }

  #package(file: FileRow): Package[] {
    const nodes = file.build?.nodes ?? [];
    const wanted = this.#wanted;
    const open = wanted !== '' || !this.#closed.has(file.path);
    if (wanted === '' || file.name.toLowerCase().includes(wanted)) return [{ file, nodes, open }];
    const fits = nodes.filter(
      (node) => node.friendly_name.toLowerCase().includes(wanted) || node.name.toLowerCase().includes(wanted),
    );
    return fits.length > 0 ? [{ file, nodes: fits, open }] : [];
  }
}

export function fileId(path: string): string {
  return `file\u0000${path}`;
}

export function nodeId(path: string, node: string): string {
  return `node\u0000${path}\u0000${node}`;
}

export function folderId(path: string): string {
  return `folder\u0000${path}`;
}
