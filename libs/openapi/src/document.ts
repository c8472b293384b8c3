import { isDeepStrictEqual } from 'node:util';
import { templateOf, type Operation } from './operation.js';

/** The part of the API that one service serves. */
export interface ApiPart {
  readonly operations: readonly Operation[];
  /** The requests that receivers get, by name: Path Item Objects. */
  readonly webhooks?: Readonly<Record<string, object>>;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
}

export interface Frame {
  readonly info: object;
  /** How callers authenticate, by name. */
  readonly securitySchemes: Readonly<Record<string, object>>;
  /** The ways to authenticate for an operation, of which a caller needs one. */
  readonly securityOf: (roles: readonly string[]) => readonly Readonly<Record<string, readonly string[]>>[];
  /** Says who may call an operation, for pages that do not show its security. @param roles undefined where anyone may */
  readonly accessOf: (roles: readonly string[] | undefined) => string;
}

/** @throws when two different things have the same name */
export function documentOf(frame: Frame, parts: readonly ApiPart[]) {
  const { info, securitySchemes } = frame;
  const components = createComponents();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, ...operation } of parts.flatMap(({ operations }) => operations)) {
    const template = templateOf(path);
    const item = (paths[template] ??= {});
    if (method in item) throw new Error(`${method} ${template} is described twice`);
    item[method] = components.hoist(operationObject(operation, frame));
  }
  const webhooks = parts.map((part) => components.hoist(part.webhooks ?? {}));
  return {
    openapi: '3.1.1',
    info,
    servers: [{ url: '/' }],
    tags: parts.flatMap(({ tags }) => tags),
    paths,
    webhooks: Object.assign({}, ...webhooks) as object,
    components: { ...components.found, securitySchemes },
  };
}

function operationObject(operation: Omit<Operation, 'method' | 'path'>, { securityOf, accessOf }: Frame) {
  const { tag, roles, body, answers, operationId, summary, description, parameters, callbacks } = operation;
  return {
    tags: [tag],
    operationId,
    summary,
    description: [description, accessOf(roles)].filter(Boolean).join('\n\n'),
    security: roles === undefined ? [] : securityOf(roles),
    parameters,
    requestBody: body,
    responses: answers,
    callbacks,
  };
}

/** Members whose values are data, in which `$id` names nothing. */
const dataMembers = new Set(['example', 'examples', 'default', 'enum', 'const']);

/** Moves everything that has an `$id` to the components, and leaves a reference in its place. */
function createComponents() {
  const found: Record<string, Record<string, unknown>> = {};

  function hoist(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(hoist);
    if (typeof value !== 'object' || value === null) return value;
    const { $id, ...members } = value as { readonly $id?: string };
    const sent = Object.entries(members).filter(([, each]) => each !== undefined);
    const whole = Object.fromEntries(
      sent.map(([name, each]) => [name, dataMembers.has(name) ? each : hoist(each)] as const),
    );
    return $id === undefined ? whole : refer($id, whole);
  }

  /** @param id the name of a schema, or a kind and a name such as `headers/RetryAfter` */
  function refer(id: string, whole: unknown): object {
    const [name = id, kind = 'schemas'] = id.split('/').reverse();
    const ofKind = (found[kind] ??= {});
    if (name in ofKind && !isDeepStrictEqual(ofKind[name], whole)) throw new Error(`there are two ${kind} ${name}`);
    ofKind[name] = whole;
    return { $ref: `#/components/${kind}/${name}` };
  }

  return { hoist, found };
}
