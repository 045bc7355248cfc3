import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { simulate } from './index.ts';
import './jest.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [written = '', stub = ''] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block]) => block);
const folder = new URL('./fixtures/readme/', import.meta.url);

test('the stand-in in the README is the one that its test is run with', () => {
  const own = readFileSync(new URL('booking.stub.ts', folder), 'utf8');
  expect(stub).toBe(`// booking.stub.ts, beside the test\n${own}`);
});

test('the test in the README passes as it is written, with a handler that is guarded', async () => {
  const handler = new URL('handler.ts', folder);
  const booking = new URL('booking.stub.ts', folder);
  const body = written
    .replace(/^import .*\n/gm, '')
    .replace("new URL('../src/handler.ts', import.meta.url)", 'handler')
    .replace("new URL('./booking.stub.ts', import.meta.url)", 'booking');
  expect(body).toMatch(/handler: handler,.*\n.*: booking \}/);
  let run: (() => Promise<void>) | undefined;
  const take = (_: string, asWritten: () => Promise<void>): void => {
    run = asWritten;
  };
  const names = ['expect', 'test', 'simulate', 'handler', 'booking'];
  Reflect.apply(new Function(...names, body), undefined, [expect, take, simulate, handler, booking]);
  expect.assertions(5);
  await run!();
});
