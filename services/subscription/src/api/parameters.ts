import { accountMaxBytes } from '@callbus/contracts/account';
import { jsonSchemaOf } from '@callbus/openapi/from-joi';
import type { Parameter } from '@callbus/openapi/operation';
import type { JsonSchema } from '@callbus/openapi/schema';
import type { Route, RouteExample } from './route.js';

const wholeNumber = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };

const pathParameters: Readonly<Record<string, Pick<Parameter, 'description' | 'schema' | 'example'>>> = {
  account: {
    description: `The account (\`bk_supplier_account\`), at most ${accountMaxBytes} bytes. It has to be the account of the caller.`,
    schema: { type: 'string', minLength: 1, maxLength: accountMaxBytes },
    example: '0',
  },
  biz: {
    description: 'The business (`bk_biz_id`). It is stored by a create, and narrows nothing.',
    schema: wholeNumber,
    example: 2,
  },
  id: { description: 'The id of the subscription.', schema: wholeNumber, example: 1 },
  job: { description: 'The id of the replay.', schema: wholeNumber, example: 1 },
  key: { description: 'The id of the key.', schema: { type: 'string', minLength: 1 }, example: '8c1f60e37a52d94b' },
  event: {
    description: 'The id of the event, percent-encoded.',
    schema: { type: 'string', minLength: 1 },
    example: 'put-1',
  },
};

export function pathParameter(name: string): Parameter {
  const parameter = pathParameters[name];
  if (parameter === undefined) throw new Error(`the path parameter ${name} is not described`);
  return { $id: `parameters/${name}`, in: 'path', name, required: true, ...parameter };
}

export function queryParameters({ query, examples }: Route): Parameter[] {
  if (query === undefined) return [];
  const { properties = {} } = jsonSchemaOf(query) as { properties?: Readonly<Record<string, JsonSchema>> };
  const sent: RouteExample['query'] = Object.values(examples).reduce((all, { query }) => ({ ...all, ...query }), {});
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    in: 'query',
    name,
    description: String(description),
    schema: withoutNull(schema),
    ...(sent[name] !== undefined && { example: sent[name] }),
  }));
}

/** Removes null, which a query cannot express. Bodies can, and the same rule may check both. */
function withoutNull({ type, enum: values, ...schema }: JsonSchema): JsonSchema {
  const types = [type].flat().filter((each) => each !== 'null');
  return {
    type: types.length === 1 ? types[0] : types,
    ...(Array.isArray(values) && { enum: values.filter((value) => value !== null) as unknown[] }),
    ...schema,
  };
}

/** The headers of every call of this API. */
export const languageParameters: readonly Parameter[] = [
  {
    $id: 'parameters/User',
    in: 'header',
    name: 'BK_User',
    description: 'The user, who is stored as the `operator` of a change. By default the user of the key.',
    schema: { type: 'string' },
  },
  {
    $id: 'parameters/Language',
    in: 'header',
    name: 'HTTP_BLUEKING_LANGUAGE',
    description: 'The language of messages: by default that of `Accept-Language`, else Chinese.',
    schema: { type: 'string', enum: ['en', 'zh-cn'] },
  },
];
