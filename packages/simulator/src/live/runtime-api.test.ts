import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { type RuntimeApi, type RuntimeApiOptions, startRuntimeApi } from './runtime-api.ts';

// Each test starts processes; a busy machine takes its time.
jest.setTimeout(60_000);

const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url));
const clients = [
  ['aws-lambda-ric 4', `${modules}aws-lambda-ric/index.mjs`],
  ['aws-lambda-ric 3', `${modules}aws-lambda-ric-3/bin/index.mjs`],
] as const;

const started: RuntimeApi[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((api) => api.stop()));
});

async function start(runtimeClient: string, handler: string, options: Partial<RuntimeApiOptions> = {}) {
  const taskRoot = fileURLToPath(new URL('./fixtures', import.meta.url));
  const api = await startRuntimeApi({ runtimeClient, taskRoot, handler, timeoutMs: 10_000, ...options });
  started.push(api);
  return api;
}

describe.each(clients)('a function under %s', (name, runtimeClient) => {
  test('answers from one environment, with the context Lambda gives', async () => {
    const api = await start(runtimeClient, 'plain-handlers.answers', {
      functionArn: 'arn:aws:lambda:eu-1:1:function:f',
    });
    const [first, second] = await Promise.all([api.invoke({ n: 1 }), api.invoke({ n: 2 })]);
    expect(first).toMatchObject({
      kind: 'response',
      payload: { event: { n: 1 }, functionArn: expect.stringMatching(/:f$/) },
    });
    expect(second).toMatchObject({ kind: 'response', payload: { event: { n: 2 }, remainingMs: expect.any(Number) } });
    const processIds = [first, second].map(
      (result) => (result as { payload: { processId: number } }).payload.processId,
    );
    expect(new Set(processIds).size).toBe(1);
  });

  test('that throws gives an error and lives on', async () => {
    const api = await start(runtimeClient, 'plain-handlers.throws');
    const error = { errorType: 'TypeError', errorMessage: 'no such order' };
    expect(await api.invoke({})).toEqual({ kind: 'error', error });
    expect(await api.invoke({})).toEqual({ kind: 'error', error });
  });

  test('that throws in other letters than ASCII gives an error, at once', async () => {
    const api = await start(runtimeClient, 'plain-handlers.throwsBeyondAscii');
    const error = { errorType: 'TypeError', errorMessage: 'keine Bestellung für 漢字 🙂' };
    expect(await api.invoke({})).toEqual({ kind: 'error', error });
  });

  test.each(['neverSettlesButWaits', 'loops'])(
    'that hangs (%s) is killed at the deadline and starts again',
    async (handler) => {
      const api = await start(runtimeClient, `plain-handlers.${handler}`, { timeoutMs: 500 });
      expect(await api.invoke({})).toEqual({ kind: 'timed-out' });
      expect(await api.invoke({})).toEqual({ kind: 'timed-out' });
    },
  );

  test('that exits is told apart from one that hangs, and starts again', async () => {
    const api = await start(runtimeClient, 'plain-handlers.exits');
    expect(await api.invoke({})).toEqual({ kind: 'exited', code: 3, signal: null });
    expect(await api.invoke({})).toEqual({ kind: 'exited', code: 3, signal: null });
  });

  // Why Undam holds a ref'd timer: a drained event loop is success for one client and a crash for the other.
  test('whose promise nobody can settle is answered null by client 3 and exits under client 4', async () => {
    const api = await start(runtimeClient, 'plain-handlers.neverSettles');
    const expected = name.endsWith('3')
      ? { kind: 'response', payload: null }
      : { kind: 'exited', code: 0, signal: null };
    expect(await api.invoke({})).toEqual(expected);
  });

  test('with a stray rejection fails: an error from client 3, an exit under client 4', async () => {
    const api = await start(runtimeClient, 'plain-handlers.rejectsAside');
    const expected = name.endsWith('3')
      ? { kind: 'error', error: expect.objectContaining({ errorType: 'Runtime.UnhandledPromiseRejection' }) }
      : { kind: 'exited', code: 1, signal: null };
    expect(await api.invoke({})).toEqual(expected);
    expect(await api.invoke({})).toEqual(expected);
  });

  test('that answers more than 6 MiB fails', async () => {
    const api = await start(runtimeClient, 'plain-handlers.large');
    expect(await api.invoke({})).toMatchObject({
      kind: 'error',
      error: { errorType: 'Function.ResponseSizeTooLarge' },
    });
    await expect(api.invoke('x'.repeat(6_291_556))).rejects.toThrow(RangeError);
  });

  test('that cannot be loaded gives an init error for each invocation', async () => {
    const api = await start(runtimeClient, 'plain-handlers.missing');
    const error = expect.objectContaining({ errorType: 'Runtime.HandlerNotFound' });
    expect(await Promise.all([api.invoke(1), api.invoke(2)])).toEqual(Array(2).fill({ kind: 'init-error', error }));
  });

  test('that never finishes loading is ended by the init time-out', async () => {
    const api = await start(runtimeClient, 'endless-init.handler', { initTimeoutMs: 500 });
    const error = expect.objectContaining({ errorType: 'Sandbox.Timedout' });
    expect(await api.invoke({})).toEqual({ kind: 'init-error', error });
  });

  test('has threads of its own, which get their data and their messages and nothing else', async () => {
    const api = await start(runtimeClient, 'plain-handlers.usesAThread');
    const message = { path: 'mine', body: '{}', headers: {} };
    for (const options of [{}, { workerData: { sent: 'mine' } }, { workerData: 'mine' }]) {
      const { workerData } = options as { readonly workerData?: unknown };
      const answer = await api.invoke(options);
      expect(answer).toEqual({ kind: 'response', payload: { listeners: 0, workerData, message } });
    }
  });

  test('may write without end: only the end is kept', async () => {
    const api = await start(runtimeClient, 'plain-handlers.writesALot');
    await api.invoke({});
    await api.invoke({});
    expect(api.output().length).toBeLessThanOrEqual(64 * 1024);
    expect(api.output()).toMatch(/^\d+ \.+$/m);
  });
});

test('a Node binary that does not exist is an init error, not a hang', async () => {
  const api = await start(clients[0][1], 'plain-handlers.answers', { node: '/nowhere/node' });
  expect(await api.invoke({})).toMatchObject({
    kind: 'init-error',
    error: { errorMessage: expect.stringContaining('ENOENT') },
  });
});

test('stopping kills the environment and settles what was under way', async () => {
  const api = await start(clients[0][1], 'plain-handlers.neverSettlesButWaits');
  const results = Promise.all([api.invoke({}), api.invoke({})]);
  await api.stop();
  started.splice(0);
  expect((await results).map((result) => result.kind)).toEqual([expect.stringMatching(/exited|init-error/), 'exited']);
});
