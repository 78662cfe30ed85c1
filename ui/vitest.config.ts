import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

/** The browser of the machine: no download, and the same one for everybody who tests here. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

export default defineConfig({
  plugins: [svelte()],
  root: import.meta.dirname,
  // All dependencies are found before the first test, whatever an earlier run has kept: one that turns up later would
  // reload the page under it.
  optimizeDeps: { force: true, entries: ['index.html', 'src/**/*.ts', 'src/**/*.svelte'] },
  test: {
    testTimeout: 20_000,
    // Where several builds share a processor, one miss of a moment is told and tried again.
    retry: process.env['CI'] ? 1 : 0,
    // A busy machine takes its time.
    expect: { poll: { timeout: 8000 } },
    include: ['src/**/*.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: ['--no-sandbox', '--disable-gpu'] } }),
      instances: [{ browser: 'chromium', viewport: { width: 1280, height: 800 } }],
    },
  },
});
