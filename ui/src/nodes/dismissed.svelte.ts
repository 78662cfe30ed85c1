// Which banners the user closed: they come back with the next build.
import { SvelteMap } from 'svelte/reactivity';

/** The number of the build whose banner was closed, by the file's path. */
export const dismissed = new SvelteMap<string, number>();
