import { expect, test } from '@jest/globals';
import { describeAsync, describeWhole } from '../src/api-parts.js';

interface Described {
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
}

const { paths, webhooks } = describeWhole() as unknown as Record<
  'paths' | 'webhooks',
  Readonly<Record<string, Readonly<Record<string, Described>>>>
>;
const operations = Object.values(paths).flatMap((item) => Object.values(item));
const callbacks = Object.values(webhooks).flatMap((item) => Object.values(item));

test('a title is plain text, because pages show it as it is', () => {
  const messages = Object.values(describeAsync().components.messages);
  const titles = [...operations, ...callbacks, ...messages].map(({ summary }) => summary);
  expect(titles.filter((title) => /[`*_[\]]/.test(title))).toEqual([]);
});

test('no two operations have one title, because pages list operations by it', () => {
  const titles = [...operations, ...callbacks].map(({ summary }) => summary);
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

test('the text of an operation names every role of which a key needs one', () => {
  for (const { summary, description = '', security } of operations) {
    const roles = security.flatMap(({ key = [] }) => key);
    const expected = roles.length === 0 ? 'Needs no key.' : roles.map((role) => `\`${role}\``).join(' or ');
    expect([summary, description]).toEqual([summary, expect.stringContaining(expected)]);
  }
});
