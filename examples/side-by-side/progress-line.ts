import type { Progress } from './side.ts';

/** Shows how far a run is: one line written over on a terminal, otherwise a line now and then. */
export interface ProgressLine {
  show(progress: Progress): void;
  /** Ends the line. */
  end(): void;
}

/** The stream's writing end, and whether somebody looks at it. */
type Output = Pick<NodeJS.WriteStream, 'write' | 'isTTY'>;

/** A progress line that begins with `title`. */
export function progressLine(title: string, output: Output): ProgressLine {
  const everyMs = output.isTTY ? 100 : 3_000;
  let last: Progress | undefined;
  let shownAt = performance.now();
  const line = (): string => {
    const { passed = 0, records = 0, invocations = 0 } = last ?? {};
    const percent = records === 0 ? 0 : Math.floor((100 * passed) / records);
    const invoked = invocations.toLocaleString('en');
    return `  ${title.padEnd(20)}${percent.toString().padStart(4)} % of the stream, ${invoked} invocations`;
  };
  const write = (): unknown => output.write(output.isTTY ? `\r\x1b[2K${line()}` : `${line()}\n`);
  return {
    show(progress) {
      last = progress;
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      write();
    },
    end() {
      write();
      if (output.isTTY) output.write('\n');
    },
  };
}
