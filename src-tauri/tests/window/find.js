// Finds what is visible and has a role and an accessible name, as assistive technology sees it: as far as this program's
// own markup needs it. Arguments: role, name (`*` stands for any text), and null or [role, name] of what it lies in.
const ROLES = {
  a: 'link', article: 'article', aside: 'complementary', button: 'button', dd: 'definition', dialog: 'dialog',
  dt: 'term', fieldset: 'group', footer: 'contentinfo', form: 'form', h1: 'heading', h2: 'heading', h3: 'heading',
  h4: 'heading', header: 'banner', img: 'img', li: 'listitem', main: 'main', meter: 'meter', nav: 'navigation',
  ol: 'list', option: 'option', output: 'status', progress: 'progressbar', section: 'region', select: 'combobox',
  summary: 'button', table: 'table', tbody: 'rowgroup', td: 'cell', textarea: 'textbox', th: 'columnheader', tr: 'row',
  ul: 'list',
};
const INPUTS = { button: 'button', checkbox: 'checkbox', number: 'spinbutton', radio: 'radio', range: 'slider', search: 'searchbox' };
const NAMED_BY_CONTENT = new Set([
  'alert', 'button', 'cell', 'checkbox', 'columnheader', 'heading', 'link', 'listitem', 'menuitem', 'option', 'radio',
  'row', 'status', 'switch', 'tab', 'treeitem', 'definition', 'term',
]);

function roleOf(element) {
  const explicit = element.getAttribute('role');
  if (explicit) return explicit.trim().split(' ')[0];
  const tag = element.localName;
  if (tag === 'input') return INPUTS[element.type] ?? 'textbox';
  // Only those of the page are landmarks.
  if ((tag === 'header' || tag === 'footer') && element.closest('article, aside, dialog, main, nav, section')) return '';
  return ROLES[tag] ?? '';
}

function plain(text) {
  return text.replace(/\s+/g, ' ').trim();
}

function content(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute('aria-hidden') === 'true') return '';
  const label = node.getAttribute('aria-label');
  if (label) return ` ${label} `;
  const text = [...node.childNodes].map(content).join('');
  return getComputedStyle(node).display.startsWith('inline') ? text : ` ${text} `;
}

function nameOf(element, role) {
  const by = element.getAttribute('aria-labelledby');
  if (by) return plain(by.split(' ').map((id) => content(document.getElementById(id) ?? new Text(''))).join(' '));
  const label = element.getAttribute('aria-label');
  if (label) return plain(label);
  if (element.labels?.length > 0) return plain([...element.labels].map(content).join(' '));
  if (NAMED_BY_CONTENT.has(role)) {
    const text = plain([...element.childNodes].map(content).join(''));
    if (text) return text;
  }
  return plain(element.getAttribute('alt') ?? element.getAttribute('title') ?? element.getAttribute('placeholder') ?? '');
}

function isVisible(element) {
  if (element.closest('[aria-hidden="true"], [inert]')) return false;
  return element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
}

function* elements(root) {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* elements(element.shadowRoot);
  }
}

function pattern(name) {
  const escaped = name.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 's');
}

function find(roots, role, name) {
  const wanted = pattern(name);
  const found = [];
  for (const root of roots) {
    for (const element of elements(root)) {
      if (roleOf(element) === role && isVisible(element) && wanted.test(nameOf(element, role))) found.push(element);
    }
  }
  return found;
}

const [role, name, inside] = arguments;
return find(inside ? find([document], inside[0], inside[1]) : [document], role, name);
