import type { DoorAnswer } from '@callbus/runtime/http/door';

export interface ErrorAnswer extends DoorAnswer {
  readonly body: string;
}

interface Entry {
  readonly status: number;
  readonly code: string;
  readonly en: string;
  readonly zh: string;
}

const missing = (en: string, zh: string): Entry => ({ status: 400, code: 'INVALID_PARAMETER', en, zh });
const bad = (en: string, zh: string): Entry => ({ status: 400, code: 'INVALID_PARAMETER_VALUE', en, zh });
const forbidden = (en: string, zh: string): Entry => ({ status: 403, code: 'AUTHORIZATION_ERROR', en, zh });
const tooLarge = (en: string, zh: string): Entry => ({ status: 413, code: 'PAYLOAD_TOO_LARGE', en, zh });
const usedUp = (en: string, zh: string): Entry => ({ status: 429, code: 'TOO_MANY_REQUESTS', en, zh });
const unsupported = (en: string, zh: string): Entry => ({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', en, zh });

/** Publishers choose the names of attributes and accounts, which may be long. */
const longestShown = 200;

/** ETC's message for every error that the caller has not caused. */
const etcFailure = '服务调用异常，请稍后再试或联系管理员';

/** The HTTP status of a loop. ETC_ERROR_STATUS does not replace it: the worker must see that the callback looped. */
const loopStatus = 508;

const catalogue = {
  missing: missing('{field} is required', '参数{field}不能为空'),

  notText: bad('{field} must be a string', '参数{field}类型错误，应为字符串'),
  notList: bad('{field} must be an array', '参数{field}类型错误，应为数组'),
  notObject: bad('{field} must be an object', '参数{field}类型错误，应为对象'),
  notAttribute: bad('{field} must be a string, a 32-bit integer or a boolean', '参数{field}类型错误'),
  notAttributeName: bad('{field}: attribute names are 1 to 64 lower-case letters and digits', '参数名{field}不合法'),
  notEncoded: bad('{field} is not percent-encoded UTF-8', '参数{field}编码错误'),
  notBase64: bad('{field} must be base64', '参数{field}应为base64'),
  notTime: bad('{field} is not a time', '参数{field}不是合法的时间'),
  notVersion1: bad('{field} must be "1.0"', '参数{field}应为1.0'),
  notJsonType: bad('{field} must be application/json', '参数{field}应为application/json'),
  notMediaType: bad('{field} is not a media type of printable ASCII', '参数{field}不是合法的媒体类型'),
  notUri: bad('{field} is not a URI (RFC 3986)', '参数{field}不是合法的URI'),
  notUriReference: bad('{field} is not a URI reference (RFC 3986)', '参数{field}不是合法的URI引用'),
  notHops: bad('{field} must be a non-negative integer', '请求头{field}应为非负整数'),
  notDataObject: bad('{field} must be an object or a string that holds a JSON object', '参数{field}应为JSON对象'),
  dataTwice: bad('{field} and data exclude each other', '参数{field}与data不能同时存在'),
  controlCharacter: bad('{field} holds a control character or half a surrogate pair', '参数{field}含有非法字符'),
  tooLong: bad('{field} is longer than {limit} bytes', '参数{field}过长，最多{limit}字节'),
  tooManyWords: bad(
    '{field}: the name of the event has more than {limit} words',
    '参数{field}过长，事件名最多{limit}段',
  ),
  tooMany: bad('{field} holds more than {limit} events', '参数{field}过多，最多{limit}个'),
  tooManyAttributes: bad('{field} has more than {limit} attributes', '事件的参数过多，最多{limit}个'),
  notJson: bad('the body is not JSON', '请求体不是合法的JSON'),
  notJsonObject: bad('the body is not a JSON object', '请求体不是JSON对象'),
  unreadableBody: bad('the body cannot be read', '请求体无法读取'),

  unknownCaller: { status: 401, code: 'AUTHENTICATION_ERROR', en: 'the caller is not known', zh: '身份认证失败' },
  mayNotPublish: forbidden('the caller may not publish', '没有发布事件的权限'),
  foreignAccount: forbidden('{field}: the caller may not use this account', '没有使用该账号的权限'),
  unknownRoute: { status: 404, code: 'NOT_FOUND', en: 'no such route{nearest}', zh: '接口不存在' },
  wrongMethod: { status: 405, code: 'METHOD_NOT_ALLOWED', en: 'only POST is allowed', zh: '只支持POST请求' },

  bodyTooLarge: tooLarge('the body is larger than {limit} bytes', '请求体过大，最多{limit}字节'),
  tooManyValues: tooLarge('the body holds more than {limit} JSON values', '请求体的JSON值过多，最多{limit}个'),
  eventTooLarge: tooLarge('{field} is larger than {limit} bytes', '事件过大，最多{limit}字节'),

  headersTooLarge: tooLarge(
    'the id, type and name of {field} together are longer than the broker accepts',
    '事件的id、类型和名称过长，消息代理无法接收',
  ),

  tooManyEvents: usedUp(
    'the account {account} publishes more than {limit} events per second',
    '账号{account}发布事件过快，每秒最多{limit}个',
  ),
  tooManyBytes: usedUp(
    'the account {account} publishes more than {limit} bytes per second',
    '账号{account}发布数据过快，每秒最多{limit}字节',
  ),
  tooMuchUndelivered: usedUp(
    'the account {account} has reached its limit of undelivered events: replay or delete some',
    '账号{account}未送达的事件过多，请重新投递或删除',
  ),

  notCloudEvent: unsupported('neither a structured nor a batched nor a binary CloudEvent', '不支持的内容类型'),
  notUtf8Charset: unsupported('the charset must be utf-8', '字符集应为utf-8'),
  unknownEncoding: unsupported('the Content-Encoding is not supported', '不支持的内容编码'),

  loop: {
    status: loopStatus,
    code: 'LOOP_DETECTED',
    en: 'the event results from a chain of more than {limit} callbacks',
    zh: '检测到事件循环，最多{limit}次回调',
  },

  internal: { status: 500, code: 'INTERNAL_ERROR', en: 'the event could not be accepted', zh: etcFailure },
  overloaded: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    en: 'too many bytes are being read and published now, try later',
    zh: etcFailure,
  },
  unavailable: {
    status: 503,
    code: 'SERVICE_UNAVAILABLE',
    en: 'no events can be accepted now, try later',
    zh: etcFailure,
  },
} satisfies Record<string, Entry>;

export type FaultKind = keyof typeof catalogue;

interface FaultDetails {
  /** The field at fault, such as `event_topic` or `eventList[3].source`. */
  readonly field?: string;
  readonly account?: string;
  readonly limit?: number;
  readonly retryAfterS?: number;
  /** The known route that is most similar to the request. */
  readonly nearest?: string;
  /** The value of `X-Callbus-Hops` in the request. */
  readonly hops?: string;
}

/** The reason why a request is refused: an entry of the catalogue, and the values for its message. */
export class Fault {
  readonly kind: FaultKind;
  readonly details: FaultDetails;

  constructor(kind: FaultKind, details: FaultDetails = {}) {
    this.kind = kind;
    this.details = details;
  }

  get status(): number {
    return catalogue[this.kind].status;
  }

  /** The same fault of another field. */
  of(field: string): Fault {
    return new Fault(this.kind, { ...this.details, field });
  }
}

/** A fault as the description of the API has it. */
export function entryOf(kind: FaultKind): Entry {
  return catalogue[kind];
}

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(catalogue, text);
}

/** `{"requestId":…,"code":…,"message":…}` of event bus and CloudEvents. */
export function eventBusError(fault: Fault, requestId: string): ErrorAnswer {
  const { status, code, en } = catalogue[fault.kind];
  return { status, body: JSON.stringify({ requestId, code, message: fill(en, fault) }) };
}

/**
 * `{"request_id":…,"code":…,"msg":…}` of ETC. Its codes are HTTP statuses as text, except that the code for 503 is 500.
 *
 * @param alwaysStatus answers every error with this HTTP status, for clients that look only at `code`
 */
export function etcError(fault: Fault, requestId: string, alwaysStatus?: number): ErrorAnswer {
  const { status, zh } = catalogue[fault.kind];
  return {
    status: status === loopStatus ? status : (alwaysStatus ?? status),
    body: JSON.stringify({ request_id: requestId, code: etcCodeOf(fault.kind), msg: fill(zh, fault) }),
  };
}

export function etcCodeOf(kind: FaultKind): string {
  const { status } = catalogue[kind];
  return String(status === loopStatus ? status : Math.min(status, 500));
}

function fill(template: string, { details }: Fault): string {
  const { field = 'the event', account = '', limit = 0, nearest } = details;
  const values: Readonly<Record<string, string>> = {
    field: shorten(field),
    account: shorten(account),
    limit: String(limit),
    nearest: nearest === undefined ? '' : `, the nearest is ${nearest}`,
  };
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

function shorten(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
