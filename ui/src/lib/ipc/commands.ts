// The one door to the backend: each command with its types.
import { invoke } from '@tauri-apps/api/core';

export interface Versions {
  workbench: string;
  wasmtime: string;
}

export function versions(): Promise<Versions> {
  return invoke<Versions>('versions');
}
