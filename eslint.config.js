import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/dist/**', '**/node_modules/**', 'target/**'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  { files: ['**/*.mjs', '*.js'], languageOptions: { globals: { ...globals.node } } },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'svelte/no-at-html-tags': 'error',
      // Maps and sets that never leave their function are no state.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  ...tiers(),
);

/** One door to the backend, and imports that only go downwards: views, domains, components, lib. */
function tiers() {
  const domains = ['create', 'nodes', 'form', 'run', 'dock', 'permissions', 'settings', 'help'];
  const tauri = { group: ['@tauri-apps/*'], message: 'only lib/ipc talks to the program' };
  const above = (names) => ({
    group: names.flatMap((name) => [`**/${name}/**`]),
    message: 'imports go downwards: views, domains, components, lib',
  });
  const restrict = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });
  return [
    restrict(['ui/src/**'], tauri),
    restrict(['ui/src/lib/**'], tauri, above(['components', 'views', ...domains])),
    restrict(['ui/src/lib/ipc/**'], above(['components', 'views', 'state', ...domains])),
    restrict(['ui/src/components/**'], tauri, above(['views', 'state', ...domains])),
    ...domains.map((domain) =>
      restrict([`ui/src/${domain}/**`], tauri, above(['views', ...domains.filter((other) => other !== domain)])),
    ),
  ];
}
