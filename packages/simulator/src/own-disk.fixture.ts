/** Handlers that report their environment's disk and processes. */
import fs from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { did } from './did.ts';

/** The name of a file that no test may leave on a real disk. */
export const mark = 'undam-own-disk-fixture';
const place = `/tmp/${mark}`;

/** The result of each act is reported. */
const acts: Readonly<Record<string, () => unknown>> = {
  synchronously: () => {
    fs.writeFileSync(place, 'one');
    fs.appendFileSync(new URL(`file://${place}`), ' two');
    return [fs.readFileSync(Buffer.from(place), 'utf8'), fs.readdirSync('/tmp'), fs.existsSync(place)];
  },
  'with callbacks': async () => {
    await promisify(fs.writeFile)(place, 'one');
    const fd = await promisify(fs.open)(place, 'r+');
    const { bytesWritten } = await promisify(fs.write)(fd, 'two', 3);
    const { bytesRead, buffer } = await promisify(fs.read)(fd, Buffer.alloc(9), 0, 9, 0);
    await promisify(fs.close)(fd);
    return [bytesWritten, bytesRead, buffer.toString('utf8', 0, bytesRead), await promisify(fs.exists)(place)];
  },
  'by promises': async () => {
    const handle = await open(place, 'w+');
    await handle.writeFile('one\ntwo\n');
    const { bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    await handle.close();
    await writeFile(place, ['three'], { flag: 'a' });
    const missing = await readFile('/tmp/none').catch((error: unknown) => (error as Error).message);
    return [bytesRead, await readFile(place, 'utf8'), missing, handle.fd];
  },
  'by streams': async () => {
    fs.writeFileSync(place, 'x'.repeat(200_000));
    await pipeline(fs.createReadStream(place), fs.createWriteStream(`${place} copy`));
    const lines = await open(place).then(async (handle) => {
      const found: string[] = [];
      for await (const line of handle.readLines()) found.push(line);
      return found.length;
    });
    return [fs.statSync(`${place} copy`).size, lines];
  },
  'in the folder for temporary files': () => {
    const folder = fs.mkdtempSync(`${os.tmpdir()}/`);
    return [os.tmpdir(), /^\/tmp\/[\w-]{6}$/.test(folder), fs.readdirSync('/tmp').length];
  },
  'from elsewhere': () => {
    const own = new URL(import.meta.url).pathname;
    fs.copyFileSync(own, place);
    fs.cpSync(place, `${place} copy`);
    const isSame = fs.readFileSync(`${place} copy`, 'utf8') === fs.readFileSync(own, 'utf8');
    try {
      fs.renameSync(own, place);
    } catch (error) {
      return [isSame, (error as NodeJS.ErrnoException).code];
    }
    return isSame;
  },
  'from the home of whoever simulates': () => {
    try {
      return fs.readFileSync(`${os.homedir()}/.aws/credentials`, 'utf8').length;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code;
    }
  },
  'in virtual time': async () => {
    fs.writeFileSync(place, '');
    const from = fs.statSync(place).mtimeMs - Date.now();
    await sleep(50);
    const stats = fs.lstatSync(place, { bigint: true });
    fs.appendFileSync(place, 'more');
    return [from, Number(stats.mtimeNs / 1_000_000n) - Date.now(), +fs.statSync(place).mtime - Date.now()];
  },
  'by built-ins that are taken from the process': async () => {
    const disk = process.getBuiltinModule('node:fs');
    disk.writeFileSync(place, 'one');
    const from = process.hrtime();
    await process.getBuiltinModule('node:timers/promises').setTimeout(50);
    const [seconds, nanoseconds] = process.hrtime(from);
    const names = disk.readdirSync(process.getBuiltinModule('node:os').tmpdir());
    return [fs.readFileSync(place, 'utf8'), names, seconds, nanoseconds];
  },
  'as a process': () => {
    const others = [process.ppid, 1, 4_000_000].map((pid) => {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    });
    return [process.pid > 2 ** 22, process.kill(process.pid, 0), ...others];
  },
};

export const actNames: readonly string[] = Object.keys(acts);

type Event = { readonly Records: readonly { readonly kinesis: { readonly data: string } }[] };
const dataOf = ({ Records }: Event): string => Buffer.from(Records[0]!.kinesis.data, 'base64').toString();

export const says = async (event: Event): Promise<null> => {
  const act = dataOf(event);
  for (const name of fs.readdirSync('/tmp')) fs.rmSync(`/tmp/${name}`, { recursive: true });
  did(JSON.stringify([act, await acts[act]!()]));
  return null;
};

/** Writes its name, waits for its neighbour, and reports the content. */
export const neighbours = async (event: Event): Promise<null> => {
  fs.appendFileSync(place, `${dataOf(event)};`);
  await sleep(1_000);
  did(fs.readFileSync(place, 'utf8'));
  return null;
};

/** Reports what the previous process left, and dies as its record says; its later writes must have no effect. */
export const heirs = async (event: Event): Promise<null> => {
  const [before, ...rest] = fs.existsSync(place) ? fs.readFileSync(place, 'utf8').split(' ') : ['nothing'];
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  did(
    before === 'nothing'
      ? before
      : `of a process that ${isAlive(Number(before)) ? 'lives' : 'is dead'}${rest.map((word) => ` ${word}`).join('')}`,
  );
  fs.writeFileSync(place, String(process.pid));
  const fd = fs.openSync(place, 'a');
  const leaveMore = (): void => {
    for (const write of [() => fs.writeSync(fd, ' more'), () => fs.appendFileSync(place, ' more')]) {
      try {
        write();
      } catch {}
    }
  };
  const end = dataOf(event);
  fs.appendFile(place, ' unawaited', () => undefined);
  if (end === 'hang') {
    setTimeout(leaveMore, 3_500);
    await new Promise(() => {});
  }
  if (end === 'exit') {
    try {
      process.exit(1);
    } catch {
      leaveMore();
    }
  }
  fs.closeSync(fd);
  return null;
};

/** Dies with an open file that fills the disk and no longer has a name. */
export const fills = async (): Promise<null> => {
  const fd = fs.openSync(place, 'w');
  fs.ftruncateSync(fd, 500 * 1_024 * 1_024);
  fs.unlinkSync(place);
  did('filled');
  return process.exit(1);
};

export const variables = async (): Promise<null> => {
  const names = Object.keys(process.env).filter((name) => /^(AWS_|LAMBDA_|_HANDLER|TZ|TMPDIR)/.test(name));
  did(JSON.stringify(Object.fromEntries(names.map((name) => [name, process.env[name]]))));
  return null;
};
