/**
 * What an embedded server chooses by itself, as real ones do: no two of them,
 * and no two runs, give one name to different things.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto"
import { counting, type Names } from "../../models/Names.ts"

const lower = "bcdfghjklmnpqrstvwxz2456789"
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const word = (alphabet: string, size: number): string =>
  Array.from({ length: size }, () => alphabet[randomInt(alphabet.length)]).join("")

const hex = (digits: number): string => randomBytes(digits / 2).toString("hex")

/** Versions still count, since clients order them. */
export const random = (nowMillis: number): Names => ({
  ...counting(nowMillis),
  uid: () => randomUUID(),
  suffix: () => word(lower, 5),
  password: () => word(letters, 32),
  runId: () => hex(40),
  replid: () => hex(40)
})
