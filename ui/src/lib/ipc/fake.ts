// Stands in for the program in component tests and where the page runs in a browser: an `Api` over values in memory.
// Never part of what users get: `main.ts` takes it only in development.
import type { Api } from './api';
import { HELP, HELP_PAGES } from './fake-help';
import type {
  Batch,
  BuildRun,
  Change,
  Choices,
  CommandError,
  DoctorRow,
  FileRow,
  GrantRow,
  LinesPage,
  LinesQuery,
  LogLine,
  MigrationStep,
  NodeRow,
  PinRow,
  Progress,
  ProjectRow,
  QuestionRow,
  RunRow,
  RunView,
  Settings,
} from './generated';

const NOW = Date.UTC(2026, 0, 12, 14, 2, 11);

export function pin(name: string, dataType: string, change: Partial<PinRow> = {}): PinRow {
  return {
    name,
    friendly_name: name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase()),
    description: '',
    pin_type: 'Input',
    data_type: dataType,
    value_type: 'Normal',
    default_value: null,
    default_text: null,
    schema: null,
    valid_values: null,
    range: null,
    step: null,
    sensitive: false,
    enforce_schema: false,
    enforce_generic_value_type: false,
    ...change,
  };
}

export function node(name: string, friendly: string, pins: PinRow[], change: Partial<NodeRow> = {}): NodeRow {
  return {
    name,
    friendly_name: friendly,
    description: '',
    category: 'Examples',
    icon: null,
    docs: null,
    long_running: false,
    scores: null,
    permissions: [],
    pins,
    memory_limit: 64 << 20,
    time_limit_ms: 30_000,
    ...change,
  };
}

export function file(name: string, kind: string, nodes: NodeRow[], change: Partial<FileRow> = {}): FileRow {
  return {
    path: `/nodes/${name}`,
    name,
    state: 'ready',
    sample: false,
    build: {
      number: 14,
      loaded_at: NOW,
      load_ms: 38,
      kind,
      hash: '4f1c0d8e2b7a99c1d3e5f7a0b2c4d6e8f0a1b2c3d4e5f60718293a4b5c6da09e',
      size: 184_320,
      abi_version: 1,
      producers: {
        language: [{ name: 'Rust', version: '' }],
        processed_by: [{ name: 'rustc', version: '1.95.0' }],
        sdk: [],
      },
      nodes,
      imports: [{ module: 'wasi:sockets/tcp@0.2.6', name: '[method]tcp-socket.start-connect', type: 'func' }],
      could_ask: ['dns', 'tcp'],
      problems: [],
      changes: null,
    },
    problem: null,
    ...change,
  };
}

const OPTIONS_SCHEMA = JSON.stringify({
  title: 'RedisOptions',
  type: 'object',
  required: ['db'],
  properties: {
    db: { type: 'integer', minimum: 0, maximum: 15 },
    user: { type: ['string', 'null'] },
    filter: {
      oneOf: [
        { title: 'none', type: 'null' },
        {
          title: 'by price',
          type: 'object',
          properties: { min: { type: 'number' }, max: { type: 'number' } },
        },
      ],
    },
    tags: { type: 'array', items: { type: 'string' } },
  },
});

function exampleFiles(): FileRow[] {
  const ping = node(
    'ping_redis',
    'Ping Redis',
    [
      pin('start', 'Execution'),
      pin('host', 'String', { default_text: '"cache.internal"' }),
      pin('port', 'Integer', { range: [1, 65535], default_text: '6379' }),
      pin('use_tls', 'Boolean', { friendly_name: 'Use TLS' }),
      pin('options', 'Struct', { schema: OPTIONS_SCHEMA }),
      pin('threshold', 'Float', { range: [0, 1], step: 0.05 }),
      pin('mode', 'String', { valid_values: ['fast', 'exact', 'dry run'] }),
      pin('since', 'Date'),
      pin('image', 'Byte'),
      pin('source', 'PathBuf'),
      pin('token', 'String', { sensitive: true }),
      pin('headers', 'String', { value_type: 'HashMap' }),
      pin('ids', 'Integer', { value_type: 'Array' }),
      pin('tags', 'String', { value_type: 'HashSet' }),
      pin('payload', 'Generic'),
      pin('done', 'Execution', { pin_type: 'Output' }),
      pin('failed', 'Execution', { pin_type: 'Output' }),
      pin('round_trip', 'Float', { pin_type: 'Output' }),
      pin('server', 'Struct', { pin_type: 'Output' }),
    ],
    {
      description: 'Opens a TCP connection, sends PING and reports the round trip.',
      category: 'Database/Redis',
      permissions: ['network:tcp', 'network:dns', 'network:http'],
    },
  );
  const redis = file('redis-probe.wasm', 'component', [ping, node('scan_keys', 'Scan Keys', [pin('start', 'Execution')])]);
  if (redis.build) {
    redis.build.changes = {
      compatible: true,
      list: [{ node: 'ping_redis', kind: 'pin-added', text: 'input "timeout_ms" Integer added', breaking: false, input: null }],
      renamed: [],
    };
  }
  return [
    redis,
    file('word_count.wasm', 'core', [node('word_count', 'Word Count', [pin('text', 'String')])], {
      state: 'stale',
      problem: {
        code: 'imports',
        message: 'the file needs 1 import that no Flow-Like host provides',
        items: [
          {
            name: 'env.fetch_url',
            wanted: '(i32, i32) -> i64',
            found: null,
            nearest: 'flowlike_http.request',
            advice: "use the SDK's http module",
          },
        ],
        trap: null,
      },
    }),
    file('broken.wasm', 'core', [], {
      state: 'broken',
      build: null,
      problem: {
        code: 'exports',
        message: 'the module lacks the export "run"; export it as (i32, i32) -> i64',
        items: [{ name: 'run', wanted: '(i32, i32) -> i64', found: null, nearest: 'runn', advice: 'rename the export' }],
        trap: null,
      },
    }),
    file('summarise.wasm', 'component', [node('summarise', 'Summarise Text', [pin('text', 'String')])], { sample: true }),
  ];
}

const EXAMPLE_LINES: [number, LogLine['kind'], string, string][] = [
  [0, 'log', 'debug', 'run 27 · ping_redis · build 14'],
  [0.8, 'log', 'info', 'resolving cache.internal'],
  [0.9, 'decision', 'warn', 'DNS cache.internal — allowed for this run (clock stopped 2.1 s)'],
  [3.2, 'log', 'info', 'connecting to 10.1.7.20:6379'],
  [3.3, 'decision', 'warn', 'TCP cache.internal (10.1.7.20):6379 — rule “always, this node”'],
  [11.9, 'log', 'info', 'PONG in 0.41 ms'],
  [12, 'log', 'warn', 'server is older than 7.4; some fields are missing'],
  [12.1, 'fired', 'info', 'done'],
];

export interface FakeOptions {
  files?: FileRow[];
  questions?: QuestionRow[];
  projects?: ProjectRow[];
  /** How many log lines each run has; made up on demand. */
  lines?: number;
}

/** The project of `redis-probe.wasm`; allowed, with no run yet. */
export function project(change: Partial<ProjectRow> = {}): ProjectRow {
  return {
    manifest: '/nodes/flow-like.toml',
    folder: '/nodes',
    command: 'npm run build',
    watch: ['/nodes/src'],
    output: '/nodes/redis-probe.wasm',
    consent: 'allowed',
    run: null,
    problems: [],
    errors: 0,
    warnings: 0,
    notes: [],
    ...change,
  };
}

export function buildRun(change: Partial<BuildRun> = {}): BuildRun {
  return { number: 3, state: 'ok', started_at: NOW, took_ms: 1240, failure: null, lines: 4, left_out: 0, ...change };
}

const BUILD_LINES = [
  '> redis-probe@0.1.0 build',
  '> asc assembly/index.ts --target release',
  "WARNING AS201: Conversion from type 'f64' to 'i32' will require an explicit cast when switching between 32/64-bit.",
  'wrote build/release.wasm',
];

export function question(change: Partial<QuestionRow> = {}): QuestionRow {
  return {
    run: 'run-27',
    id: 1,
    file: '/nodes/redis-probe.wasm',
    node: 'ping_redis',
    friendly_name: 'Ping Redis',
    build: '4f1c0d8e2b7a99c1',
    capability: 'tcp',
    label: 'network:tcp',
    wish: 'wants to open a TCP connection',
    target: 'cache.internal:6379',
    host: 'cache.internal',
    address: '10.1.7.20',
    port: 6379,
    class: 'private',
    declared: true,
    changed: null,
    call_site: ['redis_probe::connect (src/lib.rs:41)'],
    scopes: [
      { rule: 'tcp:10.1.7.20:6379', words: 'Only 10.1.7.20 port 6379', breadth: 'one' },
      { rule: 'tcp:10.1.7.20:*', words: '10.1.7.20, any port', breadth: 'host' },
      { rule: 'tcp:@private:*', words: 'Any address in the local network', breadth: 'many' },
    ],
    asked_at: Date.now(),
    ...change,
  };
}

/** An `Api` whose calls are kept, and whose answers tests may replace: `fake.api.runs = …`. */
const CHOICES: Choices = {
  languages: [
    {
      id: 'rust',
      name: 'Rust',
      kind: 'component',
      good_for: 'Small, fast nodes, and everything on the network.',
      reason: 'A component: the published SDK is one.',
      sdk: 'flow-like-wasm-sdk 0.4.0 (crates.io)',
      built: true,
    },
    {
      id: 'lua',
      name: 'Lua',
      kind: 'core',
      good_for: 'Short scripts that change often.',
      reason: 'A core module: the interpreter is compiled into it.',
      sdk: null,
      built: true,
    },
  ],
  permissions: [
    ['network:http', 'HTTP requests'],
    ['network:tcp', 'TCP connections'],
    ['cache', 'a cache that lives as long as the run'],
  ],
  parent: '/home/ada/nodes',
};
const DOCTOR: DoctorRow = {
  language: 'rust',
  name: 'Rust',
  ready: false,
  tools: [
    { name: 'cargo', purpose: 'builds', minimum: '1.82', state: 'found', version: '1.95.0', install: 'rustup update' },
    {
      name: 'wasm32-wasip2',
      purpose: 'the target',
      minimum: null,
      state: 'missing',
      version: null,
      install: 'rustup target add wasm32-wasip2',
    },
  ],
};
const MIGRATION: MigrationStep[] = [
  { title: 'Add the contract', text: 'Copy the WIT into the project.', code: 'cp flow-like-node.wit wit/' },
  { title: 'Drop memory management', text: 'The canonical ABI does it.', code: '' },
];

export class Fake {
  readonly calls: [string, unknown[]][] = [];
  api: Api;
  #send: (batch: Batch) => void = () => undefined;
  #number = 0;
  #runs: RunRow[] = [];
  #options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    const fake = this.#make();
    this.api = new Proxy(fake, {
      get: (target, name: keyof Api) => {
        const method = target[name] as ((...args: unknown[]) => unknown) | undefined;
        // Whoever awaits the api looks for `then`, which it does not have.
        if (!method) return undefined;
        return (...args: unknown[]) => {
          this.calls.push([name, args]);
          return method(...args);
        };
      },
    });
  }

  /** The arguments of all calls of one command. */
  called(name: keyof Api): unknown[][] {
    return this.calls.filter(([called]) => called === name).map(([, args]) => args);
  }

  change(...changes: Change[]): void {
    this.#number += 1;
    this.#send({ number: this.#number, changes });
  }

  #line(seq: number): LogLine {
    const [ms, kind, level, text] = EXAMPLE_LINES[seq] ?? [seq / 10, 'log', 'info', `row ${String(seq)} parsed`];
    return { seq, ms, kind, level, source: 'node', name: kind === 'fired' ? text : null, text, cut: false };
  }

  #lines(query: LinesQuery, offset: number, limit: number): LinesPage {
    const all = this.#options.lines ?? EXAMPLE_LINES.length;
    const passes = (line: LogLine) =>
      (query.kinds.length === 0 || query.kinds.includes(line.kind)) &&
      (query.text === '' || line.text.toLowerCase().includes(query.text.toLowerCase()));
    if (query.text === '' && query.kinds.length === 0) {
      const count = Math.max(0, Math.min(limit, all - offset));
      return { total: all, searching: false, offset, same_from: offset, lines: Array.from({ length: count }, (_, index) => this.#line(offset + index)) };
    }
    const found = Array.from({ length: Math.min(all, 10_000) }, (_, seq) => this.#line(seq)).filter(passes);
    return { total: found.length, searching: false, offset, same_from: offset, lines: found.slice(offset, offset + limit) };
  }

  #view(run: string): RunView {
    const row = this.#runs.find((other) => other.run === run) ?? this.#row('/nodes/redis-probe.wasm', 'ping_redis');
    const server = '{"version":"7.2.4","mode":"standalone","role":"master"}';
    return {
      row: { ...row, figures: row.figures },
      inputs: [['host', '"cache.internal"']],
      masked: [],
      outputs: [
        { pin: 'round_trip', size: 4, text: '0.41', complete: true },
        { pin: 'server', size: server.length, text: server, complete: true },
      ],
      fired: [['done', 12.1]],
      problems: [],
      trap: null,
      lines: this.#options.lines ?? EXAMPLE_LINES.length,
      stream: 0,
      network: 2,
      levels: [1, 3, 1, 0, 0],
    };
  }

  #row(filePath: string, nodeName: string): RunRow {
    const number = 27 + this.#runs.length;
    return {
      run: `run-${String(number)}`,
      number,
      file: filePath,
      node: nodeName,
      build: '4f1c0d8e2b7a99c1',
      started_at: NOW,
      figures: null,
    };
  }

  #run(filePath: string, nodeName: string): RunRow {
    const row = this.#row(filePath, nodeName);
    this.#runs.unshift(row);
    setTimeout(() => {
      const progress: Progress = {
        run: row.run,
        elapsed_ms: 12.4,
        own_ms: 12.4,
        asked_ms: 0,
        paused: false,
        stopping: false,
        lines: this.#options.lines ?? EXAMPLE_LINES.length,
        stream: 0,
        network: 2,
        levels: [1, 3, 1, 0, 0],
        left_out: 0,
        fired: [['done', 12.1]],
        outputs: [],
        memory_peak: 3_100_000,
        denied: 0,
        bar: null,
        bytes_up: 14,
        bytes_down: 2100,
      };
      row.figures = {
        outcome: 'ok',
        error: null,
        pending: false,
        duration_ms: 12.4,
        own_ms: 12.4,
        asked_ms: 0,
        stored_ms: 14,
        not_recorded: false,
        problems: 0,
        memory_peak: 3_100_000,
        fuel: null,
        denied: 0,
      };
      this.change({ change: 'progress', progress }, { change: 'run_finished', run: { ...row } });
    }, 0);
    return { ...row };
  }

  #make(): Api {
    const nothing = () => Promise.resolve();
    const settings: Settings = {
      theme: 'system',
      zoom: 1,
      auto_run: false,
      question_timeout_s: 0,
      log_level: 0,
      count_fuel: false,
      editor: '',
      layout: '{}',
    };
    const grants: GrantRow[] = [
      {
        id: 1,
        file: '/nodes/redis-probe.wasm',
        node: 'ping_redis',
        rule: { rule: 'tcp:10.1.7.20:6379', words: 'Only 10.1.7.20 port 6379', breadth: 'one' },
        allow: true,
        lifetime: 'always',
        build: '4f1c0d8e2b7a99c1',
        given_to: 'a component in Rust',
        at: NOW,
      },
    ];
    const capability = (label: string, title: string) => ({
      label,
      title,
      declared: true,
      known: true,
      possible: true,
      allowed: 1,
      denied: 0,
      grants: [] as GrantRow[],
      last: null as string | null,
      advice: null as string | null,
    });
    const cases = { path: '/nodes/ping_redis.cases.json', cases: [{ name: 'local', inputs: '{"host":"127.0.0.1"}' }], last: null };
    return {
      start: (onBatch) => {
        this.#send = onBatch;
        return Promise.resolve({
          versions: {
            workbench: '0.1.0',
            wasmtime: '48.0.8',
            tauri: '2.12.5',
            webview: 'WebKitGTK 2.50.6',
            os: 'Linux',
            data: '~/.local/share/node-workbench',
          },
          files: this.#options.files ?? exampleFiles(),
          projects: this.#options.projects ?? [],
          folders: [{ path: '/nodes', files: [], error: null }],
          opened: null,
          runs: [],
          questions: this.#options.questions ?? [],
          settings,
          notices: [],
        });
      },
      seen: nothing,
      openFiles: nothing,
      openFolder: nothing,
      removePath: nothing,
      reloadPath: nothing,
      openEditor: nothing,
      revealPath: nothing,
      checkInputs: () => Promise.resolve([]),
      startRun: (filePath, nodeName) => Promise.resolve(this.#run(filePath, nodeName)),
      runCommand: () => Promise.resolve({ text: "nodewb run /nodes/redis-probe.wasm --input='host:=\"x\"'", notes: [] }),
      formCommand: () => Promise.resolve({ text: 'nodewb run /nodes/redis-probe.wasm', notes: ['the value of "token" is not in it; set NODEWB_TOKEN before you run it'] }),
      cancelRun: nothing,
      runs: () => Promise.resolve(this.#runs),
      runView: (run) => Promise.resolve(this.#view(run)),
      runLines: (_run, query, offset, limit) => Promise.resolve(this.#lines(query, offset, limit)),
      runNetwork: () =>
        Promise.resolve([
          {
            connection: 1,
            ms: 0.9,
            protocol: 'dns',
            target: 'cache.internal',
            address: '10.1.7.20, fd00::20',
            state: 'answered',
            detail: null,
            bytes_up: 0,
            bytes_down: 0,
            duration_ms: 2.3,
            decision: 'allowed · this run',
            call_site: ['redis_probe::connect'],
            exchange: null,
          },
          {
            connection: 2,
            ms: 12.4,
            protocol: 'http',
            target: 'GET https://api.example.com/v1/status',
            address: '203.0.113.9',
            state: 'closed',
            detail: '200 OK',
            bytes_up: 212,
            bytes_down: 431,
            duration_ms: 41,
            decision: 'allowed · once',
            call_site: ['redis_probe::connect'],
            exchange: {
              method: 'GET',
              url: 'https://api.example.com/v1/status',
              request_headers: [
                ['accept', 'application/json'],
                ['authorization', '•••'],
              ],
              request_body: '',
              request_size: 0,
              status: 200,
              response_headers: [['content-type', 'application/json']],
              response_body: btoa('{"status":"ok"}'),
              response_size: 15,
            },
          },
          {
            connection: 3,
            ms: 60.2,
            protocol: 'udp',
            target: '10.1.7.1:53',
            address: '10.1.7.1',
            state: 'denied',
            detail: null,
            bytes_up: 0,
            bytes_down: 0,
            duration_ms: null,
            decision: 'denied · not declared',
            call_site: ['redis_probe::connect'],
            exchange: null,
          },
        ]),
      outputLines: (_run, _pin, from, to) =>
        Promise.resolve({ total: 1000, lines: Array.from({ length: to - from }, (_, at) => `line ${String(from + at)}`) }),
      outputText: (_run, pinName) => Promise.resolve({ pin: pinName, size: 2, text: '{}', complete: true }),
      compareRuns: (left, right) =>
        Promise.resolve({
          left: this.#view(left),
          right: this.#view(right),
          log_new: 6,
          log_gone: 0,
          left_decisions: ['tcp cache.internal:6379'],
          right_decisions: ['tcp cache.internal:6379', 'dns cache.internal'],
        }),
      deleteRun: nothing,
      exportRun: () => Promise.resolve(true),
      saveLines: () => Promise.resolve(true),
      saveOutput: () => Promise.resolve(true),
      answerBuild: nothing,
      revokeBuild: nothing,
      startBuild: nothing,
      cancelBuild: nothing,
      buildLines: (_manifest, _run, offset, limit) => {
        const lines = BUILD_LINES.slice(offset, offset + limit);
        return Promise.resolve({ total: BUILD_LINES.length, first: 0, offset, lines, links: [] });
      },
      answer: (run, id) => {
        this.change({ change: 'question_closed', run, id });
        return Promise.resolve();
      },
      capabilities: () =>
        Promise.resolve([
          { ...capability('network:tcp', 'TCP'), grants, last: 'cache.internal:6379 — always, this node' },
          { ...capability('network:dns', 'DNS'), last: 'cache.internal — this run' },
          { ...capability('network:http', 'HTTP'), allowed: 0, advice: 'declared, never used in 27 runs' },
          {
            ...capability('network:udp', 'UDP'),
            declared: false,
            allowed: 0,
            denied: 1,
            last: '10.1.7.1:53 — denied',
            advice: 'used but not declared: add "network:udp" to the permissions',
          },
        ]),
      grants: () => Promise.resolve(grants),
      revoke: nothing,
      audit: () => Promise.resolve([]),
      nodeState: () =>
        Promise.resolve({
          variables: [
            { key: 'retries', text: '9007199254740993', complete: true },
            { key: 'mode', text: '"fast"', complete: true },
          ],
          cache: [],
          files: [{ path: 'report.csv', size: 18_000 }],
          folder: '/data/files',
          size: 18_000,
        }),
      setVariable: nothing,
      deleteVariable: nothing,
      setCached: nothing,
      deleteCached: nothing,
      deleteStored: nothing,
      resetState: nothing,
      cases: () => Promise.resolve(cases),
      saveCase: () => Promise.resolve(cases),
      deleteCase: () => Promise.resolve(cases),
      saveLast: nothing,
      pickPath: () => Promise.resolve('/nodes/report.csv'),
      pickBytes: () => Promise.resolve({ name: 'cat.png', size: 4, base64: 'iVBORw==' }),
      droppedBytes: () => Promise.resolve({ name: 'dog.png', size: 4, base64: 'iVBORw==' }),
      openDropped: nothing,
      choices: () => Promise.resolve(CHOICES),
      checkPlan: (plan) =>
        Promise.resolve({
          problems: plan.name.trim() === '' ? [{ field: 'name', message: 'a node needs a name, such as Word Count' }] : [],
          slug: 'word-count',
          build: 'cargo build --release',
        }),
      createNode: (plan) => Promise.resolve(plan.folder),
      doctor: (language) => Promise.resolve({ ...DOCTOR, language }),
      migration: () => Promise.resolve(MIGRATION),
      saveSettings: nothing,
      models: () =>
        Promise.resolve({ endpoint: null, chat_model: null, embedding_model: null, has_key: false, no_keyring: null }),
      saveModels: nothing,
      saveModelsKey: nothing,
      providers: () => Promise.resolve([]),
      saveToken: nothing,
      deleteToken: nothing,
      hostLog: () => Promise.resolve(['14:02:11 INFO the workbench started']),
      helpIndex: () => Promise.resolve(HELP),
      helpPlace: (place) => {
        const [topic, section = null] = place.split('#');
        const page = HELP_PAGES.find(({ id }) => id === topic);
        if (page) return Promise.resolve({ page, section });
        return Promise.reject({ code: 'no-help', message: `there is no help on "${place}"`, inputs: [] } satisfies CommandError);
      },
      helpSearch: (words) =>
        Promise.resolve(
          words === 'port' ? [{ to: 'rules#covers', topic: 'Rules', title: 'What a rule covers', excerpt: '… a port or * …' }] : [],
        ),
      diagnostics: () => Promise.resolve('node-workbench 0.1.0\nwasmtime: 48.0.8\n'),
      setTitle: nothing,
      setTheme: nothing,
      setMenu: nothing,
      edit: async (verb) => {
        if (verb !== 'paste') document.execCommand(verb === 'select_all' ? 'selectAll' : verb);
        else document.execCommand('insertText', false, await navigator.clipboard.readText());
      },
    };
  }
}
