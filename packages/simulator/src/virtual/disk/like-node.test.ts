import fs from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diskCalls } from './disk-calls.ts';
import { VirtualDisk } from './virtual-disk.ts';

/** A call of `node:fs`; `at` stands for a path below the root, `open` for the descriptor that was opened so many calls ago. */
type Step = readonly [name: string, ...args: readonly unknown[]];
interface At {
  readonly at: string;
}
interface Open {
  readonly open: number;
}

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(join(fs.realpathSync(os.tmpdir()), 'undam-like-node-'));
});

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

type Call = (name: string, args: readonly unknown[]) => unknown;

/** Carries the steps out, and says what each came to. */
function outcomesOf(steps: readonly Step[], root: string, call: Call): unknown[] {
  const opened: number[] = [];
  const given = (arg: unknown): unknown => {
    if (typeof arg !== 'object' || arg === null || Array.isArray(arg)) return arg;
    const { at, open } = arg as Partial<At & Open>;
    if (typeof at === 'string') return at === '' ? root : `${root}/${at}`;
    return typeof open !== 'number' ? arg : (opened[open % Math.max(1, opened.length)] ?? 10_000_000);
  };
  const outcomes = steps.map(([name, ...args]) => {
    try {
      const value = call(name, args.map(given));
      // A kernel gives a closed descriptor's number to the next file.
      if (name === 'close') opened.splice((args[0] as Open).open % opened.length, 1);
      if (name === 'open') opened.push(value as number);
      return plain(name === 'open' ? 'a descriptor' : value, root);
    } catch (error) {
      return { code: (error as NodeJS.ErrnoException).code };
    }
  });
  for (const fd of opened) {
    try {
      call('close', [fd]);
    } catch {}
  }
  return outcomes;
}

/** Without times and numbers of inodes, which are each disk's own. */
function plain(value: unknown, root: string): unknown {
  if (value instanceof fs.Stats) {
    const { mode, nlink } = value;
    const kind = [value.isFile(), value.isDirectory(), value.isSymbolicLink()];
    return { kind, mode, size: value.isFile() ? value.size : undefined, links: value.isFile() ? nlink : undefined };
  }
  if (value instanceof fs.Dirent)
    return [value.name, value.parentPath.replace(root, ''), value.isFile(), value.isDirectory()];
  if (Array.isArray(value)) return value.map((one) => plain(one, root)).sort();
  return typeof value === 'string' ? value.replaceAll(root, '') : value;
}

const disks = new Map(diskCalls.map(({ name, run }) => [name, run]));

function compare(steps: readonly Step[]): void {
  const disk = new VirtualDisk({ date: Date.now });
  const ours = outcomesOf(steps, '/tmp', (name, args) => disks.get(name)!(disk, ...args));
  const root = fs.mkdtempSync(`${folder}/`);
  fs.chmodSync(root, 0o777);
  const nodes = outcomesOf(steps, root, (name, args) => {
    const call = (fs as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[`${name}Sync`]!;
    return call(...args);
  });
  const named = (outcomes: readonly unknown[]) => steps.map(([name, ...args], index) => [name, args, outcomes[index]]);
  expect(named(ours)).toEqual(named(nodes));
}

const at = fc.constantFrom('', 'a', 'b', 'c', 'a/a', 'a/b', 'b/a', 'a/b/c').map((path): At => ({ at: path }));
const inside = at.filter((path) => path.at !== '');
const open = fc.nat(3).map((number): Open => ({ open: number }));
const data = fc.constantFrom('', 'x', 'some text', 'ü');
const position = fc.constantFrom(undefined, null, 0, 3);
const flag = fc.constantFrom('r', 'r+', 'w', 'wx', 'w+', 'a', 'a+', 'ax');

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('mkdir'), at, fc.constantFrom({}, { recursive: true }, 0o700, { recursive: true, mode: 0o750 })),
  fc.tuple(fc.constant('writeFile'), at, data, fc.constantFrom({}, { flag: 'wx' }, { flag: 'a' }, { mode: 0o600 })),
  fc.tuple(fc.constant('appendFile'), at, data),
  fc.tuple(fc.constantFrom('readFile'), at, fc.constantFrom('utf8', 'hex', { encoding: 'utf8', flag: 'r+' })),
  fc.tuple(fc.constant('readdir'), at, fc.constantFrom({}, { recursive: true }, { withFileTypes: true })),
  fc.tuple(fc.constantFrom('lstat', 'stat'), at, fc.constantFrom({}, { throwIfNoEntry: false })),
  fc.tuple(fc.constantFrom('exists', 'readlink', 'realpath'), at),
  fc.tuple(fc.constantFrom('unlink', 'rmdir'), inside),
  fc.tuple(fc.constant('rm'), inside, fc.constantFrom({}, { force: true }, { recursive: true })),
  fc.tuple(fc.constantFrom('rename', 'link'), inside, inside),
  fc.tuple(fc.constant('symlink'), fc.constantFrom('a', './b', 'none'), inside),
  fc.tuple(fc.constant('truncate'), at, fc.constantFrom(0, 2, 20)),
  fc.tuple(fc.constant('open'), at, flag, fc.constantFrom(undefined, 0o600)),
  fc.tuple(fc.constant('close'), open),
  fc.tuple(fc.constant('write'), open, data, position),
  fc.tuple(
    fc.constant('write'),
    open,
    fc.constant(Buffer.from('bytes')),
    fc.constantFrom(0, 1),
    fc.constant(3),
    position,
  ),
  fc.tuple(fc.constant('readFile'), open, fc.constant('utf8')),
  fc.tuple(fc.constant('ftruncate'), open, fc.constantFrom(undefined, 1, 9)),
  fc.tuple(fc.constant('fstat'), open),
);

test('whatever is done to it, in whatever order, a disk answers as that of this machine', () => {
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), compare), { numRuns: 300, seed: 1 });
});
