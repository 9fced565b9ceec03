/** Situations drawn at random from small domains, so that ties, strangers and half-done failovers come up in every run. */
import { Schema } from "effect"
import type { Failover, Intent, Primary } from "../../../src/domain/valkey/Intent.ts"
import type { PodView } from "../../../src/domain/valkey/Health.ts"
import type { Situation } from "../../../src/domain/valkey/Situation.ts"
import * as S from "./Situations.ts"

const ordinal = Schema.Literals([0, 1, 2, 3])

const Pod = Schema.Struct({
  answer: Schema.Literals([
    "Answered",
    "Answered",
    "Answered",
    "Answered",
    "Answered",
    "Silent",
    "NotValkey",
    "Gone",
    "Alive",
    "Foreign"
  ]),
  role: Schema.Literals(["primary", "replica", "replica", "replica"]),
  follows: Schema.Literals([0, 0, 1, 2, "nowhere", "nowhere"]),
  linkUp: Schema.Boolean,
  syncing: Schema.Literals([false, false, false, true]),
  loading: Schema.Literals([false, false, false, true]),
  isAgain: Schema.Literals([false, false, true]),
  isOtherPod: Schema.Literals([false, false, false, false, true]),
  isDeleting: Schema.Literals([false, false, false, true]),
  hasAddress: Schema.Literals([true, true, true, false]),
  replid: Schema.Literals(["now", "now", "now", "before", "other"]),
  offset: Schema.Literals([0, 50, 90, 100, 100, 120]),
  keys: Schema.Literals([0, 5, 5, 9]),
  priority: Schema.Literals([0, 1, 100, 100, 100]),
  guarded: Schema.Boolean,
  silentMillis: Schema.Literals([0, 499, 500, 1999, 2000, 60_000]),
  silentProbes: Schema.Literals([1, 2, 3, 3, 3]),
  synced: Schema.NullOr(Schema.Literals(["now", "now", "before"]))
})

/** Everything but the answers; `fate` is how far a failover has come. */
export const Drawn = Schema.Struct({
  pods: Schema.Array(Pod).check(Schema.isMaxLength(4)),
  replicas: Schema.Literals([1, 2, 3, 3, 3, 4]),
  primary: Schema.NullOr(Schema.Literals([0, 0, 0, 1, 2, 3])),
  fate: Schema.Literals(["None", "None", "Fencing", "Fencing", "Promoting", "Promoting", "Routing"]),
  kind: Schema.Literals(["Unplanned", "Planned"]),
  to: ordinal,
  finalOffset: Schema.NullOr(Schema.Literals([100])),
  phaseMillis: Schema.Literals([0, 499, 500, 3999, 4000, 10_000]),
  maxOffsetGap: Schema.Literals([0, 0, 10, 1000]),
  guarded: Schema.Boolean,
  isSafe: Schema.Boolean,
  isPersistent: Schema.Boolean,
  hadData: Schema.Boolean,
  untouched: Schema.NullOr(Schema.Literals([2, 3])),
  routedTo: Schema.NullOr(Schema.Literals([0, 1, 2])),
  isPublished: Schema.Boolean,
  sample: Schema.NullOr(Schema.Literals([90, 100]))
})
export type Drawn = typeof Drawn.Type

const answer = (pod: (typeof Pod)["Type"]): S.Node => {
  const { guarded, isAgain, keys, linkUp, loading, offset, priority, replid, syncing } = pod
  if (pod.answer === "Silent") return S.silent
  if (pod.answer === "Gone") return S.gone
  if (pod.answer === "Alive") return S.busy
  if (pod.answer === "Foreign") return S.foreign
  if (pod.answer === "NotValkey") return S.notValkey
  const facts = { offset, replid, keys, loading, priority, guarded }
  return (index) => {
    const process = { ...facts, ...(isAgain ? { runId: `${S.runOf(index)}-again` } : {}) }
    if (pod.role === "primary") return S.leads(process)(index)
    return pod.follows === "nowhere" || pod.follows === index
      ? S.fenced(process)(index)
      : S.followsPod(pod.follows, process, { linkUp, syncing })(index)
  }
}

const viewOf = (pod: (typeof Pod)["Type"], index: number): PodView => {
  const hasAddress = pod.hasAddress || pod.answer !== "Gone"
  return S.view(index, answer(pod), {
    isDeleting: pod.isDeleting,
    ...(pod.isOtherPod ? { uid: `other-${index}` } : {}),
    ...(hasAddress ? {} : { address: undefined })
  })
}

const lineage = { replid: "now", parent: { replid: "before", offset: 50 } }

const intentOf = (drawn: Drawn): Intent => ({
  ...(drawn.untouched === null ? {} : { untouched: drawn.untouched }),
  ...recordOf(drawn)
})

const recordOf = ({ fate, finalOffset, kind, primary, to }: Drawn): Intent => {
  const recorded: Primary | undefined = primary === null ? undefined : S.primaryAt(primary, lineage)
  if (recorded === undefined && fate === "None") return { epoch: 0 }
  const epoch = 4
  if (recorded === undefined) {
    const failover: Failover = { epoch, kind: "Bootstrap", phase: "Promoting", to: S.targetAt(to) }
    return { epoch, failover }
  }
  if (fate === "None") return { epoch, primary: recorded }
  const failover: Failover = {
    epoch,
    kind,
    phase: fate,
    from: recorded,
    ...(kind === "Planned" || fate !== "Fencing" ? { to: S.targetAt(to) } : {}),
    ...(kind === "Planned" && finalOffset !== null ? { finalOffset } : {})
  }
  return { epoch, primary: recorded, failover }
}

export const situation = (drawn: Drawn): Situation => {
  const { guarded, hadData, isPersistent, isPublished, isSafe, maxOffsetGap, phaseMillis, replicas, routedTo } = drawn
  const pods = drawn.pods.map(viewOf)
  return {
    ...S.situation({ pods, phaseMillis, isPublished }),
    desire: { replicas, port: 6379, maxOffsetGap, minReplicas: guarded ? 1 : 0, isSafe, isPersistent, hadData },
    intent: intentOf(drawn),
    routedTo: routedTo === null ? undefined : S.podOf(routedTo),
    health: {
      led: undefined,
      samples: drawn.sample === null ? [] : [{ offset: drawn.sample, ageMillis: 100 }],
      pods: Object.fromEntries(
        pods.map(({ answer, pod, uid }, index) => {
          const { silentMillis, silentProbes, synced } = drawn.pods[index]!
          const isSilent = answer._tag === "Silent" || answer._tag === "NotValkey"
          return [
            pod,
            {
              uid,
              runId: S.runOf(index),
              silentMillis: isSilent ? silentMillis : undefined,
              silentProbes: isSilent ? silentProbes : 0,
              syncedWith: synced ?? undefined
            }
          ]
        })
      )
    }
  }
}
