// Two topics of help for tests of the page; the real ones are the program's.
import type { HelpGroup, HelpInline, HelpPage } from './generated';

const text = (words: string): HelpInline => ({ kind: 'text', text: words });
const code = (words: string): HelpInline => ({ kind: 'code', text: words });

export const HELP_PAGES: HelpPage[] = [
  {
    id: 'rules',
    title: 'Rules',
    sections: [{ id: 'covers', title: 'What a rule covers' }],
    blocks: [
      {
        kind: 'paragraph',
        text: [text('A rule says what a node may reach; see '), { kind: 'link', to: 'limits#memory', text: [text('Memory')] }, text('.')],
      },
      { kind: 'code', text: 'nodewb run node.wasm --allow tcp:127.0.0.1:6379' },
      { kind: 'heading', level: 2, id: 'covers', text: [text('What a rule covers')] },
      {
        kind: 'table',
        head: [[text('rule')], [text('covers')]],
        rows: [
          [[code('all')], [text('everything')]],
          [[code('tcp:*')], [{ kind: 'strong', text: [text('every')] }, text(' connection')]],
        ],
      },
    ],
  },
  {
    id: 'limits',
    title: 'Limits',
    sections: [
      { id: 'time', title: 'Time' },
      { id: 'memory', title: 'Memory' },
    ],
    blocks: [
      { kind: 'paragraph', text: [text('What a run may use.')] },
      { kind: 'heading', level: 2, id: 'time', text: [text('Time')] },
      { kind: 'list', ordered: false, items: [[{ kind: 'paragraph', text: [text('30 seconds')] }]] },
      { kind: 'heading', level: 2, id: 'memory', text: [text('Memory')] },
      { kind: 'paragraph', text: [text('256 MiB, see <b>rules</b>')] },
    ],
  },
];

export const HELP: HelpGroup[] = [
  { title: 'Guide', topics: [{ id: 'limits', title: 'Limits' }] },
  { title: 'Reference', topics: [{ id: 'rules', title: 'Rules' }] },
];
