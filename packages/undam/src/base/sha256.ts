/** SHA-256 in base64url. */
export function sha256(text: string): string {
  return digest(text, 'base64url');
}

/** SHA-256 in hexadecimal digits. */
export function sha256Hex(text: string): string {
  return digest(text, 'hex');
}

/** Loads `node:crypto` at first use: it costs more than the rest of the root entry, and most invocations do not need it. */
function digest(text: string, encoding: 'base64url' | 'hex'): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest(encoding);
}
