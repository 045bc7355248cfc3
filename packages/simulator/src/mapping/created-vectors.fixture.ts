/** Whether a vector is about the creation of a mapping. */
export function isCreated(name: string): boolean {
  return /(^|\/)create\//.test(name) || name === 'kinesis/create_defaults';
}
