/** What a program does that it did not do before, on the same answers: in words. */
import * as Delta from "../report/Delta.ts"
import * as Plain from "../report/Plain.ts"
import type { Call } from "./Slot.ts"
import type { Ended, Node } from "./Node.ts"
import * as Words from "./Words.ts"

const endedText = (ended: Ended): string => {
  const error = ended._tag === "Succeeded" ? "" : `: ${ended.error}`
  return `the pass has ${ended._tag.toLowerCase()}${error}`
}

const asksFor = (calls: ReadonlyArray<Call>): ReadonlyArray<string> =>
  calls.map((call) => `it asks ${Words.request(call)}`)

/** All that anybody can see of it. */
const told = ({ asks, calls, cancelled, ended, now, timers }: Node): ReadonlyArray<string> => [
  ...asksFor(calls),
  ...asks.map(({ question }) => `it asks its process: ${question._tag}`),
  ...timers.map(({ deadline }) => `it sleeps for ${deadline - now} ms`),
  ...cancelled.map((call) => `it waits no more for ${Words.request(call)}`),
  ...(ended === undefined ? [] : [endedText(ended)])
]

const places = (was: unknown, is: unknown): string =>
  Delta.between(Plain.encode(was), Plain.encode(is))
    .slice(0, 3)
    .map(({ path }) => path.join("."))
    .join(", ")

/** The same in words: what is asked for, or remembered, is another one. */
const inside = (was: Node, is: Node): string => {
  for (const call of is.calls) {
    const before = was.calls.find(({ slot }) => slot === call.slot)
    const where = before === undefined ? "" : places(before.wire, call.wire)
    if (where !== "") return `it asks ${Words.request(call)} with another ${where}`
  }
  const looked = places(was.asks, is.asks)
  if (looked !== "") return `it asks its process for something else: another ${looked}`
  const where = places(was.ended, is.ended)
  return where === "" ? "" : `it ends with another ${where}`
}

const listed = (all: ReadonlyArray<string>): string => (all.length === 0 ? "it does nothing" : all.join(", "))

/** `was` is what it did first. Empty: nothing. */
export const between = (was: Node, is: Node): string => {
  const [before, after] = [told(was), told(is)]
  const gone = before.filter((one) => !after.includes(one))
  const come = after.filter((one) => !before.includes(one))
  return gone.length + come.length === 0 ? inside(was, is) : `first ${listed(gone)}, then ${listed(come)}`
}
