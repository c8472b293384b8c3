import axios, { type AxiosRequestConfig } from 'axios';

export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Calls the service like a client. Every status is an answer. */
export function createCall(url: string) {
  const http = axios.create({
    baseURL: url,
    validateStatus: () => true,
    proxy: false,
    // One connection per request, so that none is open at the end of a test.
    headers: { connection: 'close' },
  });

  return async function call(
    line: string,
    data?: unknown,
    headers: Record<string, string> = {},
    more: AxiosRequestConfig = {},
  ): Promise<Answered> {
    const [method = '', path = ''] = line.split(' ');
    const answer = await http.request<unknown>({ method, url: path, data, headers, ...more });
    return { status: answer.status, body: answer.data, headers: answer.headers };
  };
}

export type Call = ReturnType<typeof createCall>;

/** The base of the paths for subscriptions. */
export const subscribe = '/api/v3/event/subscribe';

/** Requests answers in English instead of Chinese. */
export const en = { HTTP_BLUEKING_LANGUAGE: 'en' };

export const sample = {
  subscription_name: 'mysubscribe',
  system_name: 'SystemName',
  callback_url: 'http://127.0.0.1:8080/callback',
  confirm_mode: 'httpstatus',
  confirm_pattern: '200',
  subscription_form: 'hostcreate,hostupdate',
  timeout: 10,
};

export function success(data: unknown) {
  return { result: true, bk_error_code: 0, bk_error_msg: 'success', data };
}

export function failure(code: number, message: string) {
  return { result: false, bk_error_code: code, bk_error_msg: message, data: null };
}

/** Creates the sample subscription with changes. @returns its id */
export async function create(call: Call, changes: object = {}, at = '0/2'): Promise<number> {
  const { status, body } = await call(`POST ${subscribe}/${at}`, { ...sample, ...changes });
  if (status !== 200) throw new Error(`not created: ${JSON.stringify(body)}`);
  return (body as { data: { subscription_id: number } }).data.subscription_id;
}
