export type Language = 'en' | 'zh-cn';

export type Text = Readonly<Record<Language, string>>;

interface CatalogueEntry extends Text {
  /** bk_error_code */
  readonly code: number;
  readonly status: number;
}

/** All errors of this API. `{field}` is the field's name, `{reason}` what is wrong with the field. */
const catalogue = {
  unknownRoute: { code: 1199000, status: 404, en: 'no such route{reason}', 'zh-cn': '接口不存在{reason}' },
  notJson: {
    code: 1199000,
    status: 400,
    en: 'the body is not a JSON object',
    'zh-cn': '请求体不是 JSON 对象',
  },
  tooManyValues: {
    code: 1199000,
    status: 413,
    en: 'the body holds more than {reason} JSON values',
    'zh-cn': '请求体的 JSON 值超过 {reason} 个',
  },
  tooLarge: { code: 1199000, status: 413, en: 'the body exceeds 5 MiB', 'zh-cn': '请求体超过 5 MiB' },
  unknownEncoding: {
    code: 1199000,
    status: 415,
    en: 'the Content-Encoding is not supported',
    'zh-cn': '不支持的内容编码',
  },
  wrongType: {
    code: 1199000,
    status: 400,
    en: "'{field}' is of the wrong type",
    'zh-cn': "'{field}' 类型错误",
  },
  missing: { code: 1199010, status: 400, en: "'{field}' is not set", 'zh-cn': "'{field}' 未赋值" },
  invalid: {
    code: 1199006,
    status: 400,
    en: "'{field}' is not valid: {reason}",
    'zh-cn': "'{field}' 无效：{reason}",
  },
  nameTaken: {
    code: 1199014,
    status: 409,
    en: 'data is not unique, subscription_name is a duplicate',
    'zh-cn': '数据唯一性校验失败， subscription_name 重复',
  },
  createFailed: { code: 1103000, status: 500, en: 'creating the subscription failed', 'zh-cn': '新增订阅失败' },
  deleteFailed: { code: 1103001, status: 500, en: 'deleting the subscription failed', 'zh-cn': '删除订阅失败' },
  searchFailed: { code: 1103002, status: 500, en: 'searching subscriptions failed', 'zh-cn': '查询订阅失败' },
  findNotFound: {
    code: 1103002,
    status: 404,
    en: 'searching subscriptions failed: not found',
    'zh-cn': '查询订阅失败：not found',
  },
  updateFailed: { code: 1103003, status: 500, en: 'updating the subscription failed', 'zh-cn': '更新订阅失败' },
  deleteNotFound: {
    code: 1103001,
    status: 404,
    en: 'deleting the subscription failed: not found',
    'zh-cn': '删除订阅失败：not found',
  },
  updateNotFound: {
    code: 1103003,
    status: 404,
    en: 'updating the subscription failed: not found',
    'zh-cn': '更新订阅失败：not found',
  },
  pingFailed: { code: 1103004, status: 400, en: 'ping failed: {reason}', 'zh-cn': 'ping 失败：{reason}' },
  testFailed: { code: 1103004, status: 400, en: 'the test failed: {reason}', 'zh-cn': '测试失败：{reason}' },
  testNotFound: { code: 1103004, status: 404, en: 'the test failed: not found', 'zh-cn': '测试失败：not found' },
  telnetFailed: { code: 1103005, status: 400, en: 'telnet failed: {reason}', 'zh-cn': 'telnet 失败：{reason}' },
  attemptsFailed: { code: 1103006, status: 500, en: 'reading the attempts failed', 'zh-cn': '查询投递记录失败' },
  attemptsNotFound: {
    code: 1103006,
    status: 404,
    en: 'reading the attempts failed: not found',
    'zh-cn': '查询投递记录失败：not found',
  },
  undeliveredFailed: {
    code: 1103007,
    status: 500,
    en: 'reading or deleting undelivered events failed',
    'zh-cn': '查询或删除未送达事件失败',
  },
  undeliveredNotFound: {
    code: 1103007,
    status: 404,
    en: 'reading or deleting undelivered events failed: not found',
    'zh-cn': '查询或删除未送达事件失败：not found',
  },
  replayFailed: { code: 1103008, status: 500, en: 'replaying undelivered events failed', 'zh-cn': '重新投递失败' },
  replayNotFound: {
    code: 1103008,
    status: 404,
    en: 'replaying undelivered events failed: not found',
    'zh-cn': '重新投递失败：not found',
  },
  dispatchFailed: {
    code: 1103008,
    status: 500,
    en: 'sending undelivered messages back failed',
    'zh-cn': '退回未送达消息失败',
  },
  traceFailed: { code: 1103009, status: 500, en: 'tracing the event failed', 'zh-cn': '追踪事件失败' },
  traceNotFound: {
    code: 1103009,
    status: 404,
    en: 'tracing the event failed: not found; traces are kept since {reason}',
    'zh-cn': '追踪事件失败：not found；追踪记录保留自 {reason}',
  },
  queuesFailed: { code: 1103010, status: 500, en: 'reading the queues failed', 'zh-cn': '查询队列失败' },
  overviewFailed: { code: 1103011, status: 500, en: 'reading the overview failed', 'zh-cn': '查询概览失败' },
  keysFailed: { code: 1103012, status: 500, en: 'reading or changing the keys failed', 'zh-cn': '查询或修改密钥失败' },
  keyNotFound: {
    code: 1103012,
    status: 404,
    en: 'revoking the key failed: not found',
    'zh-cn': '吊销密钥失败：not found',
  },
  unknownCaller: { code: 1199027, status: 401, en: 'the caller is not known', 'zh-cn': '调用者身份未知' },
  quotaUsedUp: { code: 1199029, status: 429, en: 'a quota is used up: {reason}', 'zh-cn': '配额已用完：{reason}' },
  tooMuch: { code: 1199029, status: 429, en: 'too many requests: {reason}', 'zh-cn': '请求过多：{reason}' },
  notAllowed: { code: 1199027, status: 403, en: 'the caller is not allowed to do this', 'zh-cn': '调用者没有权限' },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorName = keyof typeof catalogue;

/** An error as the description of the API has it. */
export function entryOf(name: ErrorName): CatalogueEntry {
  return catalogue[name];
}

interface FaultDetails {
  readonly field?: string;
  /** Text that is the same in both languages may be a string. */
  readonly reason?: Text | string;
  /** Replaces the status of the catalogue. */
  readonly status?: number;
  /** The time after which the same call may succeed. */
  readonly retryAfterS?: number | undefined;
}

/** An expected failure that is answered to the caller. It is a class, so that no object in a body can pass for it. */
export class Fault {
  readonly code: number;
  readonly status: number;
  readonly message: Text;
  readonly retryAfterS: number | undefined;

  constructor(name: ErrorName, details: FaultDetails = {}) {
    const { code, status, ...message } = catalogue[name];
    const { field = '', reason = '' } = details;
    const inLanguage = (language: Language) =>
      message[language]
        .replace('{field}', () => field)
        .replace('{reason}', () => (typeof reason === 'string' ? reason : reason[language]));
    this.code = code;
    this.status = details.status ?? status;
    this.message = { en: inLanguage('en'), 'zh-cn': inLanguage('zh-cn') };
    this.retryAfterS = details.retryAfterS;
  }
}
