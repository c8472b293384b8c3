import { expect, test } from '@jest/globals';
import Joi from 'joi';
import { jsonSchemaOf } from '../src/from-joi.js';

const blank = Joi.string().pattern(/^\s*$/).allow('', null);

test('rules, descriptions and defaults', () => {
  const schema = Joi.object({
    name: Joi.string().empty(blank).max(256).required().description('A name.'),
    count: Joi.number().integer().min(1).max(20).default(10),
    outcome: Joi.string().valid('a', 'b').example('a'),
    ids: Joi.array().min(1).max(3).items(Joi.number().description('An id.')),
  });
  expect(jsonSchemaOf(schema)).toEqual({
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', maxLength: 256, description: 'A name.' },
      count: { type: 'integer', minimum: 1, maximum: 20, default: 10 },
      outcome: { type: 'string', enum: ['a', 'b'], examples: ['a'] },
      ids: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'number', description: 'An id.' } },
    },
  });
});

test('null is a value where it counts as missing, unless the member is required', () => {
  const json = { enum: ['a'] };
  const schema = Joi.object({
    optional: Joi.string().empty(blank).meta({ json }),
    required: Joi.string().empty(blank).required(),
  });
  expect(jsonSchemaOf(schema)).toMatchObject({
    properties: { optional: { type: ['string', 'null'], enum: ['a', null] }, required: { type: 'string' } },
  });
});

test('a rule that depends on another member', () => {
  const schema = Joi.object({
    timeout: Joi.when('time_out', { is: Joi.exist(), then: Joi.any().strip(), otherwise: Joi.number() }),
    limit: Joi.when('event', { is: true, then: Joi.number().max(20), otherwise: Joi.number().max(200) }),
    stated: Joi.when('event', { is: true, then: Joi.number().max(20), otherwise: Joi.number().max(200) }).meta({
      json: { type: 'number', maximum: 200 },
    }),
  });
  expect(jsonSchemaOf(schema)).toMatchObject({
    properties: {
      timeout: { type: 'number' },
      limit: {
        anyOf: [
          { type: 'number', maximum: 20 },
          { type: 'number', maximum: 200 },
        ],
      },
      stated: { type: 'number', maximum: 200 },
    },
  });
});

test('what a function checks is stated by a note', () => {
  const schema = Joi.any()
    .custom((value: unknown) => value)
    .meta({ json: { type: 'string', format: 'date-time' }, component: 'Moment' });
  expect(jsonSchemaOf(schema)).toEqual({ $id: 'Moment', type: 'string', format: 'date-time' });
});
