// All of CodeMirror, fetched when the first editor is shown: what it does, how it looks and what it completes.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { linter } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, placeholder } from '@codemirror/view';
import { tags } from '@lezer/highlight';

import { quote, stringOf, whyNotJson } from '../lib/json';
import type { Propose } from './CodeEditor.svelte';

export interface Editor {
  /** Another text, if it is not what is there. */
  show: (text: string) => void;
  describe: (attributes: Record<string, string>) => void;
  focus: () => void;
  destroy: () => void;
}

interface Options {
  text: string;
  placeholder: string;
  /** Heights in pixels; null: it grows without an end. */
  line: number;
  tallest: number | null;
  /** Marks where a text is no JSON. */
  lint: boolean;
  attributes: Record<string, string>;
  propose: Propose;
  onchange: (text: string) => void;
}

export function openEditor(root: ShadowRoot, options: Options): Editor {
  const described = new Compartment();
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        behaviour(options),
        look(options.line, options.tallest),
        described.of(EditorView.contentAttributes.of(options.attributes)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onchange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    show: (text) => {
      if (view.state.doc.toString() !== text) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    describe: (attributes) => {
      view.dispatch({ effects: described.reconfigure(EditorView.contentAttributes.of(attributes)) });
    },
    focus: () => {
      view.focus();
    },
    destroy: () => {
      view.destroy();
    },
  };
}

function behaviour(options: Options): Extension {
  return [
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    indentOnInput(),
    json(),
    syntaxHighlighting(colours),
    EditorView.lineWrapping,
    highlightSpecialChars(),
    placeholder(options.placeholder),
    autocompletion({ override: [completions(options.propose)], icons: false }),
    options.lint ? linter(problems, { delay: 400 }) : [],
    // Ctrl Enter runs the node, and Tab leaves the field.
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...historyKeymap,
      ...defaultKeymap.filter((binding) => binding.key !== 'Mod-Enter'),
    ]),
  ];
}

function problems(editor: EditorView) {
  const why = editor.state.doc.length === 0 ? null : whyNotJson(editor.state.doc.toString());
  if (!why) return [];
  const from = Math.min(why.at, Math.max(0, editor.state.doc.length - 1));
  return [{ from, to: from + 1, severity: 'error' as const, message: why.message }];
}

type SyntaxNode = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--text)' },
  { tag: tags.string, color: 'var(--pin-string)' },
  { tag: tags.number, color: 'var(--pin-integer)' },
  { tag: [tags.bool, tags.null], color: 'var(--pin-boolean)' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: 'var(--dim)' },
]);

function look(line: number, tallest: number | null): Extension {
  return EditorView.theme({
    '&': { color: 'var(--text)', backgroundColor: 'transparent', fontSize: '12px' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': {
      fontFamily: 'var(--mono)',
      lineHeight: `${String(line)}px`,
      maxHeight: tallest === null ? 'none' : `${String(tallest)}px`,
      overflow: 'auto',
    },
    '.cm-content': { padding: '5px 0', caretColor: 'var(--text)', minHeight: '28px' },
    '.cm-line': { padding: '0 9px' },
    '.cm-cursor': { borderLeftColor: 'var(--text)' },
    '.cm-placeholder': { color: 'var(--faint)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      background: 'color-mix(in oklab, var(--accent) 35%, transparent)',
    },
    '&.cm-focused .cm-matchingBracket': { backgroundColor: 'color-mix(in oklab, var(--accent) 25%, transparent)' },
    '.cm-tooltip': {
      color: 'var(--text)',
      backgroundColor: 'var(--raised)',
      border: '1px solid var(--line)',
      borderRadius: '6px',
    },
    '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)' },
    '.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--accent-ink)', backgroundColor: 'var(--accent)' },
    '.cm-completionDetail': { color: 'inherit', fontStyle: 'normal', opacity: '0.8' },
    '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
    '.cm-lintRange-error': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy var(--bad)',
      textUnderlineOffset: '3px',
    },
  });
}

/** Names where a property's name is written, values where a value is. */
function completions(propose: Propose): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const at = spot(context);
    if (!at) return null;
    const options = propose(at.path, at.what).map((proposal): Completion => {
      const completion: Completion = { label: proposal.text, apply: at.what === 'key' ? nameText(at, proposal.text) : proposal.text };
      if (at.quoted) completion.label = quote(proposal.text);
      if (proposal.detail !== undefined) completion.detail = proposal.detail;
      return completion;
    });
    return options.length === 0 ? null : { from: at.from, to: at.to, options, validFor: /^"?[\w-]*"?$/ };
  };
}

interface Spot {
  path: (string | number)[];
  what: 'key' | 'value';
  from: number;
  to: number;
  quoted: boolean;
  /** A colon stands behind the name already. */
  followed: boolean;
}

function nameText(at: Spot, name: string): string {
  return at.followed ? quote(name) : `${quote(name)}: `;
}

function spot(context: CompletionContext): Spot | null {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const word = context.matchBefore(/"?[\w-]*/);
  const from = word?.from ?? context.pos;
  if (!context.explicit && from === context.pos) return null;
  const quoted = context.state.sliceDoc(from, from + 1) === '"';
  const rest = context.state.sliceDoc(context.pos, context.pos + 80);
  const closing = quoted && rest.startsWith('"') ? 1 : 0;
  const base = { from, to: context.pos + closing, quoted, followed: /^"?\s*:/.test(rest) };
  if (node.name === 'PropertyName') return { ...base, what: 'key', path: pathOf(context.state, node.parent?.parent ?? null) };
  const before = context.state.sliceDoc(Math.max(0, from - 200), from).trimEnd();
  let inside: SyntaxNode | null = node;
  while (inside && !['Object', 'Array', 'Property', 'JsonText'].includes(inside.name)) inside = inside.parent;
  if (inside?.name === 'Property' && !before.endsWith(':')) inside = inside.parent;
  if (inside?.name === 'Object' && !before.endsWith(':')) return { ...base, what: 'key', path: pathOf(context.state, inside) };
  if (inside?.name === 'Object') inside = inside.lastChild?.prevSibling ?? inside;
  return { ...base, what: 'value', path: pathOf(context.state, inside) };
}

/** Keys and indexes that lead to a node, from the outside in. */
function pathOf(state: EditorState, from: SyntaxNode | null): (string | number)[] {
  const path: (string | number)[] = [];
  for (let node = from; node; node = node.parent) {
    if (node.name === 'Property') {
      const name = node.getChild('PropertyName');
      path.unshift(name ? (stringOf(state.sliceDoc(name.from, name.to)) ?? '') : '');
    } else if (node.name === 'Array') {
      path.unshift(0);
    }
  }
  return path;
}
