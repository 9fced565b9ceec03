/** What happens once in a closed model besides the faults of its world. */
import * as Redacted from "effect/Redacted"
import type { Action, Components, Read } from "../../src/domain/check/System.ts"
import { leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { changed } from "../../src/models/closed/Step.ts"
import type { Names } from "../../src/models/Names.ts"
import { exchange } from "../../src/models/valkey/Exchange.ts"
import { idOf, type Node, type State as Nodes } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import { isCalm, type Reading, serversOf, targetOf } from "./Looks.ts"

type Strike = (nodes: Nodes, node: Node, names: Names) => Nodes

const struck = (read: Reading, { node }: Server, strike: Strike): Partial<Parts> =>
  node === undefined ? {} : changed(read, (now, names) => ({ ...now, valkey: strike(now.valkey, node, names) }))

/** Once, to one server, and between two passes: at other times it is more of the same. */
const event = (
  passes: string,
  name: string,
  victimOf: (read: Reading) => Server | undefined,
  setOf: (read: Reading, victim: Server) => Partial<Parts>
): Action<Parts> => ({
  name,
  fairness: { budget: name },
  *outcomes(read) {
    const victim = victimOf(read)
    const isIdle = Object.keys((read as Read<Components>)(passes) as object).length === 0
    if (victim !== undefined && leads(victim) && isCalm(read) && isIdle) {
      yield { key: "", says: name, set: setOf(read, victim) }
    }
  }
})

const kills = (read: Reading, victim: Server) => struck(read, victim, (nodes, node) => Process.kill(nodes, idOf(node)))

/** The target, once it is not who led first. */
const newOf = (read: Reading): Server | undefined => {
  const target = targetOf(read)
  return target?.pod === "demo-0" ? undefined : target
}

const firstOf = (read: Reading): Server | undefined => serversOf(read).find(({ pod }) => pod === "demo-0")
export const primaryIsKilled = (passes: string) => event(passes, "the primary is killed", firstOf, kills)
export const newPrimaryIsKilled = (passes: string) => event(passes, "the new primary is killed", newOf, kills)

/** It leads, and replicas are attached: the answer is OK. */
export const clientWrites = (passes: string) =>
  event(passes, "a client writes to the new primary", newOf, (read, victim) => ({
    ...struck(read, victim, (nodes, { address, config, port }, names) => {
      const password = Redacted.make(config["requirepass"] ?? "")
      const credentials = config["requirepass"] === "" ? {} : { credentials: { user: "default", password } }
      const lines = [["SET", "promised", "1"]]
      return exchange(nodes, { address, port, ...credentials, lines }, names, "client")[0]
    }),
    clients: { ...read("clients"), acknowledged: ["promised"] }
  }))
