import fc from 'fast-check';
import { resolve } from './described-api.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: unknown;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

const shortest = { items: 4, characters: 24 };

/** Values that a schema of the description allows, and, where `isStrict` is false, sometimes others in their place. */
export function arbitraryOf(schema: unknown, isStrict = false): fc.Arbitrary<unknown> {
  const valid = validOf(resolve(schema) as Schema, isStrict);
  return isStrict ? valid : fc.oneof({ weight: 15, arbitrary: valid }, { weight: 1, arbitrary: fc.jsonValue() });
}

function validOf(schema: Schema, isStrict: boolean): fc.Arbitrary<unknown> {
  const { type, anyOf, enum: values } = schema;
  if ('const' in schema) return fc.constant(schema.const);
  if (values !== undefined) return fc.constantFrom(...values);
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((each) => arbitraryOf(each, isStrict)));
  const types = [type ?? []].flat();
  if (types.length === 0) return fc.jsonValue({ maxDepth: 2 });
  return fc.oneof(...types.map((each) => ofType(each, schema, isStrict)));
}

function ofType(type: string, schema: Schema, isStrict: boolean): fc.Arbitrary<unknown> {
  const { minimum = -1_000_000, maximum = 1_000_000 } = schema;
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: minimum, max: Math.min(maximum, 2_147_483_647) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const { items = {}, minItems: minLength = 0, maxItems = shortest.items } = schema;
      return fc.array(arbitraryOf(items, isStrict), { minLength, maxLength: Math.min(maxItems, shortest.items) });
    }
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const members = Object.entries(properties).map(([name, each]) => [name, arbitraryOf(each, isStrict)] as const);
      return fc.record(Object.fromEntries(members), { requiredKeys: [...required] });
    }
    default:
      throw new Error(`the type ${type} is not known here`);
  }
}

function textOf({ pattern, format, minLength = 0, maxLength = shortest.characters }: Schema): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (format === 'uri' || format === 'uri-reference') return fc.webUrl();
  if (format === 'byte') return fc.base64String();
  return fc.string({ minLength, maxLength: Math.min(maxLength, shortest.characters), unit: 'grapheme' });
}
