import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventType } from '@aws-lambda-powertools/batch';
import { describe, expect, test } from '@jest/globals';
import { eachRecord, fileLedger, memoryLedger, quarantine, timeBudget } from 'undam';
import { cloudWatchLogs, gzipJson } from 'undam/decode';
import { dynamodbLedger } from 'undam/dynamodb';
import { mappingDefaults, mappingRanges, type mappingRanges as Ranges } from 'undam/mapping';
import { observeWith, StreamProcessor } from 'undam/powertools';
import { sqsSink } from 'undam/sqs';
import { root } from '../repo/workspace.ts';

const page = readFileSync(join(root, 'docs/limits.md'), 'utf8');
const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine';
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const sink = { send: async () => [] };

/** Makes what has the option, by the name that the page gives it. */
const makers: Readonly<Record<string, (options: object) => unknown>> = {
  'quarantine()': (options) => quarantine({ sink, ...options }),
  'timeBudget()': (options) => timeBudget(options),
  'eachRecord()': (options) => eachRecord(() => {}, options),
  StreamProcessor: (options) => new StreamProcessor(EventType.KinesisDataStreams, options),
  'sqsSink()': (options) => sqsSink({ queueUrl, ...options }),
  'memoryLedger()': (options) => memoryLedger(options),
  'fileLedger()': (options) => fileLedger(options),
  'dynamodbLedger()': (options) => dynamodbLedger({ tableName: 'ledger', ...options }),
  'gzipJson()': (options) => gzipJson(options),
  'cloudWatchLogs()': (options) => cloudWatchLogs(options),
  'observeWith()': (options) => observeWith({ logger, ...options }),
};

/** The cells of the first table under a heading. */
function rowsUnder(heading: string): string[][] {
  const [, part = ''] = page.split(`\n## ${heading}\n`);
  const [table = ''] = /^\|.*\n(?:\|.*\n)+/m.exec(part) ?? [];
  const lines = table.trimEnd().split('\n').slice(2);
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

const numberIn = (cell: string): number => Number(cell.replaceAll(',', ''));

describe('the options of docs/limits.md', () => {
  const rows = rowsUnder('Options').flatMap(([option = '', of = '', least = '', most = '']) =>
    [...of.matchAll(/`([^`]+)`/g)]
      .filter(([, owner = '']) => owner in makers)
      .map(([, owner = '']) => [option.replaceAll('`', ''), owner, numberIn(least), numberIn(most)] as const),
  );

  test('are all of the table', () => {
    expect(rows.length).toBeGreaterThan(rowsUnder('Options').length);
  });

  test.each(rows)('%s of %s has the range that the page says', (option, owner, least, most) => {
    const make = (value: number): unknown =>
      makers[owner]!(option.startsWith('retry.') ? { retry: { [option.slice(6)]: value } } : { [option]: value });
    expect(() => make(least - 1)).toThrow(`from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`);
    expect(() => make(most + 1)).toThrow(`from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`);
  });
});

test("the mapping's ranges are those of the code", () => {
  const rows = rowsUnder('The mapping').slice(0, -1);
  expect(rows.length).toBe(Object.keys(mappingRanges).length - 1);
  for (const [setting = '', least = '', most = '', byDefault = ''] of rows) {
    const name = setting.replaceAll('`', '') as keyof typeof Ranges;
    const { min, max, also = [] } = mappingRanges[name];
    const lowest = Number.parseInt(least, 10);
    expect([name, [min, ...also].includes(lowest) || min === lowest - 1, numberIn(most)]).toEqual([name, true, max]);
    expect(numberIn(byDefault)).toBe(mappingDefaults[name]);
  }
});
