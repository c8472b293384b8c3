import { Fault, type Text } from './errors.js';

/** Reasons for refusing a value or a call. A reason that joi finds has joi's name. The words in braces come from the check. */
const reasons = {
  'string.max': { en: 'longer than {limit} characters', 'zh-cn': '超过 {limit} 个字符' },
  'number.min': { en: 'less than {limit}', 'zh-cn': '小于 {limit}' },
  'number.max': { en: 'more than {limit}', 'zh-cn': '大于 {limit}' },
  'number.integer': { en: 'not a whole number', 'zh-cn': '不是整数' },
  'number.unsafe': { en: 'out of range', 'zh-cn': '超出范围' },
  'any.only': { en: 'none of {valids}', 'zh-cn': '不是 {valids} 之一' },
  'object.max': { en: 'more than {limit} entries', 'zh-cn': '超过 {limit} 项' },
  'array.min': { en: 'fewer than {limit} entries', 'zh-cn': '少于 {limit} 项' },
  'array.unique': { en: 'a value is given twice', 'zh-cn': '值重复' },
  'array.max': { en: 'more than {limit} entries', 'zh-cn': '超过 {limit} 项' },
  'text.unclean': { en: 'contains characters that cannot be stored', 'zh-cn': '含有无法保存的字符' },
  'url.absolute': { en: 'not an absolute http or https URL', 'zh-cn': '不是 http 或 https 的绝对地址' },
  'url.credentials': { en: 'contains credentials', 'zh-cn': '含有用户名或密码' },
  'url.refused': { en: 'address not allowed: {host}', 'zh-cn': '不允许的地址：{host}' },
  'pattern.required': { en: 'required when confirm_mode changes', 'zh-cn': 'confirm_mode 改变时必须给出' },
  'pattern.refused': { en: 'not a pattern of this confirm_mode', 'zh-cn': '不符合 confirm_mode 的格式' },
  'names.tooLong': { en: 'an event name of more than {limit} bytes', 'zh-cn': '有事件名超过 {limit} 字节' },
  'pattern.words': {
    en: 'the pattern {pattern} has more than {limit} words',
    'zh-cn': '通配名 {pattern} 超过 {limit} 段',
  },
  'pattern.hashes': {
    en: 'the pattern {pattern} has more than {limit} #',
    'zh-cn': '通配名 {pattern} 超过 {limit} 个 #',
  },
  'pattern.bytes': {
    en: 'the patterns up to {pattern} have more than {limit} bytes in total',
    'zh-cn': '通配名合计超过 {limit} 字节，自 {pattern} 起',
  },
  'quota.names': { en: 'at most {limit} event names per subscription', 'zh-cn': '每个订阅最多 {limit} 个事件名' },
  'quota.subscriptions': { en: 'at most {limit} subscriptions per account', 'zh-cn': '每个账号最多 {limit} 个订阅' },
  'quota.subscription_bytes': {
    en: 'at most {limit} bytes of subscriptions per account',
    'zh-cn': '每个账号的订阅合计最多 {limit} 字节',
  },
  'quota.pattern_bytes': {
    en: 'at most {limit} bytes of patterns per account',
    'zh-cn': '每个账号的通配名合计最多 {limit} 字节',
  },
  'quota.replays': {
    en: 'at most {limit} replays per account at once',
    'zh-cn': '每个账号最多同时 {limit} 个重新投递',
  },
  'quota.keys': { en: 'at most {limit} keys per account', 'zh-cn': '每个账号最多 {limit} 个密钥' },
  'header.name': { en: '{header} is not a header that may be set', 'zh-cn': '不允许设置 {header}' },
  'header.value': { en: '{header} cannot have this value', 'zh-cn': '{header} 的值不合法' },
  'header.twice': { en: '{header} is given twice', 'zh-cn': '{header} 重复' },
  'header.noKey': {
    en: '{header} looks like a secret, and SECRETS_KEY is not set',
    'zh-cn': '{header} 疑为敏感信息，而未设置 SECRETS_KEY',
  },
  'header.nothingKept': {
    en: 'no value of {header} is stored that ******** could stand for',
    'zh-cn': '{header} 没有可由 ******** 代表的已存值',
  },
  'secret.syntax': {
    en: 'neither generate nor whsec_ and 24 to 64 bytes in base64',
    'zh-cn': '不是 generate，也不是 whsec_ 加 24 至 64 字节的 base64',
  },
  'secret.noKey': { en: 'SECRETS_KEY is not set', 'zh-cn': '未设置 SECRETS_KEY' },
  'secret.onlyCreate': {
    en: 'generate is for create only; rotate the secret instead',
    'zh-cn': 'generate 仅用于新增，请改用 secret/rotate',
  },
  'time.syntax': { en: 'not a time such as 2026-01-31T08:00:00Z', 'zh-cn': '不是 2026-01-31T08:00:00Z 形式的时间' },
  'time.past': { en: 'not in the future', 'zh-cn': '不是将来的时间' },
  'roles.everyAccount': {
    en: 'a key for the account {account} may have the role look only',
    'zh-cn': '账号 {account} 只能用 look',
  },
  'selection.none': { en: 'all, ids, from or to is required', 'zh-cn': '需要 all、ids、from 或 to' },
  'selection.neither': { en: 'ids or reason is required', 'zh-cn': '需要 ids 或 reason' },
  'condition.field': { en: 'not a field to search by', 'zh-cn': '不是可查询的字段' },
  'condition.operator': {
    en: 'neither a value nor $in, $nin, $ne or $regex',
    'zh-cn': '不是值，也不是 $in、$nin、$ne 或 $regex',
  },
  'condition.options': { en: '$options may be i, beside $regex', 'zh-cn': '$options 只能是 i，且须与 $regex 同用' },
  'condition.regex': { en: 'not a regular expression', 'zh-cn': '不是正则表达式' },
  'condition.backReference': { en: 'back references are not supported', 'zh-cn': '不支持反向引用' },
  'condition.tooCostly': { en: 'the regular expression takes too long', 'zh-cn': '正则表达式耗时过长' },
  'probes.rate': {
    en: 'more than {limit} pings, telnets and verifications per second',
    'zh-cn': '该账号每秒 ping、telnet 与验证合计超过 {limit} 次',
  },
  'reading.count': { en: 'the account has too many searches at once', 'zh-cn': '该账号的查询' },
  'call.count': { en: 'the account has too many calls at once', 'zh-cn': '该账号的调用' },
  'reading.time': { en: 'the search time of the account is used up', 'zh-cn': '该账号的查询时间' },
} as const satisfies Record<string, Text>;

const unnamed: Text = { en: 'not allowed', 'zh-cn': '不允许' };

/** The fault of a field whose value is refused. */
export function invalid(field: string, reason: string, words: Words = {}): Fault {
  return new Fault('invalid', { field, reason: reasonFor(reason, words) });
}

/** The replacements for the words in braces; lists are joined by commas. */
type Words = Readonly<Record<string, unknown>>;

export function reasonFor(name: string, words: Words = {}): Text {
  const text: Text = isReasonName(name) ? reasons[name] : unnamed;
  const fill = (template: string) =>
    template.replace(/\{(\w+)\}/g, (_match, word: string) => {
      const value = words[word];
      return Array.isArray(value) ? value.join(', ') : String(value);
    });
  return { en: fill(text.en), 'zh-cn': fill(text['zh-cn']) };
}

function isReasonName(name: string): name is keyof typeof reasons {
  return Object.hasOwn(reasons, name);
}
