import { expect, test } from '@jest/globals';
import { createPropertiesOf } from '../src/rabbitmq/publishing/message-properties.js';

const propertiesOf = createPropertiesOf(2);

test('the timestamp is the time at which the event was received, in seconds', () => {
  expect(propertiesOf({ receivedAt: 1_795_720_235_999 }, 'c').timestamp).toBe(1_795_720_235);
});

test.each([-1, 1e300, 0.5, Number.NaN, '1', undefined])(
  'a message whose receivedAt is %p, and so unreadable, has no timestamp',
  (receivedAt) => {
    expect(propertiesOf({ receivedAt }, 'c').timestamp).toBeUndefined();
  },
);
