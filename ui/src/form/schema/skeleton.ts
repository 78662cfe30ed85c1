// The first value of a part of a schema: its default, its constants, and empty places for what is required.
import { entry, map, string, text, type Draft } from '../../lib/draft';
import { shapeOf, type Node, type SchemaDoc } from '../../lib/schema';

const DEPTH = 8;

export function skeleton(doc: SchemaDoc, node: Node, depth = 0): Draft {
  const form = shapeOf(doc, node);
  if (form.fallback !== null) return text(form.fallback);
  switch (form.kind) {
    case 'string':
      return string('');
    case 'boolean':
      return text('false');
    case 'array':
      return text('[]');
    case 'choice':
      return text(form.choices[0]?.json ?? 'null');
    case 'branches':
      return form.branches[0] && depth < DEPTH ? skeleton(doc, form.branches[0].node, depth + 1) : text('null');
    case 'object':
      return objectSkeleton(doc, node, depth);
    case 'integer':
    case 'number':
      return text('');
    case 'null':
    case 'json':
      return text('null');
  }
}

/** Only constants are filled in: everything else is for the user to say. */
function objectSkeleton(doc: SchemaDoc, node: Node, depth: number): Draft {
  const form = shapeOf(doc, node);
  const rows = form.properties.flatMap(([name, child]) => {
    const part = shapeOf(doc, child);
    const fixed = part.kind === 'choice' && part.choices.length === 1;
    const nested = part.kind === 'object' && depth < DEPTH;
    return form.required.has(name) && (fixed || nested) ? [entry(name, skeleton(doc, child, depth + 1))] : [];
  });
  return map(rows);
}
