/** A fenced block of code in a Markdown text. */
export interface CodeBlock {
  readonly language: string;
  /** The file of this repository that the block quotes, named behind the language; it is checked and run there. */
  readonly file: string | undefined;
  readonly code: string;
}

/** Every fenced block of a Markdown text, in its order. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks = markdown.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$/gms);
  return Array.from(blocks, ([, language = '', file, code = '']) => ({ language, file, code }));
}

/** The TypeScript blocks of a Markdown text that quote no file: each is a module of its own. */
export function snippets(markdown: string): string[] {
  return codeBlocks(markdown).flatMap(({ language, file, code }) =>
    language === 'ts' && file === undefined ? [code] : [],
  );
}
