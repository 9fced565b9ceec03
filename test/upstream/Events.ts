/** What happens once in a closed model: at any time, or between two passes only, where that is too much. */
import * as Redacted from "effect/Redacted"
import type { Action, Components, Read } from "../../src/domain/check/System.ts"
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import { type ApiRequest, ContentType } from "../../src/domain/kube/Wire.ts"
import { isRunning, leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { changed, stepped } from "../../src/models/closed/Step.ts"
import { handle } from "../../src/models/kube/api/Server.ts"
import type { Names } from "../../src/models/Names.ts"
import { exchange } from "../../src/models/valkey/Exchange.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import { idOf, type Node, type State as Nodes } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import type { World } from "../../src/models/World.ts"
import { isAtWork, isCalm, type Reading, serverOf, targetOf } from "./Looks.ts"
import { shop } from "./Stage.ts"
import { armed } from "./Trouble.ts"

type Strike = (nodes: Nodes, node: Node, names: Names) => Nodes

/** Undefined: not now. */
type Happens = (read: Reading) => Partial<Parts> | undefined

/** `passes`: the component with the passes, to strike between them only; default: at any time. */
export interface Event {
  readonly name: string
  readonly action: (passes?: string) => Action<Parts>
}

/** No pass is under way, and none is due. A record of them by key. */
const isIdle = (read: Read<Components>, passes: string): boolean => Object.keys(read(passes) as object).length === 0

const event = (name: string, happens: Happens): Event => ({
  name,
  action: (passes) => ({
    name,
    fairness: { budget: name },
    *outcomes(read) {
      const isTime = passes === undefined || isIdle(read as Read<Components>, passes)
      const set = isTime ? happens(read) : undefined
      if (set !== undefined) yield { key: "", says: name, set }
    }
  })
})

const strikes = (read: Reading, { node }: Server, strike: Strike): Partial<Parts> =>
  node === undefined ? {} : changed(read, (now, names) => ({ ...now, valkey: strike(now.valkey, node, names) }))

const ends: Strike = (nodes, node) => Process.kill(nodes, idOf(node))

/** One that is there and as it should be. */
const who = (server: Server | undefined, isSo: (server: Server) => boolean): Server | undefined =>
  server !== undefined && isRunning(server) && isSo(server) ? server : undefined

/** The first one, of a cluster that is at work. */
const primary = (read: Reading, key: Key = shop): Server | undefined =>
  isCalm(read, key) && isAtWork(read, key) ? who(serverOf(read, "demo-0", key), leads) : undefined

/** The target, once it is not who led first. */
const newPrimary = (read: Reading): Server | undefined => {
  const target = isCalm(read) ? who(targetOf(read), leads) : undefined
  return target?.pod === "demo-0" ? undefined : target
}

const killed = (name: string, victimOf: (read: Reading) => Server | undefined): Event =>
  event(name, (read) => {
    const victim = victimOf(read)
    return victim === undefined ? undefined : strikes(read, victim, ends)
  })

export const primaryIsKilled = killed("the primary is killed", primary)
export const newPrimaryIsKilled = killed("the new primary is killed", newPrimary)
export const primaryOf = (key: Key): Event =>
  killed(`the primary is killed in ${key.namespace}`, (read) => primary(read, key))
export const replicaIsKilled = killed("a replica is killed", (read) =>
  primary(read) === undefined ? undefined : who(serverOf(read, "demo-2"), (server) => !leads(server))
)

/** Whatever else has been cut. */
export const primaryIsKilledToo = killed("the primary is killed", (read) =>
  read("valkey").cuts.length === 0 ? undefined : who(serverOf(read, "demo-0"), leads)
)

/** And the next request that is about the trouble of the model meets it. */
export const primaryIsKilledAndTrouble = event("the primary is killed, and a Service patch will fail", (read) => {
  const victim = primary(read)
  return victim === undefined ? undefined : { ...strikes(read, victim, ends), ...armed }
})

/** As the model says. */
export const trouble = (name: string): Event =>
  event(name, (read) => (read("trouble") === "none" && isAtWork(read) ? armed : undefined))

export const twinIsMute = event("a request about another cluster is never answered", (read) =>
  read("trouble") === "none" ? armed : undefined
)

/** By an exec; the port's travels straight from the operator to the server. */
export const execFails = (pod: string): Event =>
  event(`exec into ${pod} fails for a while`, (read) => {
    const isTime = isAtWork(read) && read("valkey").cuts.length === 0
    const victim = isTime ? who(serverOf(read, pod), () => true) : undefined
    if (victim === undefined) return undefined
    return strikes(read, victim, (nodes, node) => Faults.cut(nodes, idOf(node), "operator"))
  })

/** The same process configuration on an empty disk; and where its data was, nobody is heard. */
const restartedEmpty =
  (silent: Node, far: Node): Strike =>
  (nodes, { address, config, port, ...node }, names) => {
    const boot = { options: config, dataset: "empty" } as const
    const id = idOf({ address, config, port, ...node })
    const cuts = Faults.cut(Faults.cut(nodes, idOf(silent), "operator"), id, idOf(far))
    return Process.start(Process.kill(cuts, id), address, port, boot, names)
  }

export const replicaIsEmptied = event(
  "demo-2 restarts on an empty disk, out of the primary's reach; demo-1 and the operator do not hear each other",
  (read) => {
    const [victim, silent, far] = [serverOf(read, "demo-2"), serverOf(read, "demo-1"), primary(read)]
    const isWritten = read("clients").acknowledged.length > 0
    if (!isWritten || victim === undefined || leads(victim) || silent?.node === undefined || far?.node === undefined)
      return undefined
    return strikes(read, victim, restartedEmpty(silent.node, far.node))
  }
)

const isOk = (replies: unknown): boolean => Array.isArray(replies) && replies.at(-1) === "OK"

const writes = (name: string, to: (read: Reading) => Server | undefined): Event =>
  event(name, (read) => {
    const node = to(read)?.node
    if (node === undefined || read("clients").acknowledged.length > 0) return undefined
    const { address, config, port } = node
    const password = Redacted.make(config["requirepass"] ?? "")
    const credentials = config["requirepass"] === "" ? {} : { credentials: { user: "default", password } }
    const lines = [["SET", "promised", "1"]]
    const [set, replies] = stepped(read, (world, names) => {
      const [valkey, all] = exchange(world.valkey, { address, port, ...credentials, lines }, names, "client")
      return [{ ...world, valkey }, all]
    })
    return isOk(replies) ? { ...set, clients: { ...read("clients"), acknowledged: ["promised"] } } : undefined
  })

export const clientWrites = writes("a client writes", primary)
export const clientWritesToNew = writes("a client writes to the new primary", newPrimary)

const asked = (world: World, request: ApiRequest, names: Names): World => ({
  ...world,
  api: handle(world.api, request, names)[0]
})

const cordons = ["node-0", "node-1", "node-2"].map((name): ApiRequest => ({
  verb: "patch",
  group: "",
  version: "v1",
  resource: "nodes",
  name,
  contentType: ContentType.merge,
  body: { spec: { unschedulable: true } }
}))

/** At once, as by `kubectl delete --force`. */
const removes: ApiRequest = {
  verb: "delete",
  group: Kinds.Pod.group,
  version: "v1",
  resource: "pods",
  namespace: shop.namespace,
  name: "demo-0",
  body: { gracePeriodSeconds: 0 }
}

export const primaryIsDeleted = event("no node takes new pods, and the primary's pod is deleted", (read) =>
  primary(read) === undefined
    ? undefined
    : changed(read, (world, names) => [...cordons, removes].reduce((now, one) => asked(now, one, names), world))
)

/** Nobody is cut off for ever. */
export const heal = (passes?: string): Action<Parts> => ({
  name: "the network heals",
  fairness: "weak",
  *outcomes(read) {
    if (passes !== undefined && !isIdle(read as Read<Components>, passes)) return
    for (const [one, other] of read("valkey").cuts) {
      yield {
        key: `${one} ${other}`,
        says: `${one} and ${other} hear each other again`,
        set: changed(read, (world) => ({ ...world, valkey: Faults.heal(world.valkey, one, other) }))
      }
    }
  }
})
