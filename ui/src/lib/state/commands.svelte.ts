// The commands that can be given now. Each part of the window provides its own while it is there.
import { SvelteSet } from 'svelte/reactivity';

import type { Command, CommandId } from '../commands';

type Source = () => Command[];

export class Commands {
  readonly #sources = new SvelteSet<Source>();

  /** Called in an effect: what it returns takes the commands away again. */
  provide(source: Source): () => void {
    this.#sources.add(source);
    return () => {
      this.#sources.delete(source);
    };
  }

  get all(): Command[] {
    return [...this.#sources].flatMap((source) => source());
  }

  find(id: CommandId): Command | undefined {
    return this.all.find((command) => command.id === id);
  }

  /** Does the first of this name, where it can be done. */
  run(id: CommandId): void {
    const found = this.find(id);
    if (found && found.enabled !== false) found.run();
  }
}
