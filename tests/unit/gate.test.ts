import { expect, test } from 'vitest';
import { beside } from '@/lib/access/gate';

// Outside a request there is no caller, so that every read fails at once.
const read = async () => 'rows';

test('whoever the gate refuses hears of the gate alone, although the read failed before', async () => {
  const gate = Promise.withResolvers<never>();
  const asked = beside(gate.promise, read);
  const early = await Promise.race([asked.catch(() => 'answered'), new Promise((resolve) => setImmediate(resolve, 'waits'))]);
  gate.reject(new Error('refused'));
  await expect(asked).rejects.toThrow('refused');
  expect(early).toBe('waits');
});

test('whoever passes the gate hears that the read failed', async () => {
  await expect(beside(Promise.resolve('passed'), read)).rejects.toThrow('request scope');
});
