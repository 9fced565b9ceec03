/** Words that nobody can guess: generated passwords, and names that an embedded server chooses. */
import { randomInt } from "node:crypto"

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

export const word = (alphabet: string, size: number): string =>
  Array.from({ length: size }, () => alphabet[randomInt(alphabet.length)]).join("")

/** What the stamp `password` promises (`domain/kube/Wire.ts`). */
export const password = (): string => word(letters, 32)
