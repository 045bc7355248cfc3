import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import type { Memory } from '../../src/ledgers/ledger.ts';
import type { Plan, Step } from '../kit/file-process.ts';
import { memory } from '../kit/memories.ts';
import { temporaryFolders } from '../kit/temporary-folder.ts';

const newFolder = temporaryFolders('file-crash');
const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));
const keyOf = (shardId: string) => ({ functionArn: 'f', eventSourceArn: 's', shardId });
const script = new URL('../kit/file-process.ts', import.meta.url);

function start(plan: Plan): ChildProcess {
  const flags = ['--disable-warning=ExperimentalWarning', fileURLToPath(script), JSON.stringify(plan)];
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Runs a process, and answers when it has ended. */
async function die(folder: string, end: Plan['end'], ...steps: readonly Step[]): Promise<void> {
  const child = start({ folder, steps, end });
  let said = '';
  child.stdout!.on('data', (data) => (said += String(data)));
  await once(child, 'close');
  expect(said).toBe('ready\n');
}

const recall = (folder: string, shardId: string, ...numbers: readonly string[]) =>
  Object.fromEntries(fileLedger({ folder }).recall(keyOf(shardId), numbers) as ReadonlyMap<string, Memory>);
const suspect = (started: number, crashed = 0): Memory => ({
  state: 'open',
  attempts: { started, failed: 0, timedOut: 0, crashed },
  suspect: 'alone',
});
/** A process dies without marking its starts: from then on each start is marked. */
const dieCoarsely = (folder: string) => die(folder, 'SIGKILL', ['mark', 'z']);
const marksIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.marks'));

describe('after a process that ended by', () => {
  test.each(['SIGKILL', 'exit', 'abort', 'throw'] as const)(
    '%s in an invocation, the next one knows the done records, the learned memories and the suspects',
    async (end) => {
      const folder = newFolder();
      await dieCoarsely(folder);
      await die(
        folder,
        end,
        ['recall', 'a', ['1']],
        ['mark', 'a'],
        ['started', 'a', '1', 1, false],
        ['started', 'a', '2', 1, false],
        ['started', 'a', '3', 2, false],
        ['done', 'a', ['1']],
        ['learned', 'a', '2', memory('open', 1), false],
      );
      expect(recall(folder, 'a', '1', '2', '3', '4')).toEqual({
        1: memory('done'),
        2: memory('open', 1),
        3: suspect(2),
      });
      expect(marksIn(folder)).toEqual([]);
      expect(recall(folder, 'a', '3')).toEqual({ 3: suspect(2) });
      expect(recall(folder, 'b', '1', '2', '3')).toEqual({});
    },
  );

  test('a death, its done records are kept until each is forgotten, though none was unresolved', async () => {
    const folder = newFolder();
    await die(folder, 'SIGKILL', ['mark', 'a'], ['done', 'a', ['1', '2', '3', '4']]);
    expect(Object.keys(recall(folder, 'a', '1', '2', '3', '4', '5'))).toEqual(['1', '2', '3', '4']);
    const ledger = fileLedger({ folder });
    const forget = (...numbers: string[]) => new Map(numbers.map((number) => [number, undefined]));
    ledger.remember(keyOf('a'), forget('1', '2'));
    expect(Object.keys(recall(folder, 'a', '1', '2', '3', '4'))).toEqual(['3', '4']);
    ledger.remember(keyOf('a'), forget('3', '4'));
    expect(readdirSync(join(folder, 'logs'))).toEqual([]);
  });

  test('a death while a record was alone, that is charged each time, unless another invocation was open', async () => {
    const folder = newFolder();
    await dieCoarsely(folder);
    await die(folder, 'SIGKILL', ['recall', 'a', []], ['mark', 'a'], ['started', 'a', '1', 2, true]);
    expect(recall(folder, 'a', '1')).toEqual({ 1: suspect(2, 1) });
    await die(folder, 'SIGKILL', ['mark', 'a'], ['mark', 'b'], ['started', 'a', '1', 3, true]);
    expect(recall(folder, 'a', '1')).toEqual({ 1: suspect(3, 1) });
    await die(folder, 'SIGKILL', ['mark', 'a'], ['mark', 'b'], ['close', 'b'], ['started', 'a', '1', 4, true]);
    expect(recall(folder, 'a', '1')).toEqual({ 1: suspect(4, 1) });
  });

  test('itself between invocations, nothing is a crash', async () => {
    const folder = newFolder();
    await die(folder, 'SIGKILL', ['mark', 'a'], ['done', 'a', ['1']], ['close', 'a']);
    const ledger = fileLedger({ folder });
    expect(ledger.recall(keyOf('a'), ['1'])).toEqual(new Map());
    expect(marksIn(folder)).toEqual([]);
    expect(existsSync(join(folder, 'died'))).toBe(false);
    expect(ledger.mark(keyOf('a')).everyStart).toBe(false);
  });

  test('a death in an invocation without marked starts, nothing is suspect, and every start is marked from then on', async () => {
    const folder = newFolder();
    await die(folder, 'SIGKILL', ['mark', 'a'], ['started', 'a', '1', 1, true]);
    const ledger = fileLedger({ folder });
    expect(ledger.recall(keyOf('a'), ['1'])).toEqual(new Map());
    expect(ledger.mark(keyOf('b')).everyStart).toBe(true);
  });
});

describe('marks of the living', () => {
  test('in another process stay until that dies', async () => {
    const folder = newFolder();
    await dieCoarsely(folder);
    const child = start({
      folder,
      end: 'loop',
      steps: [
        ['recall', 'a', []],
        ['mark', 'a'],
        ['started', 'a', '1', 1, true],
      ],
    });
    await once(child.stdout!, 'data');
    expect(recall(folder, 'a', '1')).toEqual({});
    expect(marksIn(folder)).toHaveLength(1);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(recall(folder, 'a', '1')).toEqual({ 1: suspect(1, 1) });
  });

  test('in this thread are no crash to another ledger', () => {
    const folder = newFolder();
    const marks = fileLedger({ folder }).mark(keyOf('a'));
    marks.done(['1']);
    expect(recall(folder, 'a', '1')).toEqual({});
    marks.close();
    expect(existsSync(join(folder, 'died'))).toBe(false);
  });

  test.each([
    ['is terminated', 'loop', (worker: Worker) => worker.terminate()],
    ['throws', 'throw', () => undefined],
    ['exits', 'exit', () => undefined],
  ] as const)('a thread that %s leaves a crash, and the threads beside it do not', async (_how, end, stop) => {
    const folder = newFolder();
    await dieCoarsely(folder);
    recall(folder, 'z');
    const run = async (shardId: string, how: Plan['end']) => {
      const steps: Step[] = [
        ['mark', shardId],
        ['started', shardId, '1', 1, true],
      ];
      const plan: Plan = { folder, end: how, steps };
      const worker = new Worker(script, { workerData: JSON.stringify(plan), stderr: true });
      workers.push(worker);
      worker.on('error', () => {});
      // A thread may have gone by the time that its message is heard, which may come behind its error, at which once() rejects.
      const gone = new Promise((resolve) => worker.once('exit', resolve));
      await new Promise((resolve) => worker.once('message', resolve));
      return { worker, gone };
    };
    const sibling = await run('b', 'loop');
    const dying = await run('a', end);
    await stop(dying.worker);
    await dying.gone;
    expect(recall(folder, 'a', '1')).toEqual({ 1: suspect(1, 1) });
    expect(recall(folder, 'b', '1')).toEqual({});
    expect(marksIn(folder)).toHaveLength(1);
    await sibling.worker.terminate();
    expect(recall(folder, 'b', '1')).toEqual({ 1: suspect(1, 1) });
  });
});
