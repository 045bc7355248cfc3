import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { contentCalls } from './content-calls.ts';
import { descriptorCalls } from './descriptor-calls.ts';
import type { VirtualDisk } from './virtual-disk.ts';

/** Runs a call on the disk in a later turn of the event loop. */
export type Perform = <T>(call: (disk: VirtualDisk) => T) => Promise<T>;

type Options = never;

/** The answer of `fs.promises.open`, as far as handlers use it. */
export class VirtualFileHandle extends EventEmitter {
  readonly #fd: number;
  readonly #perform: Perform;
  #isClosed = false;

  constructor(fd: number, perform: Perform) {
    super();
    this.#fd = fd;
    this.#perform = perform;
  }

  /** -1 once it is closed, as in Node. */
  get fd(): number {
    return this.#isClosed ? -1 : this.#fd;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#perform((disk) => descriptorCalls.close(disk, this.fd));
    this.#isClosed = true;
    this.emit('close');
  }

  async read(
    given?: ArrayBufferView | { readonly buffer?: ArrayBufferView },
    ...where: unknown[]
  ): Promise<{ bytesRead: number; buffer: ArrayBufferView }> {
    const isBuffer = ArrayBuffer.isView(given);
    const buffer = isBuffer ? given : (given?.buffer ?? Buffer.alloc(16_384));
    const range = isBuffer ? where : [given];
    const bytesRead = await this.#perform((disk) => descriptorCalls.read(disk, this.fd, buffer, ...range));
    return { bytesRead, buffer };
  }

  async write(data: unknown, ...where: unknown[]): Promise<{ bytesWritten: number; buffer: unknown }> {
    const bytesWritten = await this.#perform((disk) => descriptorCalls.write(disk, this.fd, data, ...where));
    return { bytesWritten, buffer: data };
  }

  async readv<T extends readonly ArrayBufferView[]>(
    buffers: T,
    position?: number,
  ): Promise<{ bytesRead: number; buffers: T }> {
    const bytesRead = await this.#perform((disk) => descriptorCalls.readv(disk, this.fd, buffers, position));
    return { bytesRead, buffers };
  }

  async writev<T extends readonly ArrayBufferView[]>(
    buffers: T,
    position?: number,
  ): Promise<{ bytesWritten: number; buffers: T }> {
    const bytesWritten = await this.#perform((disk) => descriptorCalls.writev(disk, this.fd, buffers, position));
    return { bytesWritten, buffers };
  }

  readFile = (options?: Options): Promise<string | Buffer> =>
    this.#perform((disk) => contentCalls.readFile(disk, this.fd, options));
  writeFile = (data: unknown, options?: Options): Promise<void> =>
    this.#perform((disk) => contentCalls.writeFile(disk, this.fd, data, options));
  appendFile = (data: unknown, options?: Options): Promise<void> =>
    this.#perform((disk) => contentCalls.appendFile(disk, this.fd, data, options));
  stat = (options?: Options): Promise<fs.Stats | fs.BigIntStats> =>
    this.#perform((disk) => descriptorCalls.fstat(disk, this.fd, options));
  truncate = (size?: number): Promise<void> => this.#perform((disk) => descriptorCalls.ftruncate(disk, this.fd, size));
  sync = (): Promise<void> => this.#perform((disk) => descriptorCalls.fsync(disk, this.fd));
  datasync = (): Promise<void> => this.#perform((disk) => descriptorCalls.fdatasync(disk, this.fd));
  chmod = (mode: unknown): Promise<void> => this.#perform((disk) => descriptorCalls.fchmod(disk, this.fd, mode));
  chown = (uid: number, gid: number): Promise<void> =>
    this.#perform((disk) => descriptorCalls.fchown(disk, this.fd, uid, gid));
  utimes = (accessed: unknown, modified: unknown): Promise<void> =>
    this.#perform((disk) => descriptorCalls.futimes(disk, this.fd, accessed, modified));

  createReadStream = (options?: object): fs.ReadStream => fs.createReadStream('', { ...options, fd: this.fd });
  createWriteStream = (options?: object): fs.WriteStream => fs.createWriteStream('', { ...options, fd: this.fd });
  readableWebStream = (): ReadableStream => Readable.toWeb(this.createReadStream());
  readLines = (options?: object): Interface =>
    createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });

  [Symbol.asyncDispose] = (): Promise<void> => this.close();
}
