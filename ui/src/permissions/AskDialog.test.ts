import axe from 'axe-core';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';

import '../tokens.css';
import type { Api } from '../lib/ipc/api';
import type { AnswerRow, QuestionRow } from '../lib/ipc/generated';
import { Workbench } from '../lib/state/workbench.svelte';
import AskDialog from './AskDialog.svelte';

/** Half a second, as the dialog promises. */
const GUARD_MS = 500;

const dialog = page.getByRole('alertdialog');
const button = (name: string) => dialog.getByRole('button', { name, exact: true });
const deny = button('Deny');

const answer = vi.fn<(run: string, id: number, answer: AnswerRow) => Promise<void>>();
let workbench: Workbench;
/** What had the focus before. */
let origin: HTMLButtonElement;

function question(id: number, change: Partial<QuestionRow> = {}): QuestionRow {
  return {
    run: 'run-a',
    id,
    file: '/nodes/redis-probe.wasm',
    node: 'ping_redis',
    friendly_name: 'Ping Redis',
    build: '4f1ca09e77',
    capability: 'tcp',
    label: 'network:tcp',
    wish: 'wants to open a TCP connection',
    target: 'cache.internal:6379 at 10.1.7.20:6379',
    host: 'cache.internal',
    address: '10.1.7.20',
    port: 6379,
    class: 'private',
    declared: true,
    changed: null,
    call_site: ['redis_probe::connect (src/lib.rs:41)', 'redis_probe::run (src/lib.rs:12)'],
    scopes: [
      { rule: 'tcp:cache.internal@private:6379', words: 'Only cache.internal port 6379', breadth: 'one' },
      { rule: 'tcp:cache.internal@private:*', words: 'cache.internal, any port', breadth: 'host' },
      { rule: 'tcp:@private:*', words: 'Any address in the local network', breadth: 'many' },
    ],
    asked_at: Date.now(),
    ...change,
  };
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await tick();
}

/** Shows the questions, before the guard's time is over. */
async function ask(...questions: QuestionRow[]): Promise<void> {
  workbench.questions = questions;
  await tick();
  await expect.element(dialog).toBeVisible();
  await expect.element(deny).toHaveFocus();
}

async function ready(...questions: QuestionRow[]): Promise<void> {
  await ask(...questions);
  await pass(GUARD_MS);
  await expect.element(deny).toHaveAttribute('aria-disabled', 'false');
}

/** As the program does when an answer came or nobody waits any more. */
async function close(id: number): Promise<void> {
  workbench.questions = workbench.questions.filter((open) => open.id !== id);
  await tick();
}

const DENY_ONCE: AnswerRow = { allow: false, scope: 0, lifetime: 'once', stop_run: false };

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  answer.mockReset().mockResolvedValue(undefined);
  workbench = new Workbench({ answer } as unknown as Api);
  origin = document.body.appendChild(document.createElement('button'));
  origin.textContent = 'Run';
  origin.focus();
  await render(AskDialog, { workbench });
});

afterEach(() => {
  origin.remove();
  delete document.documentElement.dataset['theme'];
  vi.useRealTimers();
});

describe('what it says', () => {
  it('names the node, the wish, the target and where it comes from', async () => {
    await ask(question(1));
    await expect.element(dialog).toHaveAccessibleName('Ping Redis wants to open a TCP connection');
    await expect.element(dialog).toHaveAccessibleDescription(/cache\.internal → 10\.1\.7\.20 port 6379/);
    for (const text of [
      'local network',
      'yes — network:tcp',
      'redis-probe.wasm · build 4f1ca09e',
      'redis_probe::connect (src/lib.rs:41)',
      '1 of 1 waiting · run clock stopped 0.0 s',
    ]) {
      await expect.element(dialog).toHaveTextContent(text);
    }
  });

  it('says that an undeclared wish would be refused, and warns of metadata services', async () => {
    await ask(question(1, { declared: false, class: 'metadata' }));
    await expect.element(dialog).toHaveTextContent('no — Flow-Like would refuse this');
    await expect.element(dialog).toHaveTextContent('cloud metadata');
  });

  it('shows what a hostile node writes as it is, on its own, and not as markup', async () => {
    await ask(
      question(1, {
        friendly_name: '\u202eevil\u200b <b>Workbench</b>\u001b[31m',
        host: 'a\u2066.example',
        call_site: [`f\u0007${'x'.repeat(500)}`],
      }),
    );
    const name = dialog.getByRole('heading').element().querySelector('bdi');
    expect(name?.textContent, 'invisible characters are escaped').toBe(
      '\\u{202e}evil\\u{200b} <b>Workbench</b>\\u{1b}[31m',
    );
    expect(name?.dir, 'the name cannot turn the sentence around').toBe('ltr');
    await expect.element(dialog).toHaveTextContent('a\\u{2066}.example');
    const frame = dialog.element().querySelector('.frames bdi')?.textContent ?? '';
    expect(frame.startsWith('f\\u{7}xxx'), frame).toBe(true);
    expect(frame.length, 'a long frame is bounded').toBeLessThanOrEqual(161);
  });

  it('f42 lies above whatever was open, and only its own lists above it', async () => {
    for (const name of ['tip', 'popup choices', 'scores', 'toasts']) {
      const over = document.createElement('div');
      over.className = name;
      over.textContent = 'Press Alt A to keep these settings';
      over.style.cssText = 'position: fixed; inset: 0;';
      document.body.append(over);
      onTestFinished(() => {
        over.remove();
      });
    }
    await ask(question(1));
    for (const part of ['heading', 'button'] as const) {
      const box = dialog.getByRole(part).first().element().getBoundingClientRect();
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      expect(dialog.element().contains(top), `${part} is seen`).toBe(true);
    }
    await dialog.getByLabelText('How long the answer holds').click();
    const option = page.getByRole('option').first().element();
    // The list is put in its place a moment after it opens.
    const seen = () => {
      const box = option.getBoundingClientRect();
      return option.contains(document.elementFromPoint(box.left + 4, box.top + box.height / 2));
    };
    await expect.poll(seen).toBe(true);
  });

  it('f44 shows in what the file differs from the one that was allowed', async () => {
    await ask(question(1, { changed: 'this file was a component in Rust; it is now a core module \u202ein C' }));
    await expect.element(dialog).toHaveTextContent('this file was a component in Rust; it is now a core module \\u{202e}in C');
  });

  it('counts the queue, and how long the clock of the run stands still', async () => {
    const first = question(1);
    await ask(first, question(2), question(3));
    await pass(2100);
    await expect.element(dialog).toHaveTextContent('1 of 3 waiting · run clock stopped 2.1 s');
  });
});

describe('the guard', () => {
  it('ignores keys and clicks for half a second', async () => {
    await ask(question(1));
    await pass(GUARD_MS - 1);
    await expect.element(deny).toHaveAttribute('aria-disabled', 'true');
    await userEvent.keyboard('{Escape}');
    await userEvent.keyboard('{Enter}');
    await userEvent.keyboard('{Alt>}a{/Alt}');
    for (const name of ['Allow', 'Deny', 'Deny and stop run']) {
      (button(name).element() as HTMLElement).click();
    }
    expect(answer, 'too early').not.toHaveBeenCalled();
    await pass(1);
    await userEvent.keyboard('{Escape}');
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, DENY_ONCE);
  });

  it('starts again for each question, whatever has come under the pointer', async () => {
    await ready(question(1), question(2));
    (deny.element() as HTMLElement).click();
    await tick();
    expect(answer).toHaveBeenCalledTimes(1);
    await expect.element(deny, { message: 'the next one waits again' }).toHaveAttribute('aria-disabled', 'true');
    (button('Allow').element() as HTMLElement).click();
    await userEvent.keyboard('{Escape}');
    expect(answer, 'the second question got no answer yet').toHaveBeenCalledTimes(1);
    await close(1);
    await pass(GUARD_MS);
    await expect.element(deny).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(answer).toHaveBeenLastCalledWith('run-a', 2, DENY_ONCE);
  });

  it('ignores a click that began before it was over, and keys that repeat', async () => {
    await ask(question(1));
    const allow = button('Allow').element() as HTMLElement;
    allow.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    await pass(GUARD_MS);
    allow.click();
    expect(answer, 'pressed too early').not.toHaveBeenCalled();
    deny.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', repeat: true, bubbles: true }));
    (deny.element() as HTMLElement).click();
    expect(answer, 'a key that is held down').not.toHaveBeenCalled();
    deny.element().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', repeat: true, bubbles: true }));
    expect(answer).not.toHaveBeenCalled();
  });

  it('starts again when the window comes to the front', async () => {
    await ready(question(1));
    window.dispatchEvent(new FocusEvent('focus'));
    await tick();
    await userEvent.keyboard('{Escape}');
    expect(answer).not.toHaveBeenCalled();
  });
});

describe('the answer', () => {
  it('is a denial of this one request by Escape, whatever was chosen', async () => {
    await ready(question(1));
    await choose('How long the answer holds', 'Always for this node');
    await userEvent.keyboard('{Escape}');
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, DENY_ONCE);
  });

  it('is none while Escape closes a list of choices', async () => {
    await ready(question(1));
    await dialog.getByLabelText('How long the answer holds').click();
    await pass(20);
    await expect.element(page.getByRole('option', { name: 'Only this once' })).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await pass(20);
    await expect.element(page.getByRole('option', { name: 'Only this once' })).not.toBeInTheDocument();
    expect(answer, 'the key was for the list').not.toHaveBeenCalled();
    await expect.element(dialog).toBeVisible();
  });

  it('is none when the backdrop is clicked', async () => {
    await ready(question(1));
    const veil = document.querySelector('.ask-veil');
    for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click']) {
      veil?.dispatchEvent(new MouseEvent(type, { bubbles: true }));
    }
    await pass(50);
    expect(answer).not.toHaveBeenCalled();
    await expect.element(dialog).toBeVisible();
  });

  it('allows with Alt A, for the scope and the time that were chosen', async () => {
    await ready(question(1));
    await choose('What the answer covers', 'cache.internal, any port');
    await choose('How long the answer holds', 'Until the app closes');
    await userEvent.keyboard('{Alt>}a{/Alt}');
    const allowed = { allow: true, scope: 1, lifetime: 'session', stop_run: false };
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, allowed);
  });

  it('allows the narrowest scope for this run where nothing was chosen', async () => {
    await ready(question(1));
    await button('Allow').click();
    const allowed = { allow: true, scope: 0, lifetime: 'run', stop_run: false };
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, allowed);
  });

  it('denies for as long as was chosen, and says so before', async () => {
    await ready(question(1));
    await choose('How long the answer holds', 'Always for this node');
    await expect.element(dialog).toHaveTextContent('Deny is remembered as well');
    await deny.click();
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, { ...DENY_ONCE, lifetime: 'always' });
  });

  it('can stop the run', async () => {
    await ready(question(1));
    await button('Deny and stop run').click();
    expect(answer).toHaveBeenCalledExactlyOnceWith('run-a', 1, { ...DENY_ONCE, stop_run: true });
  });

  it('does not carry a choice over to the next question', async () => {
    await ready(question(1), question(2));
    await choose('How long the answer holds', 'Always for this node');
    await button('Allow').click();
    await close(1);
    await pass(GUARD_MS);
    await button('Allow').click();
    expect(answer).toHaveBeenLastCalledWith('run-a', 2, { allow: true, scope: 0, lifetime: 'run', stop_run: false });
  });

  it('comes back with a message when the program did not take it', async () => {
    answer.mockRejectedValueOnce({ code: 'io', message: 'cannot answer', inputs: [] });
    await ready(question(1));
    await button('Allow').click();
    await expect.element(dialog).toBeVisible();
    expect(workbench.toasts.map((toast) => toast.message)).toEqual(['cannot answer']);
  });
});

it('goes away when the question is withdrawn, and gives the focus back', async () => {
  await ready(question(1), question(2));
  await close(1);
  await expect.element(dialog).toHaveTextContent('1 of 1 waiting');
  await close(2);
  await pass(20);
  await expect.element(dialog).not.toBeInTheDocument();
  expect(document.activeElement, 'what had the focus has it again').toBe(origin);
  expect(answer, 'nothing was answered').not.toHaveBeenCalled();
});

it.each(['dark', 'light'])('has nothing that axe finds in the %s theme', async (theme) => {
  document.documentElement.dataset['theme'] = theme;
  await ready(question(1, { declared: false, class: 'metadata' }));
  vi.useRealTimers();
  const found = await axe.run(dialog.element(), { rules: { region: { enabled: false } } });
  expect(found.violations.map((violation) => `${violation.id}: ${violation.help}`)).toEqual([]);
});

async function choose(label: string, option: string): Promise<void> {
  await dialog.getByLabelText(label).click();
  await pass(20);
  await page.getByRole('option', { name: option }).click();
  await pass(20);
}
