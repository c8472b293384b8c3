import type { Made } from './changes.js';
import type { Text } from '../http/errors.js';

/** A warning in the answer to a successful change. */
export interface Warning {
  /** The path of the field that the warning is about; empty for the whole subscription. */
  readonly path: string;
  readonly message: Text;
}

const notAnnounced: Warning = {
  path: '',
  message: {
    en: 'the broker does not answer: the workers get this change as soon as it does',
    'zh-cn': '消息代理无响应，变更尚未通知投递进程；恢复后立即生效',
  },
};

export function warningsOf({ isAnnounced }: Made): { warnings?: readonly Warning[] } {
  return isAnnounced ? {} : { warnings: [notAnnounced] };
}
