import { expect, test } from '@jest/globals';
import { contentCalls } from './content-calls.ts';
import { nameCalls } from './name-calls.ts';
import { VirtualDisk } from './virtual-disk.ts';

const full = expect.objectContaining({ code: 'ENOSPC', message: 'ENOSPC: no space left on device, write' });

function diskOf(maxBytes: number): VirtualDisk {
  return new VirtualDisk({ date: () => 0, maxBytes });
}

test('takes as many bytes as it holds, and no more', () => {
  const disk = diskOf(10);
  contentCalls.writeFile(disk, '/tmp/a', '12345');
  contentCalls.writeFile(disk, '/tmp/b', '12345');
  expect(() => contentCalls.appendFile(disk, '/tmp/a', '6')).toThrow(full);
  expect(contentCalls.readFile(disk, '/tmp/a', 'utf8')).toBe('12345');
  contentCalls.writeFile(disk, '/tmp/b', '1');
  contentCalls.appendFile(disk, '/tmp/a', '6789');
  expect(disk.bytesUsed).toBe(10);
});

test('the bytes of a file are free when its last name and its last descriptor are gone', () => {
  const disk = diskOf(10);
  const fd = contentCalls.open(disk, '/tmp/a', 'w');
  disk.open.write(fd, Buffer.alloc(10), undefined);
  nameCalls.link(disk, '/tmp/a', '/tmp/b');
  nameCalls.unlink(disk, '/tmp/a');
  nameCalls.rename(disk, '/tmp/b', '/tmp/c');
  nameCalls.unlink(disk, '/tmp/c');
  expect(() => contentCalls.writeFile(disk, '/tmp/d', '1')).toThrow(full);
  disk.open.close(fd);
  contentCalls.writeFile(disk, '/tmp/d', '1234567890');
  expect(disk.bytesUsed).toBe(10);
});

test('what a process had open is closed with it, and its descriptors are nobody else’s', () => {
  const [disk, other] = [diskOf(10), diskOf(10)];
  const fd = contentCalls.open(disk, '/tmp/a', 'w');
  const others = contentCalls.open(other, '/tmp/a', 'w');
  expect(() => disk.open.write(others, Buffer.from('1'), undefined)).toThrow(/EBADF/);
  disk.open.closeAll();
  expect(() => disk.open.write(fd, Buffer.from('1'), undefined)).toThrow(/EBADF/);
  other.open.write(others, Buffer.from('1'), undefined);
});

test('holds 512 MiB', () => {
  const { bsize, blocks } = nameCalls.statfs(new VirtualDisk({ date: () => 0 }), '/tmp') as {
    bsize: number;
    blocks: number;
  };
  expect(bsize * blocks).toBe(512 * 1_024 * 1_024);
});
