/** Three servers at addresses of their own, and what tests do to them: every step is followed by all it leads to. */
import type { Replies, Reply } from "../../../src/domain/valkey/Wire.ts"
import { counting } from "../../../src/models/Names.ts"
import { exchange } from "../../../src/models/valkey/Exchange.ts"
import * as Network from "../../../src/models/valkey/Network.ts"
import { empty, endpoint, type Node, type State } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import { dataOf } from "../../../src/models/valkey/Report.ts"

export const names = counting(0)
const port = 6379

export const nobody = ["REPLICAOF", "127.0.0.1", "1"]
export const noOne = ["REPLICAOF", "NO", "ONE"]
export const of = (address: string): ReadonlyArray<string> => ["REPLICAOF", address, String(port)]
export const idOf = (address: string): string => endpoint(address, port)

export interface Trio {
  state: State
}

/** Without what follows by itself. */
export const say = (trio: Trio, address: string, ...lines: ReadonlyArray<ReadonlyArray<string>>): Replies => {
  const [state, replies] = exchange(trio.state, { address, port, lines }, names)
  trio.state = state
  return replies ?? "TimedOut"
}

export const settle = (trio: Trio): void => {
  trio.state = Network.settle(trio.state, names)
}

/** The reply to the last line, after everything has happened. */
export const tell = (trio: Trio, address: string, ...lines: ReadonlyArray<ReadonlyArray<string>>): Reply => {
  const replies = say(trio, address, ...lines)
  settle(trio)
  return typeof replies === "string" ? replies : replies.at(-1)!
}

export const act = (trio: Trio, f: (state: State) => State): void => {
  trio.state = Network.settle(f(trio.state), names)
}

export const start = (
  trio: Trio,
  address: string,
  dataset: "kept" | "empty",
  options: Readonly<Record<string, string>> = {}
): void =>
  act(trio, (state) => Process.start(state, address, port, { dataset, options: { save: "", ...options } }, names))

export const fenced = { replicaof: "127.0.0.1 1" }

export const nodeAt = (trio: Trio, address: string): Node => trio.state.nodes[idOf(address)]!

export const dataAt = (trio: Trio, address: string): Readonly<Record<string, string>> => dataOf(nodeAt(trio, address))

/** `a` is the primary of `b` and `c`, with two keys. */
export const attached = (options: Readonly<Record<string, string>> = {}): Trio => {
  const trio: Trio = { state: empty }
  for (const address of ["a", "b", "c"]) start(trio, address, "empty", { ...fenced, ...options })
  tell(trio, "a", noOne)
  tell(trio, "b", of("a"))
  tell(trio, "c", of("a"))
  tell(trio, "a", ["SET", "k", "1"], ["SET", "l", "2"])
  return trio
}

/** What the replica would have to load anew: nothing, when its backlog goes on where it was. */
export const wasPartial = (trio: Trio, address: string, before: Node): boolean =>
  nodeAt(trio, address).backlog?.first === before.backlog?.first
