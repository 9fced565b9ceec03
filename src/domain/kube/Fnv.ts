/**
 * A short name for a text, to see that it changed. No protection against malice.
 */

/** FNV-1a of 64 bits over UTF-16 units, in hexadecimal (the hash by Fowler, Noll and Vo). */
export const hash = (text: string): string => {
  let state = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index++) {
    state = ((state ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n) & 0xffffffffffffffffn
  }
  return state.toString(16).padStart(16, "0")
}
