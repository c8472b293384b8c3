import { declareTopology, namesUnder } from '@callbus/broker/rabbitmq/topology';
import { expect, test } from '@jest/globals';

test('scripts outside the repository can import the topology from its old path', () => {
  expect(namesUnder('t.').queue('events')).toBe('t.events');
  expect(declareTopology).toBeInstanceOf(Function);
});
