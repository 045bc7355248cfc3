import { describe, expect, test } from '@jest/globals';
import { logToConsole } from '../../src/observe/log-to-console.ts';
import { loggedFunction, secret } from '../kit/logged-function.ts';
import { useLoggedLines } from '../kit/logged-lines.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const logged = useLoggedLines();

describe('a line shows', () => {
  test.each<readonly [string, unknown]>([
    ['an error', new Error(secret)],
    ['an error with a cause', new Error('outer', { cause: new Error(secret) })],
    ['an object', { message: 'no', body: secret }],
    ['a string', `refused: ${secret}`],
    ['a list', [secret]],
    ['an error of an unusual name', Object.assign(new Error('no'), { name: 'Refused', detail: secret })],
    ['an error whose name is a symbol', Object.assign(new Error(secret), { name: Symbol(secret) })],
    ['an error whose message is like a stack', new Error(`no\n    at ${secret} (/var/task/${secret}.js:1:1)`)],
  ])('only the name of an error of handler, sink or ledger: %s', async (_what, thrown) => {
    const fn = loggedFunction(
      {
        quarantine: { attempts: 1 },
        sink: { send: () => Promise.reject(thrown) },
        ledger: { recall: () => Promise.reject(thrown), remember: () => Promise.reject(thrown) },
      },
      () => Promise.reject(thrown),
    );
    const record = kinesisRecord('a', { key: `key-${secret}`, data: secret });
    expect(reportedIn(await fn.deliverEvent({ Records: [record] }))).toEqual(['a']);
    const shown = logged.takeText();
    expect(shown).toContain('attempt-failed');
    expect(shown).toContain('quarantine-refused');
    expect(shown).toContain('ledger-failed');
    expect(shown).not.toContain(secret);
    for (const line of shown.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });
});

describe('any thrown value', () => {
  const cyclic = new Error('round');
  cyclic.cause = new AggregateError([cyclic], 'and round', { cause: cyclic });
  const boom = (): never => {
    throw new Error('read');
  };

  test.each<readonly [string, unknown]>([
    ['an error whose name throws', Object.defineProperty(new Error('x'), 'name', { get: boom })],
    ['an error whose stack throws', Object.defineProperty(new Error('x'), 'stack', { get: boom })],
    ['a proxy that throws', new Proxy({}, { get: boom, getPrototypeOf: boom, has: boom, ownKeys: boom })],
    ['a symbol', Symbol('x')],
    ['a bigint', 12n],
    ['nothing', undefined],
    ['a function', () => {}],
    ['an object without a prototype', Object.create(null)],
    ['an error whose causes go round', cyclic],
    ['an error of megabytes', new Error('x'.repeat(4_000_000))],
  ])('costs no line, with its text or without: %s', async (_what, thrown) => {
    for (const logErrors of [undefined, 'message', 'stack'] as const) {
      const fn = loggedFunction({ ...(logErrors && { logErrors }) }, () => Promise.reject(thrown));
      await fn.deliver('a', 'b');
      const shown = logged.takeParsed();
      expect(shown).toMatchObject([{ undam: 'attempt-failed', records: 2 }, { undam: 'invocation-ended' }]);
      expect('error' in shown[0]!).toBe(logErrors !== undefined);
      expect(JSON.stringify(shown).length).toBeLessThan(40_000);
      logToConsole()({ type: 'ledger-failed', operation: 'recall', error: thrown }, {} as never);
      expect(logged.takeText()).toContain('ledger-failed');
    }
  });
});
