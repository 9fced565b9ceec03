/**
 * The defects of upstream (`gungnir:W6` to W20), each as what happens to a
 * cluster and what a user may expect then. Run with either operator.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import type * as Memory from "../../src/interpreters/memory/WorldCluster.ts"
import { leads } from "../../src/laws/valkey/ClusterView.ts"
import * as Faults from "../../src/models/valkey/Faults.ts"
import * as Process from "../../src/models/valkey/Process.ts"
import { counting } from "../../src/models/Names.ts"
import * as Properties from "./Properties.ts"
import * as Stage from "./Stage.ts"
import { strangers } from "./Stranger.ts"
import { leadsClientsOn } from "./Trouble.ts"

export interface Case {
  readonly id: string
  /** What upstream does, in one sentence. */
  readonly what: string
  /** What happens, in the order in which it does. */
  readonly events: ReadonlyArray<string>
  readonly scenario: (stage: Stage.Stage) => Effect.Effect<void, never, Memory.ClusterWorld | Scope.Scope>
  readonly property: Properties.Property
  /** The cluster that the property is about. */
  readonly key: Key
}

const { shop } = Stage
const twin: Key = { namespace: "other", name: "demo" }

const crashLoop = Stage.restartAfter(300_000)

/** Clusters that have come up, with one operator and one write in the first of them. */
const atWork = (stage: Stage.Stage, keys: ReadonlyArray<Key> = [shop]) =>
  Effect.gen(function* () {
    yield* Stage.furnish(keys.map(({ namespace }) => namespace))
    for (const key of keys) yield* Stage.create(Cluster.resource, Stage.cluster(key))
    yield* stage.operator("operator-1")
    yield* stage.settle
    yield* stage.write(shop, "first")
    yield* stage.looks(1)
    yield* stage.begin
  })

/** The primary ends and is not started again for five minutes; as long as a failover may take. */
const loseForLong = (stage: Stage.Stage, key: Key = shop) =>
  Effect.gen(function* () {
    yield* crashLoop
    yield* Stage.kill(key, yield* Stage.target(key))
    yield* stage.failover
  })

/** The primary ends, is replaced if it ever is, and its container runs again. */
const loseAndReturn = (stage: Stage.Stage) =>
  Effect.gen(function* () {
    const lost = yield* Stage.target(shop)
    yield* loseForLong(stage)
    yield* Stage.restartAfter(0)
    yield* stage.looks(2)
    yield* Stage.until(`${lost} runs again`, ({ servers }) =>
      servers.some(({ node, pod }) => pod === lost && node?.phase === "running")
    )
    yield* stage.looks(2)
  })

const execOf =
  (pod: string) =>
  ({ name, subresource }: ApiRequest): boolean =>
    subresource === "exec" && name === pod

const hasPromoted = ({ servers }: Stage.View): boolean => servers.some((one) => one.pod !== "demo-0" && leads(one))

/** The same process configuration on an empty disk, out of the primary's reach. */
const restartEmpty = (pod: string) =>
  Effect.andThen(
    Stage.cut(shop, pod, "demo-0"),
    Stage.server(shop, pod, (nodes, id, nowMillis) => {
      const { address, config, port } = nodes.nodes[id]!
      const boot = { options: config, dataset: "empty" } as const
      return Process.start(Process.kill(nodes, id), address, port, boot, counting(nowMillis))
    })
  )

const cordonAll = Effect.forEach(
  ["node-0", "node-1", "node-2"],
  (name) => Stage.merge(Kinds.Node, { namespace: "", name }, { spec: { unschedulable: true } }),
  { discard: true }
)

export const cases: ReadonlyArray<Case> = [
  {
    id: "W6",
    what: "The client Service selects every pod until the first failover",
    events: ["a cluster is created"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* Stage.furnish(["shop"])
        yield* Stage.create(Cluster.resource, Stage.cluster(shop))
        yield* stage.operator("operator-1")
        yield* stage.settle
      }),
    property: Properties.oneTarget,
    key: shop
  },
  {
    id: "W7",
    what: "Ordinal 0 alone can fail: the death of a promoted primary is never seen",
    events: ["the primary ends", "it runs again", "the new primary ends for good"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* loseAndReturn(stage)
        yield* loseForLong(stage)
      }),
    property: Properties.served,
    key: shop
  },
  {
    id: "W8",
    what: "A pod without an address is not there, and loses its counter",
    events: ["no node takes new pods", "the primary's pod is deleted"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* cordonAll
        yield* Stage.remove(Kinds.Pod, { ...shop, name: yield* Stage.target(shop) })
        yield* stage.failover
      }),
    property: Properties.served,
    key: shop
  },
  {
    id: "W9",
    what: "Ordinal 0 starts as a primary whatever has happened, and nobody demotes it",
    events: ["the primary ends", "it runs again"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* loseAndReturn(stage)
      }),
    property: Properties.oneLeader,
    key: shop
  },
  {
    id: "W10",
    what: "Whoever restarts follows ordinal 0, the promoted primary too: what was written since is gone",
    events: ["the primary ends", "it runs again", "a client writes", "the new primary restarts"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* loseAndReturn(stage)
        yield* stage.write(shop, "second")
        yield* stage.looks(1)
        yield* Stage.kill(shop, yield* Stage.target(shop))
        yield* stage.failover
      }),
    property: Properties.keepsWrites,
    key: shop
  },
  {
    id: "W11",
    what: "While ordinal 0 stays down every pass elects anew",
    events: ["demo-1 falls behind", "a client writes", "the primary ends for good", "demo-1 catches up"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* Stage.cut(shop, "demo-1", "demo-0")
        yield* stage.write(shop, "second")
        yield* stage.looks(1)
        yield* loseForLong(stage)
        yield* Stage.heal
        yield* stage.looks(3)
      }),
    property: Properties.onePromotion,
    key: shop
  },
  {
    id: "W12",
    what: "A promotion whose Service patch fails counts as none",
    events: ["the primary ends for good", "leading clients on is refused once", "the promoted server misses one look"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* stage.trouble({ of: leadsClientsOn, answer: "refused", times: 1 })
        yield* crashLoop
        yield* Stage.kill(shop, yield* Stage.target(shop))
        yield* Stage.until("a replica is promoted", hasPromoted)
        const promoted = (yield* Stage.view(shop)).servers.find((one) => one.pod !== "demo-0" && leads(one))!
        yield* Stage.cut(shop, promoted.pod, "operator")
        yield* stage.looks(1.2)
        yield* Stage.heal
        yield* stage.failover
      }),
    property: Properties.onePromotion,
    key: shop
  },
  {
    id: "W13",
    what: "Five misses are counted once a loop: the time to detect is that of the loop, whatever the cluster asks for",
    events: ["the primary ends for good"],
    scenario: (stage) => Effect.andThen(atWork(stage), loseForLong(stage)),
    property: Properties.soon,
    key: shop
  },
  {
    id: "W14",
    what: "A node is asked through the API server and the kubelet, and their failures count as its own",
    events: ["exec into the primary's pod fails five times"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* stage.trouble({ of: execOf("demo-0"), answer: "refused", times: 5 })
        yield* stage.looks(8)
      }),
    property: Properties.noPromotion,
    key: shop
  },
  {
    id: "W15",
    what: "A call that is never answered stops every cluster, and the renewal of the Lease",
    events: ["a request about another cluster is never answered", "the primary ends for good"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage, [shop, twin])
        yield* stage.trouble({
          of: ({ namespace, verb }) => namespace === twin.namespace && verb !== "watch" && verb !== "list",
          answer: "never",
          times: 1
        })
        yield* Stage.merge(Cluster.resource, twin, { spec: { replicas: 4 } })
        yield* stage.looks(2)
        yield* loseForLong(stage)
      }),
    property: Properties.served,
    key: shop
  },
  {
    id: "W16",
    what: "An empty replica may be promoted when it is the only candidate",
    events: [
      "demo-2 restarts on an empty disk and does not reach the primary",
      "demo-1 is not heard of",
      "the primary ends for good"
    ],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* restartEmpty("demo-2")
        yield* Stage.cut(shop, "demo-1", "operator")
        yield* stage.looks(1)
        yield* loseForLong(stage)
      }),
    property: Properties.dataLeads,
    key: shop
  },
  {
    id: "W17",
    what: "Counters are kept by the cluster's name: another namespace's cluster of that name resets them",
    events: ["a cluster of the same name runs elsewhere", "the primary ends for good"],
    scenario: (stage) => Effect.andThen(atWork(stage, [shop, twin]), loseForLong(stage, twin)),
    property: Properties.served,
    key: twin
  },
  {
    id: "W18",
    what: "Pods are found by the instance label alone, and a failover commands them all",
    events: ["a server of another release has the label, and data", "the primary ends for good"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        for (const { object, resource } of strangers) yield* Stage.create(resource, object)
        yield* stage.looks(1)
        yield* Stage.command(shop, "cache-0", "SET", "theirs", "1")
        yield* loseForLong(stage)
      }),
    property: Properties.leavesOthersAlone("cache-0"),
    key: shop
  },
  {
    id: "W19",
    what: "Leadership is assumed after a patch that names no version",
    events: [
      "two operators start",
      "the first one's request for the Lease is late",
      "so is the second one's for the ConfigMap"
    ],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* Stage.furnish(["shop"])
        yield* Stage.create(Cluster.resource, Stage.cluster(shop))
        yield* stage.trouble({
          of: ({ resource, verb }) => resource === "leases" && (verb === "patch" || verb === "update"),
          answer: "late",
          times: 1
        })
        yield* stage.trouble({
          of: ({ resource, verb }) => resource === "configmaps" && verb !== "watch" && verb !== "list",
          answer: "late",
          times: 1
        })
        yield* stage.operator("operator-1")
        yield* stage.operator("operator-2")
        yield* stage.settle
      }),
    property: Properties.onlyTheHolderWrites,
    key: shop
  },
  {
    id: "W20",
    what: "status.readyReplicas counts pods with an address",
    events: ["a replica freezes"],
    scenario: (stage) =>
      Effect.gen(function* () {
        yield* atWork(stage)
        yield* Stage.server(shop, "demo-2", (nodes, id) => Faults.freeze(nodes, id))
        yield* Stage.run(20_000)
      }),
    property: Properties.countsReadyPods,
    key: shop
  }
]
