import { describe, expect, it } from '@jest/globals';
import { waitFor } from '../src/wait-for.js';

describe('waitFor', () => {
  it('returns the value of the condition as soon as it holds', async () => {
    let asked = 0;
    const value = await waitFor(() => (++asked === 3 ? 'there' : undefined), { what: 'the third question' });
    expect({ value, asked }).toEqual({ value: 'there', asked: 3 });
  });

  it('goes on when the condition throws', async () => {
    let asked = 0;
    const condition = () => (++asked === 2 ? Promise.resolve(true) : Promise.reject(new Error('not yet')));
    await expect(waitFor(condition, { what: 'the second question' })).resolves.toBe(true);
  });

  it('throws an error with the condition, the time and the last error', async () => {
    const cause = new Error('still away');
    const waiting = waitFor(() => Promise.reject(cause), { what: 'the server', timeoutMs: 30 });
    await expect(waiting).rejects.toMatchObject({ message: 'waited 30 ms in vain for the server', cause });
  });
});
