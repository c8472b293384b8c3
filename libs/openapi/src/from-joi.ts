import type Joi from 'joi';
import type { JsonSchema } from './schema.js';

/**
 * The JSON Schema of the values that a joi schema accepts. joi's own conversion leaves out descriptions within lists,
 * examples, notes and the values that count as missing.
 *
 * `.meta({ json })` of a schema adds what its rules do not tell, because a function checks it. `.meta({ component })` is the name
 * of the schema in the description.
 */
export function jsonSchemaOf(schema: Joi.Schema): JsonSchema {
  return convert(schema.describe());
}

/** joi's description of a schema, as far as it is read here. */
interface Described {
  readonly type?: string;
  readonly flags?: {
    readonly description?: string;
    readonly default?: unknown;
    readonly only?: boolean;
    readonly presence?: string;
    readonly result?: string;
    readonly empty?: Described;
  };
  readonly allow?: readonly unknown[];
  readonly rules?: readonly { readonly name: string; readonly args?: { readonly limit?: unknown } }[];
  readonly keys?: Readonly<Record<string, Described>>;
  readonly items?: readonly Described[];
  readonly matches?: readonly Alternative[];
  readonly whens?: readonly Alternative[];
  readonly metas?: readonly { readonly json?: JsonSchema; readonly component?: string }[];
  readonly examples?: readonly unknown[];
}

interface Alternative {
  readonly schema?: Described;
  readonly then?: Described;
  readonly otherwise?: Described;
}

function convert(described: Described): JsonSchema {
  const { flags = {}, allow = [], metas = [], examples } = described;
  const stated: JsonSchema = metas.reduce((all, { json }) => ({ ...all, ...json }), {});
  const alternatives = 'type' in stated ? [] : alternativesOf(described);
  if (alternatives.length === 1 && alternatives[0] !== undefined) return convert(alternatives[0]);
  const schema = {
    ...(alternatives.length > 1 && { anyOf: alternatives.map(convert) }),
    ...typeOf(described),
    ...(flags.only === true && { enum: allow }),
    ...(flags.description !== undefined && { description: flags.description }),
    ...(flags.default !== undefined && flags.default !== null && { default: flags.default }),
    ...(examples !== undefined && { examples }),
    ...stated,
  };
  const component = metas.find((meta) => meta.component !== undefined)?.component;
  const named = component === undefined ? schema : { $id: component, ...schema };
  return isMissing(null, described) ? orNull(named) : named;
}

/** The schemas of which a value has to match one. A schema that removes the value describes no value. */
function alternativesOf({ matches = [], whens = [] }: Described): readonly Described[] {
  const schemas = [...matches, ...whens].flatMap(({ schema, then, otherwise }) => [schema, then, otherwise]);
  return schemas.filter((each) => each !== undefined).filter(({ flags }) => flags?.result !== 'strip');
}

function typeOf(described: Described): JsonSchema {
  const { type, rules = [], keys, items = [] } = described;
  const limits = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(rules.flatMap(({ name, args }) => (names[name] ? [[names[name], args?.limit]] : [])));
  switch (type) {
    case 'string':
      return { type, ...limits({ min: 'minLength', max: 'maxLength' }) };
    case 'number': {
      const isInteger = rules.some(({ name }) => name === 'integer');
      return { type: isInteger ? 'integer' : type, ...limits({ min: 'minimum', max: 'maximum' }) };
    }
    case 'boolean':
      return { type };
    case 'array': {
      const [item] = items;
      return { type, ...(item && { items: convert(item) }), ...limits({ min: 'minItems', max: 'maxItems' }) };
    }
    case 'object':
      return { type, ...(keys && membersOf(keys)), ...limits({ min: 'minProperties', max: 'maxProperties' }) };
    default:
      return {};
  }
}

function membersOf(keys: Readonly<Record<string, Described>>): JsonSchema {
  const members = Object.entries(keys);
  const required = members.filter(([, { flags }]) => flags?.presence === 'required').map(([name]) => name);
  return {
    properties: Object.fromEntries(members.map(([name, member]) => [name, convert(member)])),
    ...(required.length > 0 && { required }),
  };
}

/** Whether a value counts as not sent, which a required member must not be. */
function isMissing(value: unknown, { flags = {} }: Described): boolean {
  return flags.presence !== 'required' && flags.empty?.allow?.includes(value) === true;
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type, enum: values, $id } = schema;
  if ($id !== undefined) return { anyOf: [schema, { type: 'null' }] };
  if (type === undefined) return schema;
  return {
    ...schema,
    type: [...[type].flat(), 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}
