import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, test } from '@jest/globals';
import { linesAbout, newLogger, newMetrics, observed } from '../../test/kit/observed-function.ts';
import { outputOf, valuesIn } from '../../test/kit/output.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { observeWith, observing } from './observe-with.ts';

describe('sampleRate', () => {
  const run = async (sampleRate: number, drawn: number, numbers: readonly string[]) => {
    const { invoke } = observed(observing({ logger: newLogger(), metrics: newMetrics(), sampleRate }, () => drawn));
    return outputOf(() => invoke('r', ...numbers));
  };

  test.each([
    [1, 0.999, 1],
    [0.25, 0.249, 1],
    [0.25, 0.25, 0],
    [0, 0, 0],
  ])('%d and %d drawn: %d summaries of an invocation in which all goes well', async (sampleRate, drawn, lines) => {
    const output = await run(sampleRate, drawn, ['a', 'b']);
    expect(linesAbout(output, 'invocation-ended')).toHaveLength(lines);
    expect(output.metrics).toHaveLength(1);
  });

  test.each(['poison', 'permanent', 'outage'])('0 leaves out nothing of a record that fails: %s', async (name) => {
    const output = await run(0, 0.5, ['a', name]);
    expect(linesAbout(output, 'invocation-ended')).toHaveLength(1);
    expect(linesAbout(output, 'quarantined')).toHaveLength(name === 'permanent' ? 1 : 0);
  });
});

describe('an adapter in trouble', () => {
  const boom = () => {
    throw new Error('adapter');
  };

  test('a logger that throws keeps no metric back and changes no outcome', async () => {
    const logger = { debug: boom, info: boom, warn: boom, error: boom };
    const { fn } = observed(observeWith({ logger, metrics: newMetrics() }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'poison', 'permanent'))).toEqual(['poison']);
    });
    expect(output.metrics.map(valuesIn)).toMatchObject([{ Records: 3, RecordsQuarantined: 1 }]);
  });

  test('metrics that throw keep no line back and change no outcome', async () => {
    const { fn } = observed(observeWith({ logger: newLogger(), metrics: { singleMetric: boom } }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'poison', 'permanent'))).toEqual(['poison']);
    });
    expect(linesAbout(output, 'invocation-ended')).toHaveLength(1);
  });

  test('a metric that clashes with a dimension of the user is the loss of one set', async () => {
    const metrics = new Metrics({ namespace: 'shop', defaultDimensions: { Records: 'mine' } });
    const { fn } = observed(observeWith({ logger: newLogger(), metrics }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'permanent'))).toEqual([]);
    });
    expect(output.metrics).toEqual([]);
    expect(linesAbout(output, 'invocation-ended')).toHaveLength(1);
  });
});

test.each<readonly [object, string]>([
  [{}, 'expected a logger, metrics or both, got neither'],
  [{ logger: {} }, 'logger: expected an object with debug() and info() and warn() and error()'],
  [{ metrics: () => {} }, 'metrics: expected an object with singleMetric()'],
  [{ logger: console, sampleRate: 2 }, 'sampleRate: expected a number from 0 to 1, got 2'],
  [{ logger: console, sampleRate: Number.NaN }, 'sampleRate: expected a number from 0 to 1'],
  [{ logger: console, logErrors: 'all' }, 'logErrors: expected "message" or "stack", got "all"'],
  [{ logger: console, majorityFrom: 0 }, 'majorityFrom: expected a whole number from 1 to 10,000, got 0'],
  [{ logger: console, correlationId: '$.id' }, 'correlationId: expected a function'],
  [{ logger: console, loger: console }, 'unknown option "loger"'],
])('bad options are refused when the function is built: %j', (options, problem) => {
  expect(() => observeWith(options)).toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(problem) }),
  );
});
