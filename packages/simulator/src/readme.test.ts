import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { matchers, simulate } from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [, block = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
const handler = new URL('./orders.fixture.ts', import.meta.url);

test('the test in the README passes as it is written, with a handler that is guarded', async () => {
  const body = block.replace(/^import .*\n/gm, '').replace("new URL('../src/handler.ts', import.meta.url)", 'handler');
  expect(body).toContain('handler: handler');
  let written: (() => Promise<void>) | undefined;
  const take = (_: string, run: () => Promise<void>): void => {
    written = run;
  };
  const names = ['expect', 'test', 'matchers', 'simulate', 'handler'];
  Reflect.apply(new Function(...names, body), undefined, [expect, take, matchers, simulate, handler]);
  expect.assertions(4);
  await written!();
});
