// A display and a driver of our own, and a session in the built program: for scripts that look at the real window.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_TRIES = 200;
const END_TRIES = 500;

function children(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The display's number, as Xvfb tells it. */
function startDisplay(size) {
  const child = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', `${size}x24`, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (text) => resolve({ child, display: `:${String(text).trim()}` }));
  });
}

const DRAW = readFileSync(fileURLToPath(new URL('../tests/window/draw.js', import.meta.url)), 'utf8');

export class Desktop {
  /** `size` as "1440x900". Each desktop has a data folder of its own. */
  static async start(size = '1440x900') {
    const desktop = new Desktop();
    desktop.data = mkdtempSync(join(tmpdir(), 'node-workbench-'));
    desktop.size = size;
    const { child, display } = await startDisplay(size);
    desktop.display = display;
    desktop.processes = [child];
    return desktop;
  }

  /** Opens a program; ends the one that was open before. */
  async open(binary, { args = [], env = {} } = {}) {
    await this.close();
    const port = await freePort();
    this.driver = spawn('WebKitWebDriver', [`--port=${port}`], {
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY: this.display,
        TAURI_AUTOMATION: 'true',
        TAURI_WEBVIEW_AUTOMATION: 'true',
        NODEWB_DATA: this.data,
        ...env,
      },
    });
    this.url = `http://127.0.0.1:${port}`;
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } };
    for (let tries = 0; ; tries += 1) {
      try {
        const { sessionId } = await this.#post('/session', { capabilities });
        this.session = `/session/${sessionId}`;
        break;
      } catch (error) {
        if (error.cause?.code !== 'ECONNREFUSED' || tries >= START_TRIES) throw error;
        await delay(20);
      }
    }
    const [width, height] = this.size.split('x').map(Number);
    await this.#post(`${this.session}/window/rect`, { x: 0, y: 0, width, height });
    await this.#post(`${this.session}/timeouts`, { script: 120_000 });
  }

  /** What a function body returns in the page; it may await. `args` are its `arguments`. */
  execute(body, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      (async function () { ${body} }).apply(null, [...arguments].slice(0, -1))
        .then((value) => done({ value }), (error) => done({ error: String(error && error.message || error) }));`;
    return this.#post(`${this.session}/execute/async`, { script, args }).then((result) => {
      if (result?.error !== undefined) throw new Error(result.error);
      return result?.value;
    });
  }

  /** Waits until a function body returns something true. */
  async until(body, ...args) {
    for (let tries = 0; tries < 1500; tries += 1) {
      const value = await this.execute(body, ...args);
      if (value) return value;
      await delay(20);
    }
    throw new Error(`never true: ${body}\n${await this.execute('return document.body.innerText')}`);
  }

  /** A picture of the page, as PNG. */
  async screenshot() {
    await this.execute(DRAW);
    const picture = Buffer.from(await this.#request('GET', `${this.session}/screenshot`), 'base64');
    await this.execute('clearInterval(window.drawing);');
    return picture;
  }

  async keys(...actions) {
    await this.#post(`${this.session}/actions`, { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async close() {
    if (!this.driver) return;
    const programs = children(this.driver.pid);
    await this.#request('DELETE', this.session).catch(() => undefined);
    // A start while the last one is closing would only show that one's window.
    for (let tries = 0; tries < END_TRIES && programs.some((pid) => existsSync(`/proc/${pid}`)); tries += 1) await delay(20);
    this.driver.kill();
    this.driver = undefined;
  }

  async stop() {
    await this.close();
    for (const child of this.processes) child.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  #post(path, body) {
    return this.#request('POST', path, body);
  }

  async #request(method, path, body) {
    const response = await fetch(`${this.url}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }
}
