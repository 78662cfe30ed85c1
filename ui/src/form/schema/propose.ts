// What may be written at a place of a JSON text, by the schema: names of properties, and the values of choices.
import type { Proposal, Propose } from '../../components/CodeEditor.svelte';
import { shapeOf, type Node, type SchemaDoc } from '../../lib/schema';

export function proposals(doc: SchemaDoc): Propose {
  return (path, what) => {
    const nodes = path.reduce<Node[]>((at, step) => at.flatMap((node) => inside(doc, node, step)), [doc.root]);
    return distinct(nodes.flatMap((node) => alternatives(doc, node)).flatMap((node) => propose(doc, node, what)));
  };
}

function propose(doc: SchemaDoc, node: Node, what: 'key' | 'value'): Proposal[] {
  const form = shapeOf(doc, node);
  if (what === 'key') {
    return form.properties.map(([text, child]) => {
      const part = shapeOf(doc, child);
      const kind = part.kind === 'branches' || part.kind === 'json' ? '' : part.kind;
      return { text, detail: `${kind}${form.required.has(text) ? ' required' : ''}`.trim() };
    });
  }
  const values = form.kind === 'boolean' ? ['true', 'false'] : form.choices.map((choice) => choice.json);
  return [...values, ...(form.nullable || form.kind === 'null' ? ['null'] : [])].map((text) => ({ text }));
}

function inside(doc: SchemaDoc, node: Node, step: string | number): Node[] {
  return alternatives(doc, node).flatMap((branch) => {
    const form = shapeOf(doc, branch);
    if (typeof step === 'number') return form.kind === 'array' ? [form.items] : [];
    const child = form.properties.find(([name]) => name === step)?.[1];
    return child ? [child] : form.additional ? [form.additional] : [];
  });
}

function alternatives(doc: SchemaDoc, node: Node): Node[] {
  const form = shapeOf(doc, node);
  return form.kind === 'branches' ? form.branches.map((branch) => branch.node) : [node];
}

function distinct(found: Proposal[]): Proposal[] {
  return found.filter((proposal, index) => found.findIndex((other) => other.text === proposal.text) === index);
}
