import { expect, test } from '@jest/globals';
import { documentOf, type Frame } from '../src/document.js';
import type { Operation } from '../src/operation.js';

const frame: Frame = {
  info: {},
  securitySchemes: {},
  securityOf: (roles) => roles.map((role) => ({ key: [role] })),
  accessOf: (roles) => `For ${roles?.join() ?? 'anyone'}.`,
};

const find: Operation = {
  method: 'get',
  path: '/things/:id',
  operationId: 'find',
  tag: 'things',
  summary: 'Find',
  roles: ['look'],
  parameters: [{ $id: 'parameters/id', in: 'path', name: 'id', required: true, schema: { type: 'integer' } }],
  answers: {
    200: {
      description: 'Found.',
      headers: { Retry: { $id: 'headers/Retry', description: 'When.', schema: { type: 'string' } } },
      content: {
        'application/json': {
          schema: { $id: 'Thing', type: 'object', properties: { of: { $id: 'Owner', type: 'string' } } },
          examples: { one: { value: { $id: 'no name' } } },
        },
      },
    },
  },
};
const part = (...operations: Operation[]) => ({ operations, tags: [] });

test('what has a name is described once, and referred to', () => {
  const again: Operation = { ...find, path: '/other/:id', operationId: 'findOther' };
  const document = documentOf(frame, [part(find), part(again)]);
  expect(document.paths['/things/{id}']).toMatchObject({
    get: {
      description: 'For look.',
      security: [{ key: ['look'] }],
      parameters: [{ $ref: '#/components/parameters/id' }],
      responses: {
        200: {
          headers: { Retry: { $ref: '#/components/headers/Retry' } },
          content: {
            'application/json': {
              schema: { $ref: '#/components/schemas/Thing' },
              examples: { one: { value: { $id: 'no name' } } },
            },
          },
        },
      },
    },
  });
  expect(document.components).toMatchObject({
    schemas: {
      Thing: { type: 'object', properties: { of: { $ref: '#/components/schemas/Owner' } } },
      Owner: { type: 'string' },
    },
  });
});

test('two different things must not have one name', () => {
  const other: Operation = {
    ...find,
    path: '/other/:id',
    parameters: [{ $id: 'parameters/id', in: 'path', name: 'id', required: true, schema: { type: 'string' } }],
  };
  expect(() => documentOf(frame, [part(find, other)])).toThrow('there are two parameters id');
  expect(() => documentOf(frame, [part(find), part(find)])).toThrow('described twice');
});
