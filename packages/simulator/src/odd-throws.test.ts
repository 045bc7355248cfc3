import { describe, expect, test } from '@jest/globals';
import { answerNames, oddNames } from './odd-throws.fixture.ts';
import { simulate } from './simulate.ts';

const handler = new URL('./odd-throws.fixture.ts', import.meta.url);

/** One invocation for each name, and how it ended. */
async function endsOf(exportName: string, names: readonly string[]) {
  const { invocations } = await simulate({
    handler,
    exportName,
    records: names.map((data) => ({ put: { partitionKey: 'key', data } })),
    mapping: { BatchSize: 1, MaximumRetryAttempts: 0 },
  });
  return invocations.map(({ end, error }) => [end, error?.name, error?.message.slice(0, 40)]);
}

const noText = 'a thrown object that has no text';
/** Name and message of each in a report. */
const shown: Readonly<Record<string, readonly [name: string, message: string]>> = {
  'a symbol as name': ['Symbol(name)', 'odd'],
  'an object as message': ['Error', noText],
  'a name that throws': ['Error', 'odd'],
  'a message that throws': ['Error', ''],
  'a proxy that throws': ['Error', noText],
  'a revoked proxy': ['Error', noText],
  'nothing to inherit': ['Error', noText],
  'a text that throws': ['Error', noText],
  'a huge message': ['Error', 'x'.repeat(40)],
  'a symbol': ['Error', 'Symbol(thrown)'],
  nothing: ['Error', 'undefined'],
  text: ['Error', 'no error'],
  'a class of its own': ['OrderError', 'odd'],
};

describe('whatever a handler throws is told, and the simulation goes on', () => {
  test.each([
    ['rejects', 'error'],
    ['throwsLater', 'crashed'],
    ['leavesARejection', 'crashed'],
  ])('%s: %s', async (exportName, end) => {
    const ends = await endsOf(exportName, oddNames);
    const expected = oddNames.map((name) => [end, ...shown[name]!]);
    if (end === 'crashed') expected[oddNames.indexOf('nothing')] = [end, 'Error', 'the process crashed'];
    expect(ends).toEqual(expected);
  });

  test('an answer that cannot be read is an error of the function', async () => {
    const ends = await endsOf('answersOddly', answerNames);
    expect(ends.map(([end]) => end)).toEqual(answerNames.map(() => 'error'));
  });

  test('a handler that cannot be asked for its parameters fails to start', async () => {
    expect(await endsOf('hasNoLength', ['x'])).toEqual([['crashed', 'Error', 'asked']]);
  });

  test('what cannot leave the thread rejects with its reason', async () => {
    await expect(endsOf('sendsAFunction', ['x'])).rejects.toMatchObject({ name: 'DataCloneError' });
    const importing = simulate({
      handler: new URL('./fixtures/throws-oddly-at-import.ts', import.meta.url),
      records: [],
    });
    await expect(importing).rejects.toMatchObject({
      name: 'Symbol(odd)',
      message: expect.stringContaining('cannot start'),
    });
  });
});
