import { expect, test } from '@jest/globals';
import { createPropertiesOf } from '../src/rabbitmq/publishing/message-properties.js';

const propertiesOf = createPropertiesOf(2);

test('the time at which an event was received is the timestamp, in seconds', () => {
  expect(propertiesOf({ receivedAt: 1_795_720_235_999 }, 'c').timestamp).toBe(1_795_720_235);
});

test.each([-1, 1e300, 0.5, Number.NaN, '1', undefined])('%p, which poison may have, is none', (receivedAt) => {
  expect(propertiesOf({ receivedAt }, 'c').timestamp).toBeUndefined();
});
