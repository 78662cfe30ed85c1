// `npm run screenshots`: pictures of every view, in both themes and two sizes, of the built program with the sample
// nodes. The folder to put them in may be given; else it is `screenshots` in the target folder. A size ("1024x700")
// and a theme after it leave the others out.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Desktop } from './desktop.mjs';
import { longNode } from './measured-nodes.mjs';
import { root, sampleNodes } from './steps.mjs';

const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
const program = join(target, 'debug', 'node-workbench');
const folder = resolve(process.argv[2] ?? join(target, 'screenshots'));
/** Looks for a role and a name, as the tests in the window do. */
const FIND = 'window.findThings(...arguments)';
const FINDER = `window.findThings = function () { ${readFileSync(join(root, 'src-tauri/tests/window/find.js'), 'utf8')} };`;
const KEYS = { Backspace: '\uE003', Control: '\uE009', End: '\uE010', Enter: '\uE007', Escape: '\uE00C' };

/** A folder that builds its node, with a "compiler" that refuses every source that is not empty. */
const MANIFEST = `manifest_version = 1
id = "pictures.greeter"
name = "Greeter"
version = "0.1.0"
wasm_path = "node.wasm"

[workbench]
build = "sh compile.sh"
watch = ["src"]
`;
const COMPILER = `echo "compiling src/node.txt"
[ -s src/node.txt ] && echo "src/node.txt:1:18: expected an expression, found ';'" >&2 && exit 1
cp parts.wasm part && mv part node.wasm && echo "wrote node.wasm"
`;

const LONG_FILE = 'count_words_of_every_document_of_the_archive_and_of_all_that_they_refer_to_optimised_for_size.wat';
const LONG_PATH = '/archive/documents/of-the-year/2026/that-were-never-read-by-anybody/and-their-references?order=appearance&of=words';

/** One window, brought from view to view. */
class Window {
  constructor(desktop, suffix) {
    this.desktop = desktop;
    this.suffix = suffix;
  }

  async open(options) {
    await this.desktop.open(program, options);
    await this.desktop.execute(FINDER);
  }

  async picture(view) {
    // Fonts and transitions: what is drawn next is what stays.
    await this.desktop.execute(`await document.fonts.ready;
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
      const ends = document.getAnimations().filter((animation) => animation.effect.getTiming().iterations !== Infinity);
      await Promise.all(ends.map((animation) => animation.finished.catch(() => undefined)));`);
    const file = join(folder, `${view}-${this.suffix}.png`);
    writeFileSync(file, await this.desktop.screenshot());
    console.log(file);
  }

  there(role, name, inside = null) {
    return this.desktop.until(`return ${FIND}.length > 0`, role, name, inside);
  }

  gone(role, name, inside = null) {
    return this.desktop.until(`return ${FIND}.length === 0`, role, name, inside);
  }

  /** Clicks once the thing is there and can take it. */
  click(role, name, inside = null) {
    const click = `const element = ${FIND}.find((found) => !found.disabled && found.ariaDisabled !== 'true');
      element?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
      element?.click();
      return Boolean(element);`;
    return this.desktop.until(click, role, name, inside);
  }

  async fill(role, name, text, inside = null) {
    await this.desktop.until(`const [field] = ${FIND}; field?.focus(); field?.select?.(); return Boolean(field);`, role, name, inside);
    await this.type(text);
  }

  /** The last of the values that a list offers. */
  async choose(role, name, inside) {
    await this.desktop.until(`const [field] = ${FIND}; field?.focus(); return Boolean(field);`, role, name, inside);
    await this.chord('Enter');
    await this.there('option', '*');
    await this.chord('End');
    await this.chord('Enter');
    await this.gone('option', '*');
  }

  type(text) {
    return this.desktop.keys(...[...text].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]));
  }

  /** The last key is pressed while the others are held. */
  chord(...names) {
    const keys = names.map((name) => KEYS[name] ?? name);
    return this.desktop.keys(
      ...keys.map((value) => ({ type: 'keyDown', value })),
      ...keys.reverse().map((value) => ({ type: 'keyUp', value })),
    );
  }

  async select(node) {
    await this.click('treeitem', `${node}*`);
    await this.there('heading', `${node}*`);
  }

  async tab(name) {
    await this.click('tab', `${name}*`, ['main', '*']);
    await this.there('tabpanel', `${name}*`);
  }

  /** No part of a dialog is still looking for something. */
  looked() {
    return this.desktop.until(`return !document.querySelector('[role="dialog"] [aria-busy="true"]')`);
  }

  run() {
    return this.click('button', 'Run', ['banner', '*']);
  }

  /** The run that is shown has ended like this. */
  ended(outcome) {
    return this.there('status', `Run ended: ${outcome}*`, ['region', 'Outputs']);
  }

  /** A question is open and takes answers. */
  async asked() {
    await this.there('button', 'Allow', ['alertdialog', '*']);
    await this.desktop.until(`return ${FIND}[0]?.ariaDisabled !== 'true'`, 'button', 'Allow', ['alertdialog', '*']);
  }
}

/** The views; what one of them leaves is where the next begins. */
const VIEWS = [
  async function empty(window) {
    // What is open is remembered: the other views begin with another folder.
    const data = join(window.desktop.data, 'empty');
    mkdirSync(join(data, 'samples'), { recursive: true });
    cpSync(join(window.desktop.data, 'settings.json'), join(data, 'settings.json'));
    await window.open({ env: { NODEWB_DATA: data, NODE_WORKBENCH_SAMPLES: join(data, 'samples') } });
    await window.there('button', 'Open…', ['navigation', 'Nodes']);
    await window.picture('empty');
  },

  async function words(window) {
    const broken = join(window.desktop.data, 'half_written.wasm');
    const picks = join(window.desktop.data, 'picks');
    writeFileSync(broken, 'no module');
    // What the file dialogs of later views answer.
    writeFileSync(picks, `${join(window.desktop.data, 'greeter')}\n${broken}\n${join(window.desktop.data, LONG_FILE)}\n`);
    await window.open({ env: { NODE_WORKBENCH_PICK: picks } });
    await window.select('Word Statistics');
    await window.picture('before-a-run');
    await window.run();
    await window.ended('ok');
    await window.picture('main');
    for (const tab of ['Stream', 'Network', 'Runs', 'Problems', 'Build']) {
      await window.tab(tab);
      await window.picture(`tab-${tab.toLowerCase()}`);
    }
    await window.tab('Logs');
  },

  async function question(window) {
    await window.select('Redis PING');
    await window.fill('textbox', 'Port*', String(redis.address().port), ['region', 'Inputs']);
    await window.run();
    await window.asked();
    await window.picture('permission-name');
    await window.click('button', 'Allow', ['alertdialog', '*']);
    await window.there('heading', '*TCP*', ['alertdialog', '*']);
    await window.asked();
    await window.picture('permission-address');
    await window.click('button', 'Allow', ['alertdialog', '*']);
    await window.ended('ok');
  },

  async function exchange(window) {
    await window.select('Fetch JSON');
    await window.fill('textbox', 'URL', `http://127.0.0.1:${http.address().port}/v1/status`, ['region', 'Inputs']);
    await window.run();
    await window.asked();
    await window.picture('permission-http');
    await window.click('button', 'Allow', ['alertdialog', '*']);
    await window.ended('ok');
    await window.tab('Network');
    await window.click('row', '*HTTP*');
    await window.there('complementary', 'The selected row');
    await window.picture('exchange');
  },

  async function trap(window) {
    await window.select('Pick Row');
    await window.fill('textbox', 'Index', '7', ['region', 'Inputs']);
    await window.run();
    await window.ended('trap');
    await window.tab('Logs');
    await window.there('row', '*', ['grid', 'Log lines']);
    await window.picture('trap');
  },

  async function newNode(window) {
    await window.click('button', 'New…', ['banner', '*']);
    await window.there('radio', 'Rust*', ['dialog', '*']);
    await window.fill('textbox', 'Name', 'Word Count', ['dialog', '*']);
    await window.fill('textbox', 'Description', 'counts the words of a text', ['dialog', '*']);
    await window.fill('textbox', 'Folder', join(window.desktop.data, 'word-count'), ['dialog', '*']);
    await window.click('checkbox', 'network:http', ['dialog', '*']);
    await window.looked();
    await window.picture('new-node');
    await window.click('button', 'Add pin', ['dialog', '*']);
    await window.fill('textbox', 'Name of pin 5', 'text', ['dialog', '*']);
    await window.fill('textbox', 'Default of pin 2', '7', ['dialog', '*']);
    await window.there('cell', 'there is another input*', ['dialog', '*']);
    await window.picture('new-node-wrong');
    await window.click('radio', 'Swift*', ['dialog', '*']);
    await window.looked();
    await window.picture('new-node-missing-tools');
    await window.chord('Escape');
    await window.gone('dialog', '*');
  },

  async function migration(window) {
    await window.select('Convert Units');
    await window.click('button', 'to a component…', ['main', '*']);
    await window.there('heading', '*', ['list', '*']);
    await window.picture('migration');
    await window.chord('Escape');
    await window.gone('dialog', '*');
  },

  async function build(window) {
    const folder = join(window.desktop.data, 'greeter');
    mkdirSync(join(folder, 'src'), { recursive: true });
    cpSync(join(root, 'sample-nodes/assemblyscript-units/build/release.wasm'), join(folder, 'parts.wasm'));
    writeFileSync(join(folder, 'src', 'node.txt'), '');
    writeFileSync(join(folder, 'compile.sh'), COMPILER);
    writeFileSync(join(folder, 'flow-like.toml'), MANIFEST);
    await window.click('button', 'Watch folder…', ['banner', '*']);
    await window.there('region', 'Build command');
    await window.picture('build-asked');
    await window.click('button', 'Run', ['region', 'Build command']);
    await window.tab('Build');
    await window.there('treeitem', 'greeter/node.wasm*');
    await window.click('treeitem', 'greeter/node.wasm*');
    await window.there('status', 'ok in *', ['main', '*']);
    await window.picture('build-done');
    writeFileSync(join(folder, 'src', 'node.txt'), 'return text.trim(;\n');
    await window.there('alert', 'Failed build');
    await window.picture('build-failed');
  },

  async function brokenFile(window) {
    await window.click('button', 'Open…', ['banner', '*']);
    await window.click('treeitem', 'half_written.wasm*');
    await window.there('region', 'A file that cannot be loaded');
    await window.picture('broken-file');
  },

  async function names(window) {
    const url = `http://127.0.0.1:${http.address().port}${LONG_PATH}`;
    writeFileSync(join(window.desktop.data, LONG_FILE), longNode(url));
    await window.click('button', 'Open…', ['banner', '*']);
    await window.select('Count the words*');
    await window.tab('Logs');
    await window.picture('names-before-a-run');
    await window.run();
    await window.asked();
    await window.picture('names-permission');
    await window.choose('combobox', 'How long the answer holds', ['alertdialog', '*']);
    await window.click('button', 'Allow', ['alertdialog', '*']);
    await window.ended('ok');
    await window.picture('names');
    await window.desktop.execute(`${FIND}[0].scrollIntoView({ block: 'nearest' })`, 'group', 'The options that hold*');
    await window.picture('names-struct');
    for (const tab of ['Network', 'Runs', 'Problems']) {
      await window.tab(tab);
      await window.picture(`names-${tab.toLowerCase()}`);
    }
  },

  async function comparison(window) {
    await window.run();
    await window.tab('Runs');
    await window.desktop.until(`return ${FIND}.length === 2`, 'checkbox', 'Compare run *');
    await window.ended('ok');
    await window.desktop.execute(`for (const box of ${FIND}) box.click();`, 'checkbox', 'Compare run *');
    await window.click('button', 'Compare');
    await window.there('table', '*', ['main', '*']);
    await window.picture('comparison');
    await window.click('button', 'Back to all runs');
  },

  async function decisions(window) {
    await window.click('button', 'Remembered answers…');
    await window.there('button', 'Revoke*', ['dialog', '*']);
    await window.picture('grants');
    await window.chord('Escape');
    await window.gone('dialog', '*');
    await window.click('button', 'Audit…');
    await window.there('radio', 'All nodes', ['dialog', '*']);
    await window.picture('audit-of-a-node');
    await window.click('radio', 'All nodes', ['dialog', '*']);
    await window.there('cell', '*redis_ping*', ['dialog', '*']);
    await window.picture('audit');
    await window.chord('Escape');
    await window.gone('dialog', '*');
  },

  async function dialogs(window) {
    await window.select('Word Statistics');
    await window.chord('Control', 'k');
    await window.there('dialog', '*');
    await window.picture('palette');
    await window.chord('Escape');
    await window.gone('dialog', '*');
    await window.chord('Control', ',');
    await window.there('dialog', 'Settings*');
    const tabs = await window.desktop.execute(`return ${FIND}.map((tab) => tab.innerText.trim())`, 'tab', '*', ['dialog', '*']);
    for (const tab of tabs) {
      await window.click('tab', `${tab}*`, ['dialog', '*']);
      await window.looked();
      await window.picture(`settings-${tab.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`);
    }
    await window.chord('Escape');
    await window.gone('dialog', '*');
    await window.click('button', 'wasmtime*', ['contentinfo', '*']);
    await window.there('dialog', '*');
    await window.picture('about');
  },
];

function listening(server) {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

if (!existsSync(program)) {
  console.error(`"${program}" is missing: build it with "npm start" first`);
  process.exit(1);
}
sampleNodes();
mkdirSync(folder, { recursive: true });
const redis = await listening(createServer((socket) => socket.on('data', () => socket.write('+PONG\r\n')).on('error', () => {})));

const http = await listening(
  createHttpServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'ok', region: 'eu-central', instances: 3 }));
  }),
);

const [wantedSize, wantedTheme] = process.argv.slice(3);
for (const size of wantedSize ? [wantedSize] : ['1440x900', '1024x700']) {
  for (const theme of wantedTheme ? [wantedTheme] : ['dark', 'light']) {
    const desktop = await Desktop.start(size);
    writeFileSync(join(desktop.data, 'settings.json'), JSON.stringify({ theme }));
    const window = new Window(desktop, `${theme}-${size}`);
    try {
      for (const view of VIEWS) await view(window);
    } catch (error) {
      await window.picture('failed').catch(() => undefined);
      throw error;
    } finally {
      await desktop.stop();
    }
  }
}
redis.close();
http.close();
console.log(`the pictures are in "${folder}"`);
