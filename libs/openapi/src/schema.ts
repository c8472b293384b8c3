import { Type, type Static, type TSchema } from 'typebox';

/** A JSON Schema. One with `$id` becomes a named component of the description, which all its uses refer to. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema of the values of one TypeScript type, so that the compiler compares what is answered with what is described. */
export type { Static, TSchema } from 'typebox';

type Notes = { description?: string };

export const text = (description: string, more: JsonSchema = {}) => Type.String({ description, ...more });
export const integer = (description: string, more: JsonSchema = {}) =>
  Type.Integer({ minimum: 0, description, ...more });
export const number = (description: string, more: JsonSchema = {}) => Type.Number({ minimum: 0, description, ...more });
export const flag = (description: string) => Type.Boolean({ description });
export const time = (description: string) => Type.String({ format: 'date-time', description });
export const oneOf = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: values, description });
export const list = <T extends TSchema>(items: T, notes: Notes = {}) => Type.Array(items, notes);
export const optional = Type.Optional;

/** @param id the name of the component */
export const object = <T extends Readonly<Record<string, TSchema>>>(id: string, members: T, notes: Notes = {}) =>
  Type.Object(members, { $id: id, ...notes });

/** An object without a name, which the description has inline. */
export const inline = <T extends Readonly<Record<string, TSchema>>>(members: T, notes: Notes = {}) =>
  Type.Object(members, notes);

/** A schema whose type the compiler cannot derive. */
export const typed = <T>(schema: JsonSchema) => Type.Unsafe<T>(schema);

/** @param schema has no name, and one `type` */
export function nullable<T extends TSchema>(schema: T) {
  const { type } = schema as JsonSchema;
  if (typeof type !== 'string') throw new Error('only a schema with one type can be made nullable');
  const values = (schema as JsonSchema)['enum'];
  return Type.Unsafe<Static<T> | null>({
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  });
}
