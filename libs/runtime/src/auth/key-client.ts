import { readKeyPage } from '@callbus/contracts/keys/stored-key';
import type { KeySource } from './stored-keys.js';

const timeoutMs = 5_000;

/**
 * The stored keys as the service `subscription` lists them for other processes.
 *
 * @param options.tokens the token, and while it is being replaced also the previous one: the service may not know the new one yet
 */
export function createKeyClient(options: { url: string; tokens: readonly string[] }): KeySource {
  const { tokens } = options;
  let token = tokens[0];

  const askWith = (one: string | undefined, path: string, init: RequestInit) =>
    fetch(new URL(path, options.url), {
      ...init,
      headers: { authorization: `Bearer ${one ?? ''}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });

  /** When the service refuses a token, asks again with the other one, and uses that one from then on. */
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const used = token;
    const answer = await askWith(used, path, init);
    const other = tokens.find((each) => each !== used);
    if (answer.status !== 401 || other === undefined) return answer;
    await answer.body?.cancel();
    token = other;
    return askWith(other, path, init);
  }

  async function jsonOf(answer: Response): Promise<unknown> {
    if (answer.ok) return answer.json();
    await answer.body?.cancel();
    throw new Error(`the subscription service answered ${answer.status}`);
  }

  let hasListed = false;
  return {
    async list(after) {
      const answer = await ask(`/internal/keys?after=${encodeURIComponent(after)}`);
      // A service of an older version stores no keys. When both versions run, what the newer one has listed stays valid.
      if (answer.status === 404 && !hasListed) {
        await answer.body?.cancel();
        return { keys: [], next: null };
      }
      const page = readKeyPage(await jsonOf(answer));
      hasListed = true;
      return page;
    },
    async report(uses) {
      await jsonOf(await ask('/internal/keys/used', { method: 'POST', body: JSON.stringify({ uses }) }));
    },
  };
}
