/**
 * Those defects of upstream that need nothing but faults of the checker's
 * world, as closed models: every order of everything, and the shortest way to
 * each in the port. Where that is small enough, the shipped `Sentinel` in the
 * same world.
 */
import type { Action, Property } from "../../src/domain/check/System.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import { sentinelManager } from "../../src/domain/valkey/Settings.ts"
import * as Cluster from "../../src/domain/valkey/Cluster.ts"
import * as Sentinel from "../../src/laws/valkey/models/Sentinel.ts"
import { faults } from "../../src/models/closed/Faults.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { world } from "../../src/models/closed/World.ts"
import * as Events from "./Events.ts"
import * as Looks from "./Looks.ts"
import { lease } from "./Players.ts"
import * as Loop from "./port/Loop.ts"
import * as Reconcile from "./port/Reconcile.ts"
import { cluster, shop } from "./Stage.ts"
import { strangers } from "./Stranger.ts"

export interface Wrong {
  readonly id: string
  /** What the property says. */
  readonly says: string
  readonly upstream: Model
  /** The same for the shipped program. */
  readonly ours: Model | undefined
}

/** Down after two misses: a longer count is more of the same steps. */
const settings: Reconcile.Settings = { ...Reconcile.defaults, downAfterMillis: 2000 }

interface Given {
  readonly budgets?: Readonly<Record<string, number>>
  /** Whom faults strike; the first primary by default. */
  readonly pods?: ReadonlyArray<string>
  /** Each happens once; of the component with the passes. */
  readonly events?: ReadonlyArray<(passes: string) => Action<Parts>>
}

interface Scene {
  readonly objects?: ReadonlyArray<{ readonly resource: Kinds.Resource; readonly object: KubeObject }>
  readonly operators?: NonNullable<Model["operators"]>
}

const happening = ({ budgets = {}, events = [], pods = ["demo-0"] }: Given, controller: string) => {
  const actions = events.map((event) => event(`operator/passes of ${controller}`))
  const all = { ...budgets, ...Object.fromEntries(actions.map(({ name }) => [name, 1])) }
  return { budgets: all, actions: [...faults(all, { pods, parties: ["operator"] }), ...actions] }
}

const upstreamOf = (
  name: string,
  property: Property<Parts>,
  given: Given,
  { objects = [], operators }: Scene
): Model => {
  const { actions, budgets } = happening(given, "upstream")
  return {
    name: `upstream ${name}`,
    controllers: [Reconcile.reconciler(settings)],
    ...(operators === undefined ? {} : { operators }),
    world: world({
      budgets: {},
      definitions: [Cluster.crd()],
      namespaces: ["shop"],
      objects: [...objects, { resource: Cluster.resource, object: cluster(shop) }],
      actions
    }),
    budgets,
    properties: [property]
  }
}

/** The shipped `Sentinel` in its own scene, and nothing of its own that may happen. */
const oursOf = (name: string, property: Property<Parts>, given: Given): Model => {
  const { actions, budgets } = happening(given, sentinelManager)
  const model = Sentinel.model(`ours ${name}`, {})
  return {
    ...model,
    world: { ...model.world, actions: [...model.world.actions, ...actions] },
    budgets,
    properties: [property]
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

interface Case extends Scene {
  readonly id: string
  readonly says: string
  readonly property: Property<Parts>
  readonly given?: Given
  /** Given to ours; absent: it is too much, and shown in the scenario alone. */
  readonly ours?: Given
}

const kill = { budgets: { kill: 1 } }
const { clientWrites, newPrimaryIsKilled, primaryIsKilled } = Events
const twice = { events: [primaryIsKilled, newPrimaryIsKilled] }
const twiceAndWritten = { events: [primaryIsKilled, clientWrites, newPrimaryIsKilled] }
const cutAndKilled = { budgets: { cut: 1 }, pods: ["demo-1"], events: [primaryIsKilled] }

const cases: ReadonlyArray<Case> = [
  { id: "W6", says: "clients reach one pod at most", property: Looks.oneTarget, ours: {} },
  {
    id: "W7",
    says: "when all run, clients are led to one that leads",
    property: Looks.served,
    given: twice,
    ours: twice
  },
  {
    id: "W9",
    says: "when all run, one leads",
    property: Looks.oneLeader,
    given: kill,
    ours: { events: [primaryIsKilled] }
  },
  {
    id: "W10",
    says: "when all run, what was written is where clients are led",
    property: Looks.keepsWrites,
    given: twiceAndWritten,
    ours: twiceAndWritten
  },
  {
    id: "W11",
    says: "nobody is promoted while who was promoted leads",
    property: Looks.neededPromotion("demo-0"),
    given: cutAndKilled,
    ours: cutAndKilled
  },
  {
    id: "W12",
    says: "a promotion is not called a failure",
    property: Looks.toldAsItIs,
    given: { budgets: { kill: 1, error: 1 } }
  },
  {
    id: "W14",
    says: "nobody is promoted while another leads",
    property: Looks.neededPromotion(),
    given: { budgets: { cut: 1 } }
  },
  {
    id: "W18",
    says: "a server that is no member leads nobody and follows nobody",
    property: Looks.leavesOthersAlone,
    given: kill,
    objects: strangers
  },
  {
    id: "W19",
    says: "an operator writes while the Lease names it",
    property: Looks.onlyTheHolderWrites,
    operators: [looping("operator-1"), looping("operator-2")],
    objects: [{ resource: Kinds.Lease, object: free }]
  }
]

export const wrongs: ReadonlyArray<Wrong> = cases.map((one) => ({
  id: one.id,
  says: one.says,
  upstream: upstreamOf(one.id, one.property, one.given ?? {}, one),
  ours: one.ours === undefined ? undefined : oursOf(one.id, one.property, one.ours)
}))
