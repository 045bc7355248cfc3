import { runInThisContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { json } from '../../src/decode/index.ts';
import { observeWith } from '../../src/powertools/observe-with.ts';
import type { Handle } from '../kit/guarded-function.ts';
import { linesAbout, linesOf, newLogger, observed, type Setting } from '../kit/observed-function.ts';
import { outputOf } from '../kit/output.ts';

const lookUp = runInThisContext('(function lookUp(order) { return order.lines[0] })', { filename: '/var/task/a.js' });
const at = 'lookUp (/var/task/a.js:1:45)';
const failing: Handle = ({ kinesis: { sequenceNumber } }) => {
  if (sequenceNumber.startsWith('type')) lookUp({});
  throw new RangeError(sequenceNumber);
};

test('the first of each distinct failure of an invocation is a warning with its place, the others are DEBUG lines', async () => {
  const batch = ['type1', 'range1', 'type2', 'range2', 'type3'];
  const setting: Setting = { handle: failing, order: 'none' };
  const calm = await linesOf({ logger: newLogger() }, [batch, ['type4']], setting);
  expect(linesAbout(calm, 'attempt-failed').map(({ level, undam }) => [level, undam?.requestId])).toEqual([
    ['WARN', 'request-1'],
    ['WARN', 'request-1'],
    ['WARN', 'request-2'],
  ]);
  expect(linesAbout(calm, 'attempt-failed')[0]?.undam).toMatchObject({
    sequenceNumber: 'type1',
    attempt: 1,
    how: 'rejected',
    next: 'redelivery',
    errorName: 'TypeError',
    at,
  });
  const all = linesAbout(await linesOf({ logger: newLogger('DEBUG') }, [batch], setting), 'attempt-failed');
  const here = expect.stringMatching(/^failing \(.*observe-with-failures\.test\.ts:/);
  expect(all.map(({ level, undam }) => [level, undam?.sequenceNumber, undam?.at])).toEqual([
    ['WARN', 'type1', at],
    ['WARN', 'range1', here],
    ['DEBUG', 'type2', at],
    ['DEBUG', 'range2', here],
    ['DEBUG', 'type3', at],
  ]);
  expect(calm.text + JSON.stringify(all)).not.toMatch(/Cannot read|RangeError: range/);
});

test('the place of a failure inside Undam is the handler that called it', async () => {
  const decode = json();
  const handle: Handle = function parse(record) {
    decode(record);
  };
  const output = await linesOf({ logger: newLogger() }, [['no json']], { handle });
  const here = expect.stringMatching(/^parse \(.*observe-with-failures\.test\.ts:/);
  expect(linesAbout(output, 'attempt-failed').map(({ undam }) => [undam?.how, undam?.at])).toEqual([
    ['undecodable', here],
  ]);
});

test('logErrors adds the text of an error to the warnings, the summary, and the lines about sink and ledger', async () => {
  const reject = () => Promise.reject(new Error('no table'));
  const setting: Setting = {
    handle: failing,
    order: 'none',
    quarantine: { attempts: 1 },
    sink: { send: () => Promise.reject(new Error('no queue')) },
    ledger: { recall: reject, remember: reject },
  };
  const output = await linesOf({ logger: newLogger('DEBUG'), logErrors: 'message' }, [['type1', 'type2']], setting);
  const texts = (event: string) => linesAbout(output, event).map(({ undam }) => undam!.error);
  const message = "Cannot read properties of undefined (reading '0')";
  expect(texts('attempt-failed')).toEqual([{ name: 'TypeError', message }, undefined]);
  expect(texts('quarantine-refused')).toEqual([{ name: 'Error', message: 'no queue' }]);
  expect(texts('ledger-failed')[0]).toEqual({ name: 'Error', message: 'no table' });
  const { fn } = observed(observeWith({ logger: newLogger(), logErrors: 'stack' }));
  const { logs } = await outputOf(() => fn.deliverEvent({ Records: 'none' }));
  expect(logs[0]?.undam?.error).toMatchObject({ stack: expect.stringContaining('UndamError: undam: ') });
});
