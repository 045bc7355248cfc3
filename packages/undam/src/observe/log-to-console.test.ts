import { describe, expect, test } from '@jest/globals';
import { loggedFunction, secret } from '../../test/kit/logged-function.ts';
import { useLoggedLines } from '../../test/kit/logged-lines.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { PermanentError } from '../base/errors.ts';
import { streamGuard } from '../middlewares/index.ts';
import type { UndamEvent } from './events.ts';
import { logToConsole } from './log-to-console.ts';

const logged = useLoggedLines();

describe('logErrors', () => {
  const throwing = () => {
    throw new TypeError(`no stock for ${secret}`, { cause: new Error(`inner ${secret}`) });
  };

  test('message adds the messages of an error and its causes, of sinks and ledgers, too', async () => {
    const refuse = () => Promise.reject(Object.assign(new Error('queue is gone'), { code: 'NoQueue' }));
    const fn = loggedFunction({ logErrors: 'message', sink: { send: refuse }, quarantine: { attempts: 1 } }, throwing);
    await fn.deliver('a');
    const shown = logged.takeParsed();
    expect(shown).toMatchObject([
      { undam: 'quarantine-refused', error: { name: 'Error', code: 'NoQueue', message: 'queue is gone' } },
      {
        undam: 'attempt-failed',
        error: { name: 'TypeError', message: `no stock for ${secret}`, cause: { message: `inner ${secret}` } },
      },
      { undam: 'invocation-ended' },
    ]);
    expect(JSON.stringify(shown)).not.toContain('log-to-console.test');
  });

  test('stack adds the stack, of an invocation that fails as a whole, too', async () => {
    const fn = loggedFunction({ logErrors: 'stack' }, throwing);
    await fn.deliver('a');
    expect(logged.takeFailures()).toMatchObject([{ error: { stack: expect.stringContaining('log-to-console.test') } }]);
    await fn.deliverEvent({ Records: 'none' });
    expect(logged.takeParsed()).toMatchObject([
      { undam: 'invocation-ended', error: { stack: expect.stringContaining('undam: ') } },
    ]);
  });

  test('is an option of the default lines only', () => {
    const quarantine = { sink: new StoringSink() };
    expect(() => streamGuard({ quarantine, logErrors: 'message', observe: () => {} })).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining('logToConsole({ logErrors })') }),
    );
    expect(() => streamGuard({ quarantine, logErrors: 'all' as 'stack' })).toThrow('expected "message" or "stack"');
    expect(() => logToConsole({ logErrors: true as never })).toThrow('expected "message" or "stack"');
    expect(() => streamGuard({ quarantine, observe: [() => {}, 'log' as never] })).toThrow(
      'expected a function, or an',
    );
  });
});

describe('several observers', () => {
  test('get each event in turn, and none keeps it from the next', async () => {
    const events: UndamEvent['type'][] = [];
    const boom = () => {
      throw new Error('observer');
    };
    const observe = [boom, logToConsole(), ({ type }: UndamEvent) => void events.push(type)];
    await loggedFunction({ observe }).deliver('type');
    expect(logged.takeParsed()).toMatchObject([{ undam: 'attempt-failed' }, { undam: 'invocation-ended' }]);
    expect(events).toEqual(['attempt-failed', 'invocation-ended']);
  });
});

describe("Lambda's log format", () => {
  test.each(['JSON', 'json'])('%s: a line is an object of plain values', async (format) => {
    process.env.AWS_LAMBDA_LOG_FORMAT = format;
    await loggedFunction({ sink: { send: () => Promise.reject(new PermanentError(secret)) } }).deliver('type', 'range');
    const shown = logged.take();
    expect(shown).toMatchObject([
      { undam: 'attempt-failed', errorName: 'TypeError' },
      { undam: 'attempt-failed', errorName: 'RangeError' },
      { undam: 'invocation-ended' },
    ]);
    for (const line of shown) expect(JSON.parse(JSON.stringify(line))).toEqual(line);
  });

  test.each([undefined, 'Text'])('%s: it is JSON in a string', async (format) => {
    if (format !== undefined) process.env.AWS_LAMBDA_LOG_FORMAT = format;
    await loggedFunction().deliver('type');
    for (const line of logged.take()) expect(JSON.parse(line as string)).toMatchObject({ undam: expect.any(String) });
  });
});
