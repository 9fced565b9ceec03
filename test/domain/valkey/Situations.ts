/** Situations for tests, in few words: pods by ordinal, each with what its node answers. */
import * as Redacted from "effect/Redacted"
import type { Facts } from "../../../src/domain/valkey/Facts.ts"
import { type Answer, type Health, type PodView, unknown } from "../../../src/domain/valkey/Health.ts"
import type { Failover, Primary, Target } from "../../../src/domain/valkey/Intent.ts"
import type { Situation } from "../../../src/domain/valkey/Situation.ts"
import { nowhere } from "../../../src/domain/valkey/Valkey.ts"

export const podOf = (ordinal: number): string => `v-${ordinal}`
export const addressOf = (ordinal: number): string => `10.0.0.${ordinal}`
export const uidOf = (ordinal: number): string => `uid-${ordinal}`
export const runOf = (ordinal: number): string => `run-${ordinal}`

/** A node of the history `now` at offset 100, with data. */
const basic = (ordinal: number): Facts => ({
  runId: runOf(ordinal),
  version: "8.0.1",
  role: "replica",
  offset: 100,
  replid: "now",
  replid2: undefined,
  secondOffset: -1,
  hasBacklog: true,
  loading: false,
  priority: 100,
  keys: 5,
  guarded: true,
  following: undefined,
  replicas: []
})

export type Change = Partial<Facts>
export type Node = (ordinal: number) => Answer

const answered =
  (facts: (ordinal: number) => Change): Node =>
  (ordinal) => ({ _tag: "Answered", facts: { ...basic(ordinal), ...facts(ordinal) } })

export const leads = (change: Change = {}): Node =>
  answered(() => ({ role: "primary", following: undefined, ...change }))

const link = { port: 6379, linkUp: true, syncing: false, linkDownSeconds: -1 }

export const followsPod = (primary: number, change: Change = {}, down: object = {}): Node =>
  answered(() => ({ following: { ...link, host: addressOf(primary), ...down }, ...change }))

/** The link to its primary has broken. */
export const lost = (primary: number, change: Change = {}): Node =>
  followsPod(primary, change, { linkUp: false, linkDownSeconds: 0 })

const blackhole = { ...link, ...nowhere, linkUp: false, linkDownSeconds: 0 }

/** Made harmless; its history and data are kept. */
export const fenced = (change: Change = {}): Node => answered(() => ({ following: blackhole, ...change }))

/** Has just started with what its disk had, under a new run id and replication id (`failover:2.6`). */
export const restarted = (change: Change = {}): Node =>
  answered((ordinal) => ({
    following: blackhole,
    runId: `${runOf(ordinal)}-again`,
    replid: `own-${ordinal}`,
    offset: 0,
    ...change
  }))

export const empty = (change: Change = {}): Node => restarted({ keys: 0, ...change })

export const silent: Node = () => ({ _tag: "Silent" })
export const gone: Node = () => ({ _tag: "Gone" })
export const busy: Node = () => ({ _tag: "Alive", reason: "Busy" })
export const notValkey: Node = () => ({ _tag: "NotValkey" })
export const foreign: Node = () => ({ _tag: "Foreign", reason: "WRONGPASS invalid username-password pair" })

export const primaryAt = (ordinal: number, change: Partial<Primary> = {}): Primary => ({
  pod: podOf(ordinal),
  uid: uidOf(ordinal),
  runId: runOf(ordinal),
  address: addressOf(ordinal),
  replid: "now",
  ...change
})

export const targetAt = (ordinal: number, change: Partial<Target> = {}): Target => ({
  pod: podOf(ordinal),
  uid: uidOf(ordinal),
  runId: runOf(ordinal),
  ...change
})

export const view = (ordinal: number, node: Node, change: Partial<PodView> = {}): PodView => ({
  pod: podOf(ordinal),
  uid: uidOf(ordinal),
  ordinal,
  address: addressOf(ordinal),
  isDeleting: false,
  isReady: true,
  answer: node(ordinal),
  ...change
})

/** Probes that each pod did not answer, and which processes were seen in sync with the history `now`. */
export interface Memory {
  readonly silentMillis?: number
  readonly silentProbes?: number
  readonly synced?: ReadonlyArray<number>
  readonly syncedWith?: string
  readonly offset?: number
}

const isWordless = ({ _tag }: Answer): boolean => _tag === "Silent" || _tag === "NotValkey"

const healthOf = (
  pods: ReadonlyArray<PodView>,
  { offset, silentMillis = 0, silentProbes = 3, synced, syncedWith = "now" }: Memory
): Health =>
  synced === undefined && silentMillis === 0 && offset === undefined
    ? unknown
    : {
        pods: Object.fromEntries(
          pods.map(({ answer, ordinal, pod, uid }) => [
            pod,
            {
              uid,
              runId: runOf(ordinal),
              silentMillis: isWordless(answer) ? silentMillis : undefined,
              silentProbes: isWordless(answer) ? silentProbes : 0,
              syncedWith: synced?.includes(ordinal) === true ? syncedWith : undefined
            }
          ])
        ),
        led: undefined,
        samples: offset === undefined ? [] : [{ offset, ageMillis: 100 }]
      }

export interface Given {
  readonly pods: ReadonlyArray<PodView>
  readonly epoch?: number
  readonly untouched?: number
  readonly primary?: Primary
  readonly failover?: Partial<Failover> & Pick<Failover, "phase">
  readonly memory?: Memory
  readonly desire?: Partial<Situation["desire"]>
  readonly phaseMillis?: number
  readonly routedTo?: string | undefined
  readonly isPublished?: boolean
  readonly isRoutable?: boolean
  readonly taken?: ReadonlyArray<string>
  readonly refused?: ReadonlyArray<string>
  readonly isConverged?: boolean
}

export const desire: Situation["desire"] = {
  replicas: 3,
  port: 6379,
  maxOffsetGap: 0,
  minReplicas: 1,
  isSafe: true,
  isPersistent: true,
  hadData: true
}

/** All nodes in a row, from ordinal 0. */
export const pods = (...nodes: ReadonlyArray<Node>): ReadonlyArray<PodView> =>
  nodes.map((node, ordinal) => view(ordinal, node))

export const situation = (given: Given): Situation => {
  const { failover, primary, routedTo = primary?.pod } = given
  const epoch = given.epoch ?? (primary === undefined && failover === undefined ? 0 : 4)
  return {
    desire: { ...desire, ...given.desire },
    intent: {
      epoch,
      ...(given.untouched === undefined ? {} : { untouched: given.untouched }),
      ...(primary === undefined ? {} : { primary }),
      ...(failover === undefined
        ? {}
        : {
            failover: {
              epoch,
              kind: "Unplanned",
              ...(primary === undefined ? {} : { from: primary }),
              ...failover
            }
          })
    },
    pods: given.pods,
    health: healthOf(given.pods, given.memory ?? {}),
    thresholds: { withWitness: 500, alone: 2000 },
    patience: { toStarve: 4000, toCatchUp: 500, toConverge: 5000 },
    phaseMillis: given.phaseMillis ?? 0,
    isPublished: given.isPublished ?? true,
    isRoutable: given.isRoutable ?? true,
    taken: given.taken ?? [],
    refused: given.refused ?? [],
    isConverged: given.isConverged ?? true,
    routedTo,
    credentials: { user: "default", password: Redacted.make("secret") }
  }
}
