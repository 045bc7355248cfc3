import { expect, test } from '@jest/globals';
import { isPageCurrent, rulesPage } from './page.ts';

test('the page under docs/ says what the rules say: npm run rules -- --write', () => {
  expect(isPageCurrent()).toBe(true);
});

test('a rule has one line, and what it rests on', () => {
  const lines = rulesPage().split('\n');
  const ofLatest = lines.filter((line) => line.includes('LATEST and AT_TIMESTAMP'));
  expect(ofLatest).toEqual([
    expect.stringMatching(/^\| shards \| .* \| recorded: `stackd\/kinesis\/at_timestamp`, `.*` \|$/),
  ]);
});
