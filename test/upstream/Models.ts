/**
 * Those defects of upstream that need nothing but faults of the checker's
 * world, as closed models of its port: every order of everything, and the
 * shortest way to each.
 */
import { always, stabilizes, step } from "../../src/domain/check/Properties.ts"
import type { Action, Components, Property, Read } from "../../src/domain/check/System.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import { clusterView, type ClusterView, isRunning, leads, type Server } from "../../src/laws/valkey/ClusterView.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import { type Parts, worldOf } from "../../src/models/closed/Parts.ts"
import { changed } from "../../src/models/closed/Step.ts"
import { world } from "../../src/models/closed/World.ts"
import type { Names } from "../../src/models/Names.ts"
import { exchange } from "../../src/models/valkey/Exchange.ts"
import { idOf, type Node, type State as Nodes } from "../../src/models/valkey/Node.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import { lease } from "./Players.ts"
import * as Loop from "./port/Loop.ts"
import * as Reconcile from "./port/Reconcile.ts"
import { cluster, shop } from "./Stage.ts"
import { strangers } from "./Stranger.ts"

export interface Wrong {
  readonly id: string
  /** What the property says. */
  readonly says: string
  readonly model: Model
}

type Reading = Read<Parts>

/** Down after two misses: a longer count is more of the same steps. */
const settings: Reconcile.Settings = { ...Reconcile.defaults, downAfterMillis: 2000 }

const viewOf = (read: Reading): ClusterView | undefined => clusterView(worldOf(read), shop)
const serversOf = (read: Reading): ReadonlyArray<Server> => viewOf(read)?.servers ?? []
const leadersOf = (read: Reading): ReadonlyArray<Server> => serversOf(read).filter(leads)

/** Whom clients are led to, if it is one. */
const targetOf = (read: Reading): Server | undefined => {
  const view = viewOf(read)
  return view?.servers.find(({ pod }) => view.routed?.length === 1 && view.routed[0] === pod)
}

const isServed = (read: Reading): boolean => {
  const target = targetOf(read)
  return target !== undefined && leads(target)
}

/** All run, and hear each other. */
const isCalm = (read: Reading): boolean =>
  serversOf(read).length === 3 && serversOf(read).every(isRunning) && read("valkey").cuts.length === 0

/** Runs under the same process as before. */
const isAsBefore =
  (before: ReadonlyArray<Server>) =>
  (now: Server): boolean =>
    before.some((was) => was.uid === now.uid && isRunning(was) && was.node?.runId === now.node?.runId)

const isPromotion = (before: Reading, after: Reading): boolean => {
  const followers = serversOf(before).filter((server) => !leads(server))
  return leadersOf(after).some(isAsBefore(followers))
}

/** `except`: whose leading does not count. */
const neededPromotion = (except?: string): Property<Parts> =>
  step("neededPromotion", (before, after) => {
    const remain = leadersOf(before).filter(isAsBefore(serversOf(after)))
    return !isPromotion(before, after) || remain.every(({ pod }) => pod === except)
  })

type Strike = (nodes: Nodes, node: Node, names: Names) => Nodes

const struck = (read: Reading, { node }: Server, strike: Strike): Partial<Parts> =>
  node === undefined ? {} : changed(read, (now, names) => ({ ...now, valkey: strike(now.valkey, node, names) }))

/** Once, to one server, and between two passes: at other times it is more of the same. */
const event = (
  name: string,
  victimOf: (read: Reading) => Server | undefined,
  setOf: (read: Reading, victim: Server) => Partial<Parts>
): Action<Parts> => ({
  name,
  fairness: { budget: name },
  *outcomes(read) {
    const victim = victimOf(read)
    const isIdle = Object.keys((read as Read<Components>)("operator/passes of upstream") as object).length === 0
    if (victim !== undefined && leads(victim) && isCalm(read) && isIdle) {
      yield { key: "", says: name, set: setOf(read, victim) }
    }
  }
})

const kills = (read: Reading, victim: Server) => struck(read, victim, (nodes, node) => Process.kill(nodes, idOf(node)))

const firstOf = (read: Reading): Server | undefined => serversOf(read).find(({ pod }) => pod === "demo-0")
const primaryIsKilled = event("the primary is killed", firstOf, kills)
const newPrimaryIsKilled = event("the new primary is killed", targetOf, kills)

/** The target leads and needs no replica for that: the answer is OK. */
const clientWrites = event("a client writes to the new primary", targetOf, (read, victim) => ({
  ...struck(read, victim, (nodes, { address, port }, names) => {
    const [next] = exchange(nodes, { address, port, lines: [["SET", "promised", "1"]] }, names, "client")
    return next
  }),
  clients: { ...read("clients"), acknowledged: ["promised"] }
}))

const keepsWrites: Property<Parts> = always("keepsWrites", (read) => {
  const isPromised = read("clients").acknowledged.length > 0
  const node = targetOf(read)?.node
  return !isPromised || node === undefined || !isCalm(read) || node.data.count === 1
})

const holderOf = (read: Reading): string | undefined => {
  // A component of a kind holds its objects.
  const leases = read("api/leases") as ReadonlyMap<string, KubeObject>
  const spec = leases.get(`${lease.namespace}/${lease.name}`)?.["spec"]
  return (spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity
}

const made = ["api/services", "api/configmaps", "api/secrets", "api/statefulsets"] as const

/** Whoever's pass goes on in a step that makes an object is its author. */
const onlyTheHolderWrites: Property<Parts> = step("onlyTheHolderWrites", (before, after) => {
  if (made.every((name) => before(name) === after(name))) return true
  const author = ["operator-1", "operator-2"].find((name) => {
    const passes = `${name}/passes of upstream`
    return before(passes) !== after(passes)
  })
  return author === undefined || author === holderOf(before)
})

interface Given {
  readonly budgets?: Readonly<Record<string, number>>
  readonly objects?: ReadonlyArray<{ readonly resource: Kinds.Resource; readonly object: KubeObject }>
  readonly actions?: ReadonlyArray<Action<Parts>>
  /** Whom faults strike; the first primary by default. */
  readonly pods?: ReadonlyArray<string>
  readonly operators?: NonNullable<Model["operators"]>
}

const wrong = (id: string, says: string, property: Property<Parts>, given: Given = {}): Wrong => {
  const { actions = [], budgets = {}, objects = [], operators, pods = ["demo-0"] } = given
  const all = { ...budgets, ...Object.fromEntries(actions.map(({ name }) => [name, 1])) }
  return {
    id,
    says,
    model: {
      name: `upstream ${id}`,
      controllers: [Reconcile.reconciler(settings)],
      ...(operators === undefined ? {} : { operators }),
      world: world({
        budgets: all,
        definitions: [Cluster.crd()],
        namespaces: ["shop"],
        objects: [...objects, { resource: Cluster.resource, object: cluster(shop) }],
        actions,
        faults: { pods, parties: ["operator"] }
      }),
      budgets: all,
      properties: [property]
    }
  }
}

/** The loop with its Lease; in a model something must wake its first turn. */
const looping = (identity: string): NonNullable<Model["operators"]>[number] => ({
  name: identity,
  controllers: [
    {
      ...Loop.upstream({ identity, lease, settings }),
      sources: [{ _tag: "Objects", resource: Kinds.Lease, keysOf: () => [lease] }]
    }
  ]
})

const free: KubeObject = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease, spec: {} }

const oneTarget: Property<Parts> = always("oneTarget", (read) => (viewOf(read)?.routed ?? []).length <= 1)

/** Since clients reach one pod at all: a failover has been. */
const served: Property<Parts> = stabilizes(
  "served",
  (read) => isCalm(read) && viewOf(read)?.routed?.length === 1,
  isServed
)

const oneLeader: Property<Parts> = stabilizes("oneLeader", isCalm, (read) => leadersOf(read).length === 1)

const toldAsItIs: Property<Parts> = always("toldAsItIs", (read) => {
  const isFailed = viewOf(read)?.cluster.status.phase === "Failed"
  return !isFailed || leadersOf(read).every(({ pod }) => pod === "demo-0")
})

const leavesOthersAlone: Property<Parts> = always("leavesOthersAlone", (read) => {
  const cell = Object.values(read("cells")).find(({ pod }) => pod.name === "cache-0")
  const node = read("valkey").nodes[cell?.endpoint ?? ""]
  return node === undefined || (node.following === undefined && node.attached.length === 0)
})

const kill = { kill: 1 }

export const wrongs: ReadonlyArray<Wrong> = [
  wrong("W6", "clients reach one pod at most", oneTarget),
  wrong("W7", "when all run, clients are led to one that leads", served, {
    actions: [primaryIsKilled, newPrimaryIsKilled]
  }),
  wrong("W9", "when all run, one leads", oneLeader, { budgets: kill }),
  wrong("W10", "when all run, what was written is where clients are led", keepsWrites, {
    actions: [primaryIsKilled, clientWrites, newPrimaryIsKilled]
  }),
  wrong("W11", "nobody is promoted while who was promoted leads", neededPromotion("demo-0"), {
    budgets: { cut: 1 },
    pods: ["demo-1"],
    actions: [primaryIsKilled]
  }),
  wrong("W12", "a promotion is not called a failure", toldAsItIs, { budgets: { ...kill, error: 1 } }),
  wrong("W14", "nobody is promoted while another leads", neededPromotion(), { budgets: { cut: 1 } }),
  wrong("W18", "a server that is no member leads nobody and follows nobody", leavesOthersAlone, {
    budgets: kill,
    objects: strangers
  }),
  wrong("W19", "an operator writes while the Lease names it", onlyTheHolderWrites, {
    operators: [looping("operator-1"), looping("operator-2")],
    objects: [{ resource: Kinds.Lease, object: free }]
  })
]
