/** The sequences on the model: after each step everything that happens by itself has happened. */
import type { Replies } from "../../../src/domain/valkey/Wire.ts"
import { counting } from "../../../src/models/Names.ts"
import { exchange } from "../../../src/models/valkey/Exchange.ts"
import * as Faults from "../../../src/models/valkey/Faults.ts"
import * as Network from "../../../src/models/valkey/Network.ts"
import { endpoint, type State } from "../../../src/models/valkey/Node.ts"
import * as Process from "../../../src/models/valkey/Process.ts"
import * as Report from "../../../src/models/valkey/Report.ts"
import * as Redacted from "effect/Redacted"
import { host, type Line, nowhere, type Step } from "./Script.ts"
import type { Seen } from "./View.ts"

const names = counting(0)

export interface Servers {
  readonly options: Readonly<Record<string, string>>
  readonly password: string
}

const send = (state: State, port: number, lines: ReadonlyArray<Line>, password: string) =>
  exchange(
    state,
    {
      address: host,
      port,
      lines,
      ...(password === "" ? {} : { credentials: { user: "default", password: Redacted.make(password) } })
    },
    names
  )

const taken = (state: State, step: Step, { options, password }: Servers): readonly [State, Replies | undefined] => {
  const id = endpoint(host, step.port)
  switch (step._tag) {
    case "Send":
      return send(state, step.port, step.lines, password)
    case "Kill":
      return [Process.kill(state, id), undefined]
    case "Freeze":
      return [Faults.freeze(state, id), undefined]
    case "Proceed":
      return [Faults.proceed(state, id, names), undefined]
    case "Start": {
      const all = step.isReplica ? { ...options, replicaof: nowhere } : options
      return [Process.start(state, host, step.port, { dataset: step.dataset, options: all }, names), undefined]
    }
  }
}

/** As `Network.settle`, but a server that a replica comes to sends it a PING before it sees the next one. */
const settledWithPing = (state: State, which: "first" | "last"): State => {
  let now = state
  for (let next = Network.usual(now); next !== undefined; next = Network.usual(now)) {
    const chosen = which === "first" || next._tag !== "Connect" ? next : Network.moves(now).at(-1)!
    now = Network.apply(now, chosen, names)
    if (chosen._tag === "Connect") return Network.settle(Faults.ping(now), names)
  }
  return now
}

/**
 * What may be seen after a step. More than one: the first timer of a process
 * sends a PING to its replicas, so each step may have one before, in or after it.
 */
export const take = (
  state: State,
  step: Step,
  servers: Servers
): readonly [ReadonlyArray<State>, Replies | undefined] => {
  const [after, replies] = taken(state, step, servers)
  const quiet = Network.settle(after, names)
  const later = Network.settle(taken(Network.settle(Faults.ping(state), names), step, servers)[0], names)
  const pinged = [settledWithPing(after, "first"), settledWithPing(after, "last")]
  return [[quiet, ...pinged, later, Network.settle(Faults.ping(quiet), names)], replies]
}

/** What each server that answers would show. */
export const seen = (state: State, ports: ReadonlyArray<number>): ReadonlyArray<Seen> =>
  ports.flatMap((port) => {
    const node = state.nodes[endpoint(host, port)]
    if (node?.phase !== "running") return []
    return [{ port, info: Report.info(node, []), role: Report.role(node), data: Report.dataOf(node) }]
  })
