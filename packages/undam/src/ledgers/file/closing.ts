import type { OpenFile } from './disk.ts';

/** Closes the file after `act`, on success and failure. */
export function closing<T>(file: OpenFile, act: (file: OpenFile) => T): T {
  try {
    return act(file);
  } finally {
    file.close();
  }
}
