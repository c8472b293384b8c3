import { describeWhole } from '@callbus/standalone/api-parts';

type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface DescribedParameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly example?: string | number | boolean;
}

interface DescribedAnswer {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, Content>>;
}

/** An operation of the description. Only schemas refer to components. */
export interface DescribedOperation {
  readonly method: string;
  /** Such as `/api/v3/event/trace/{account}/{event}`. */
  readonly template: string;
  readonly operationId: string;
  readonly parameters: readonly DescribedParameter[];
  readonly body: { readonly required?: boolean; readonly content: Readonly<Record<string, Content>> } | undefined;
  readonly answers: Readonly<Record<string, DescribedAnswer>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: DescribedOperation['body'];
  readonly responses: Readonly<Record<string, unknown>>;
  readonly callbacks?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Operation>>>>>>;
}

export const description = JSON.parse(JSON.stringify(describeWhole())) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

/** @returns the component that an object refers to, or the object itself */
export function resolve(object: unknown): unknown {
  const reference = (object as { readonly $ref?: string }).$ref;
  if (reference === undefined) return object;
  const [, , kind = '', name = ''] = reference.split('/');
  const component = description.components[kind]?.[name];
  if (component === undefined) throw new Error(`${reference} leads nowhere`);
  return component;
}

function describedOperation(method: string, template: string, operation: Operation): DescribedOperation {
  const { operationId, parameters = [], requestBody, responses } = operation;
  const answers = Object.entries(responses).map(([status, each]) => {
    const answer = resolve(each) as DescribedAnswer;
    const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => [name.toLowerCase(), resolve(header)]);
    return [status, { ...answer, headers: Object.fromEntries(headers) as DescribedAnswer['headers'] }];
  });
  return {
    method: method.toUpperCase(),
    template,
    operationId,
    parameters: parameters.map((each) => resolve(each) as DescribedParameter),
    body: requestBody,
    answers: Object.fromEntries(answers) as DescribedOperation['answers'],
  };
}

const operationsIn = (items: (typeof description)['paths']) =>
  Object.entries(items).flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => describedOperation(method, template, operation)),
  );

export const operations = operationsIn(description.paths);
export const callbacks = operationsIn(description.webhooks);
/** What the create of a subscription says of its callbacks. */
export const callbacksOfCreate = Object.values(
  description.paths['/api/v3/event/subscribe/{account}/{biz}']?.['post']?.callbacks ?? {},
).flatMap(operationsIn);

/** The description of a route of a router; undefined for one that is not public. */
export function operationOf({ method, path }: { method: string; path: string }): DescribedOperation | undefined {
  const template = path.replace('/api/:version/', '/api/v3/').replace(/:(\w+)/g, '{$1}');
  return operations.find((each) => each.method === method && each.template === template);
}

/** An example of a request: a body and its media type, or the query. */
export interface RequestExample {
  readonly name: string;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** The examples of a request. An operation without a body has one, which consists of the examples of its parameters. */
export function examplesOf({ body }: DescribedOperation): readonly RequestExample[] {
  if (body === undefined) return [{ name: 'parameters', type: undefined, body: undefined }];
  return Object.entries(body.content).flatMap(([type, { examples = {} }]) =>
    Object.entries(examples).map(([name, { value }]) => ({ name, type, body: value })),
  );
}
