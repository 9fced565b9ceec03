/**
 * What an embedded server chooses by itself, as real ones do: no two of them,
 * and no two runs, give one name to different things.
 */
import { randomBytes, randomUUID } from "node:crypto"
import { password, word } from "../../interpreters/live/Draw.ts"
import { counting, type Names } from "../../models/Names.ts"

const lower = "bcdfghjklmnpqrstvwxz2456789"

const hex = (digits: number): string => randomBytes(digits / 2).toString("hex")

/** Versions still count, since clients order them. */
export const random = (nowMillis: number): Names => ({
  ...counting(nowMillis),
  uid: () => randomUUID(),
  suffix: () => word(lower, 5),
  password,
  runId: () => hex(40),
  replid: () => hex(40)
})
