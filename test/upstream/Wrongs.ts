/**
 * The defects of upstream, each as the smallest closed model of its port in
 * which it shows, and beside it the shipped program in the same world.
 */
import type { Property } from "../../src/domain/check/System.ts"
import type { Key } from "../../src/domain/Controller.ts"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import type { ApiRequest } from "../../src/domain/kube/Wire.ts"
import { resourcesManager } from "../../src/domain/valkey/Settings.ts"
import * as Election from "../../src/laws/valkey/models/Election.ts"
import type { Model } from "../../src/models/closed/Model.ts"
import type { Parts } from "../../src/models/closed/Parts.ts"
import { resources } from "../../src/programs/valkey/Resources.ts"
import * as Events from "./Events.ts"
import * as Looks from "./Looks.ts"
import { type Given, modelOf, oursOf, settings, upstreamOf } from "./Models.ts"
import { lease } from "./Players.ts"
import * as Loop from "./port/Loop.ts"
import { shop } from "./Stage.ts"
import { strangers } from "./Stranger.ts"
import { leadsClientsOn } from "./Trouble.ts"

export interface Wrong {
  readonly id: string
  /** What the property says. */
  readonly says: string
  readonly upstream: Model
  /** The same for the shipped program. */
  readonly ours: Model
  /** Ours is explored in some seconds, and so with each `npm test`. */
  readonly isSmall: boolean
}

const twin: Key = { namespace: "other", name: "demo" }

const free: KubeObject = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: lease, spec: {} }
const withLease = [{ resource: Kinds.Lease, object: free }]

/** The loop with its Lease, over all clusters; in a model something must wake its first turn. */
const loop = (identity: string) => ({
  ...Loop.upstream({ identity, lease, settings }),
  sources: [{ _tag: "Objects" as const, resource: Kinds.Lease, keysOf: () => [lease] }]
})

const looping = (name: string, property: Property<Parts>, given: Given): Model =>
  modelOf(`upstream ${name}`, loop("operator"), { ...given, objects: withLease }, [property])

interface Case {
  readonly id: string
  readonly says: string
  readonly property: Property<Parts>
  readonly given: Given
  /** Default: the port of one pass; the shipped `Sentinel`. */
  readonly upstream?: typeof upstreamOf
  readonly ours?: typeof oursOf
  readonly isLarge?: true
}

const { primaryIsKilled } = Events

/** Reads of caches are of nobody's else. */
const isOfTwin = ({ namespace, verb }: ApiRequest): boolean =>
  namespace === twin.namespace && verb !== "watch" && verb !== "list"

const never = (): boolean => false

const unanswered: Given = {
  keys: [shop, twin],
  events: [Events.twinIsMute],
  trouble: { isAbout: isOfTwin, answer: "never" }
}

const cases: ReadonlyArray<Case> = [
  { id: "W6", says: "clients reach one pod at most", property: Looks.oneTarget, given: {} },
  {
    id: "W7",
    says: "when all run, clients are led to one that leads",
    property: Looks.served,
    given: { events: [primaryIsKilled, Events.newPrimaryIsKilled] },
    isLarge: true
  },
  {
    id: "W8",
    says: "a primary that is gone is replaced",
    property: Looks.replaced(),
    given: { events: [Events.primaryIsDeleted] }
  },
  {
    id: "W9",
    says: "when all run, one leads",
    property: Looks.oneLeader,
    given: { events: [primaryIsKilled] },
    isLarge: true
  },
  {
    id: "W10",
    says: "when all run, what was written is where clients are led",
    property: Looks.keepsWrites,
    given: { events: [primaryIsKilled, Events.clientWritesToNew, Events.newPrimaryIsKilled] },
    isLarge: true
  },
  {
    id: "W11",
    says: "nobody is promoted while who was promoted leads",
    property: Looks.neededPromotion("demo-0"),
    given: {
      events: [primaryIsKilled, Events.trouble("demo-1 does not answer one look")],
      trouble: { isAbout: never, pod: "demo-1", answer: "refused" }
    },
    isLarge: true
  },
  {
    id: "W12",
    says: "a promotion is not called a failure",
    property: Looks.toldAsItIs,
    given: {
      events: [Events.primaryIsKilledAndTrouble],
      trouble: { isAbout: leadsClientsOn, answer: "refused" }
    },
    isLarge: true
  },
  {
    id: "W14",
    says: "nobody is promoted while another leads",
    property: Looks.neededPromotion(),
    given: { events: [Events.execFails("demo-0")] },
    // It execs nothing, and looks at servers itself: what may fail is the API server.
    ours: (name, property) =>
      oursOf(name, property, {
        events: [Events.trouble("the API server fails for a while")],
        isBetweenPasses: true,
        trouble: { isAbout: () => true, answer: "refused until it is over" }
      })
  },
  {
    id: "W15",
    says: "a cluster comes about, whatever becomes of a request about another",
    property: Looks.comesAbout,
    given: unanswered,
    upstream: looping,
    ours: (name, property, given) =>
      modelOf(`ours ${name}`, resources, { ...given, trouble: { isAbout: isOfTwin, answer: "given up" } }, [property]),
    isLarge: true
  },
  {
    id: "W16",
    says: "nobody empty is promoted while another server has data",
    property: Looks.dataLeads,
    given: { events: [Events.clientWrites, Events.replicaIsEmptied, Events.primaryIsKilledToo] },
    isLarge: true
  },
  {
    id: "W17",
    says: "a primary that is gone is replaced",
    property: Looks.replaced(twin),
    given: { keys: [shop, twin], events: [Events.primaryOf(twin)], isCrashLoop: true },
    upstream: looping,
    ours: (name, property, given) => ({ ...oursOf(name, property, given), timing: { concurrency: 1 } })
  },
  {
    id: "W18",
    says: "a server that is no member leads nobody and follows nobody",
    property: Looks.leavesOthersAlone,
    given: { events: [primaryIsKilled], objects: strangers },
    isLarge: true
  },
  {
    id: "W19",
    says: "an operator writes while the Lease names it",
    property: Looks.onlyTheHolderWrites(["operator-1", "operator-2"], "upstream"),
    given: { objects: withLease },
    upstream: (name, property, given) => ({
      ...upstreamOf(name, property, given),
      operators: ["operator-1", "operator-2"].map((one) => ({ name: one, controllers: [loop(one)] }))
    }),
    ours: (name) => ({
      ...Election.model(`ours ${name}`, {}),
      properties: [Looks.onlyTheHolderWrites(["a", "b"], resourcesManager)]
    })
  },
  {
    id: "W20",
    says: "status.readyReplicas is the number of ready pods",
    property: Looks.countsReadyPods,
    given: { events: [Events.replicaIsKilled], isCrashLoop: true }
  }
]

export const wrongs: ReadonlyArray<Wrong> = cases.map(
  ({ given, id, isLarge = false, ours = oursOf, property, says, upstream = upstreamOf }) => ({
    id,
    says,
    upstream: upstream(id, property, given),
    ours: ours(id, property, { ...given, isBetweenPasses: true }),
    isSmall: !isLarge
  })
)
