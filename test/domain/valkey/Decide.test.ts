/** The scenario families of `failover:7.7` as situations, each with the chain of decisions that must follow. */
import { assert, describe, it } from "@effect/vitest"
import { play, told } from "./Play.ts"
import * as S from "./Situations.ts"

type Row = readonly [says: string, given: S.Given, chain: ReadonlyArray<string>]

const one = S.primaryAt(0)
const synced = { synced: [1, 2], offset: 100 }
const down = { ...synced, silentMillis: 2000 }
const end = (pod: string) => [`Promote ${pod}`, `Adopt ${pod}`, `Complete ${pod}:`, `Settled ${pod}`]
const chosen = (pod: string) => [`Choose ${pod}`, ...end(pod)]

/** Of a cluster that nobody was seen to have data of. */
const fresh = { hadData: false }

const table = (family: string, rows: ReadonlyArray<Row>) =>
  describe(family, () => {
    for (const [says, given, chain] of rows) {
      it(says, () => {
        assert.deepStrictEqual(told(play(S.situation(given))), chain)
      })
    }
  })

table("bootstrap (failover:7.2)", [
  ["empty nodes: ordinal 0 leads", { pods: S.pods(S.empty(), S.empty(), S.empty()) }, ["Bootstrap v-0", ...end("v-0")]],
  ["a pod that does not answer may hold data", { pods: S.pods(S.empty(), S.silent, S.empty()) }, ["Wait"]],
  ["a pod that is not there yet may hold data", { pods: S.pods(S.empty(), S.empty()) }, ["Wait"]],
  [
    "a dataset that loads is waited for",
    { pods: S.pods(S.empty(), S.restarted({ loading: true }), S.empty()) },
    ["Wait"]
  ],
  [
    "data leads, whatever its ordinal",
    { pods: S.pods(S.empty(), S.empty(), S.restarted()) },
    ["Bootstrap v-2", ...end("v-2")]
  ],
  [
    "data leads before an empty node that somebody made a primary (inv-I3)",
    { pods: S.pods(S.leads({ keys: 0, replid: "other" }), S.empty(), S.restarted()) },
    ["Bootstrap v-2", ...end("v-2")]
  ],
  [
    "a cluster whose record is lost keeps its primary",
    { pods: S.pods(S.followsPod(1), S.leads(), S.followsPod(1)) },
    ["Bootstrap v-1", "Adopt v-1", "Complete v-1:", "Settled v-1"]
  ],
  [
    "whoever was chosen first is gone, and all were empty: another one leads",
    { pods: S.pods(S.gone, S.empty(), S.silent), epoch: 2, untouched: 3, desire: fresh },
    ["Bootstrap v-1", ...end("v-1")]
  ],
  [
    "the same, and one has data meanwhile: he who is gone may have more",
    { pods: S.pods(S.gone, S.empty({ keys: 1 }), S.empty()), epoch: 2, untouched: 3, desire: fresh },
    ["Wait"]
  ],
  [
    "the same, and more pods are wanted than were heard: one of them may hold data",
    { pods: S.pods(S.gone, S.empty(), S.empty(), S.gone), epoch: 2, untouched: 3, desire: { ...fresh, replicas: 4 } },
    ["Wait"]
  ],
  [
    "the same, and data was seen once",
    { pods: S.pods(S.gone, S.empty(), S.empty()), epoch: 2, untouched: 3 },
    ["Wait"]
  ],
  [
    "a pod that is being deleted does not lead",
    { pods: [S.view(0, S.empty(), { isDeleting: true }), S.view(1, S.empty()), S.view(2, S.empty())] },
    ["Wait"]
  ]
])

describe("a first primary is chosen on record of", () => {
  const untouched = (given: S.Given) => {
    const decision = play(S.situation(given)).decisions[0]!
    return decision._tag === "Bootstrap" ? decision.untouched : decision._tag
  }
  const empty = S.pods(S.empty(), S.empty(), S.empty())

  it("how many pods were empty, if all that answer were, and clients are led to none", () => {
    assert.strictEqual(untouched({ pods: empty }), 3)
    assert.isUndefined(untouched({ pods: S.pods(S.empty(), S.empty(), S.restarted()) }))
    assert.isUndefined(untouched({ pods: [...empty, S.view(3, S.restarted())] }))
    assert.isUndefined(untouched({ pods: empty, routedTo: "v-1" }))
  })
})

const moving = (
  phase: "Fencing" | "Promoting",
  nodes: ReadonlyArray<S.Node>,
  more: Partial<S.Given> = {}
): S.Given => ({
  pods: S.pods(...nodes),
  primary: one,
  memory: synced,
  failover: { phase, kind: "Planned", to: S.targetAt(1), ...(phase === "Promoting" ? { finalOffset: 100 } : {}) },
  ...more
})

table("A. the operator dies in a planned switchover", [
  [
    "A2 after the intent",
    moving("Fencing", [S.leads(), S.followsPod(0), S.followsPod(0)]),
    ["Fence v-0", ...chosen("v-1")]
  ],
  ["A4, A5 after the fence", moving("Fencing", [S.fenced(), S.lost(0), S.lost(0)]), chosen("v-1")],
  ["A6 the target has not caught up", moving("Fencing", [S.fenced(), S.lost(0, { offset: 90 }), S.lost(0)]), ["Wait"]],
  [
    "A6 and does not in time: back to the old primary, which holds everything",
    moving("Fencing", [S.fenced(), S.lost(0, { offset: 90 }), S.lost(0)], { phaseMillis: 500 }),
    chosen("v-0")
  ],
  ["A7 promotion not sent, or lost", moving("Promoting", [S.fenced(), S.lost(0), S.lost(0)]), end("v-1")],
  [
    "A8 promoted and not recorded",
    moving("Promoting", [S.fenced(), S.leads({ replid: "new", replid2: "now", secondOffset: 101 }), S.lost(0)]),
    ["Adopt v-1", "Complete v-1:", "Settled v-1"]
  ],
  [
    "A9, A10 recorded, not routed, nobody attached",
    {
      pods: S.pods(S.fenced(), S.leads(), S.lost(0)),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      failover: { phase: "Routing", kind: "Planned", from: one, to: S.targetAt(1) }
    },
    ["Complete v-1: v-0 v-2", "Settled v-1"]
  ],
  [
    "a promoted one that has never had a replica: clients are led to it when its history has begun",
    {
      pods: S.pods(S.gone, S.leads({ hasBacklog: false }), S.followsPod(1)),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Wait"]
  ],
  [
    "the same, when no replica has come for long",
    {
      pods: S.pods(S.gone, S.leads({ hasBacklog: false }), S.followsPod(1)),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      phaseMillis: 5000,
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Complete v-1:", "Settled v-1"]
  ],
  [
    "the same, of a cluster that needs none to take writes: it waits for who may be one in a moment",
    {
      pods: S.pods(S.gone, S.leads({ hasBacklog: false, guarded: false }), S.followsPod(1)),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      desire: { minReplicas: 0 },
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Wait"]
  ],
  [
    "also when that one missed an answer",
    {
      pods: S.pods(S.gone, S.leads({ hasBacklog: false, guarded: false }), S.silent),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      desire: { minReplicas: 0 },
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Wait"]
  ],
  [
    "and for nobody who is not there, or goes",
    {
      pods: [
        ...S.pods(S.gone, S.leads({ hasBacklog: false, guarded: false })),
        { ...S.view(2, S.followsPod(1)), isDeleting: true }
      ],
      primary: S.primaryAt(1),
      routedTo: "v-0",
      desire: { minReplicas: 0 },
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Complete v-1:", "Settled v-1"]
  ],
  [
    "its first replica has come",
    {
      pods: S.pods(S.gone, S.leads({ replid: "later" }), S.followsPod(1)),
      primary: S.primaryAt(1),
      routedTo: "v-0",
      failover: { phase: "Routing", from: one, to: S.targetAt(1) }
    },
    ["Relearn later", "Complete v-1:", "Settled v-1"]
  ],
  [
    "A12 during the rollback",
    moving("Promoting", [S.fenced(), S.lost(0), S.lost(0)], {
      failover: { phase: "Promoting", kind: "Planned", to: S.targetAt(0) }
    }),
    end("v-0")
  ],
  [
    "one probe that the old primary misses is no death: nothing is fenced, nobody promoted",
    moving("Fencing", [S.silent, S.followsPod(0), S.followsPod(0)], { memory: { ...synced, silentMillis: 1 } }),
    ["Wait"]
  ],
  [
    "an old primary that counts as down makes it an unplanned one",
    moving("Fencing", [S.silent, S.followsPod(0), S.followsPod(0)], { memory: down }),
    ["Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "an old primary that has died makes it an unplanned one",
    moving("Fencing", [S.gone, S.lost(0, { offset: 90 }), S.lost(0)]),
    ["Fence v-1 v-2", ...chosen("v-2")]
  ]
])

const replacing = (nodes: ReadonlyArray<S.Node>, more: Partial<S.Given> = {}): S.Given => ({
  pods: S.pods(...nodes),
  primary: one,
  memory: synced,
  failover: { phase: "Fencing" },
  ...more
})

const to = (ordinal: number): Partial<S.Given> => ({ failover: { phase: "Promoting", to: S.targetAt(ordinal) } })

table("B. the operator dies in an unplanned failover", [
  ["B1 after the intent", replacing([S.gone, S.lost(0), S.lost(0)]), ["Fence v-1 v-2", ...chosen("v-1")]],
  ["B2 one replica is quiesced", replacing([S.gone, S.fenced(), S.lost(0)]), ["Fence v-2", ...chosen("v-1")]],
  [
    "B2 and the old primary lives: nobody stays detached",
    replacing([S.leads(), S.fenced(), S.followsPod(0)]),
    ["Fence v-0 v-2", ...chosen("v-0")]
  ],
  ["B3 all are quiesced", replacing([S.gone, S.fenced(), S.fenced()]), chosen("v-1")],
  [
    "B4 promoted and not recorded",
    replacing([S.gone, S.leads({ replid: "new", replid2: "now", secondOffset: 101 }), S.fenced()], to(1)),
    ["Adopt v-1", "Complete v-1:", "Settled v-1"]
  ],
  ["B5 chosen and not promoted", replacing([S.gone, S.fenced(), S.fenced()], to(1)), end("v-1")]
])

const settled = (nodes: ReadonlyArray<S.Node>, more: Partial<S.Given> = {}): S.Given => ({
  pods: S.pods(...nodes),
  primary: one,
  memory: synced,
  ...more
})
const second = S.primaryAt(1, { replid: "new", parent: { replid: "now", offset: 100 } })
const leadsNew = S.leads({ replid: "new", replid2: "now", secondOffset: 101 })
const followsNew = S.followsPod(1, { replid: "new", replid2: "now", secondOffset: 101 })

table("C. an old primary returns", [
  [
    "a primary that leads another history than is on record: that is recorded first",
    settled([S.leads({ replid: "later" }), S.followsPod(0), S.followsPod(0)]),
    ["Relearn later", "Settled v-0"]
  ],
  ["C1 before the intent", settled([S.leads(), S.followsPod(0), S.followsPod(0)]), ["Settled v-0"]],
  [
    "C2 before the quiesce",
    replacing([S.leads(), S.followsPod(0), S.followsPod(0)]),
    ["Fence v-0 v-1 v-2", ...chosen("v-0")]
  ],
  [
    "C3 after the quiesce, with more than the others",
    replacing([S.leads({ offset: 120 }), S.fenced(), S.fenced()]),
    ["Fence v-0", ...chosen("v-0")]
  ],
  ["C4 at the instant of the promotion", replacing([S.leads(), S.fenced(), S.fenced()], to(1)), end("v-1")],
  [
    "C5 before routing",
    {
      pods: S.pods(S.leads({ offset: 150 }), leadsNew, followsNew),
      primary: second,
      routedTo: "v-0",
      failover: { phase: "Routing", from: one }
    },
    ["Complete v-1: v-0", "Settled v-1"]
  ],
  [
    "C6, C7, C11 after routing, with writes of its own",
    settled([S.leads({ offset: 150 }), leadsNew, followsNew], { primary: second }),
    ["Maintain v-1: demote v-0", "Settled v-1"]
  ],
  [
    "C8 empty, at its old address",
    settled([S.empty(), leadsNew, followsNew], { primary: second }),
    ["Maintain v-1: attach v-0", "Settled v-1"]
  ],
  [
    "C9 with old data, and an offset of a dead history",
    {
      pods: S.pods(S.fenced({ offset: 900 }), S.gone, S.fenced({ replid: "new", offset: 110 })),
      primary: second,
      failover: { phase: "Fencing" },
      memory: { synced: [2], syncedWith: "new", offset: 110 }
    },
    chosen("v-2")
  ]
])

table("D. replicas that differ", [
  ["D1 one lags", replacing([S.gone, S.fenced({ offset: 90 }), S.fenced()]), chosen("v-2")],
  [
    "D1 one lags within the gap, and is preferred",
    replacing([S.gone, S.fenced({ offset: 90, priority: 1 }), S.fenced()], { desire: { maxOffsetGap: 10 } }),
    chosen("v-1")
  ],
  [
    "D2 the target dies after the fence: not the other, which is behind",
    moving("Fencing", [S.fenced(), S.gone, S.lost(0, { offset: 90 })]),
    ["Wait"]
  ],
  [
    "D2 then back",
    moving("Fencing", [S.fenced(), S.gone, S.lost(0, { offset: 90 })], { phaseMillis: 500 }),
    chosen("v-0")
  ],
  [
    "D3 the new primary dies before anybody is attached",
    {
      pods: S.pods(S.gone, S.gone, S.fenced()),
      primary: second,
      memory: synced,
      failover: { phase: "Routing", from: one }
    },
    ["Replace v-1: ProcessEnded", ...chosen("v-2")]
  ],
  ["D4 equal: the lower run id", replacing([S.gone, S.fenced(), S.fenced()]), chosen("v-1")],
  [
    "D5 the same offset of another history",
    replacing([S.gone, S.fenced({ replid: "other" }), S.fenced()]),
    chosen("v-2")
  ],
  [
    "D6 one is in the middle of a full synchronisation",
    replacing([S.gone, S.followsPod(0, { offset: 300 }, { syncing: true, linkUp: false }), S.fenced()], {
      memory: { ...synced, synced: [2] }
    }),
    ["Fence v-1", ...chosen("v-2")]
  ],
  [
    "D7 one was never seen in sync",
    replacing([S.gone, S.fenced(), S.fenced({ offset: 90 })], { memory: { ...synced, synced: [2] } }),
    chosen("v-2")
  ],
  [
    "D8 all have priority 0: nobody, while the old primary may return with everything",
    replacing([S.gone, S.fenced({ priority: 0 }), S.fenced({ priority: 0 })]),
    ["Wait"]
  ],
  [
    "D9 a replica of a replica",
    settled([S.leads(), S.followsPod(0), S.followsPod(1)]),
    ["Maintain v-0: attach v-2", "Settled v-0"]
  ],
  ["D11 one loads its dataset", replacing([S.gone, S.restarted({ loading: true }), S.fenced()]), chosen("v-2")],
  [
    "D13 two that follow each other",
    settled([S.leads(), S.followsPod(2), S.followsPod(1)]),
    ["Maintain v-0: attach v-1, attach v-2", "Settled v-0"]
  ],
  [
    "a replica that never caught up does not take the place of a primary that is back with all its data",
    replacing([S.restarted(), S.fenced({ offset: 40 }), S.fenced({ offset: 30 })], {
      memory: { synced: [0], offset: 100 }
    }),
    chosen("v-0")
  ]
])

table("E. all at once", [
  [
    "E1 all restart with their data: the recorded primary",
    settled([S.restarted(), S.restarted({ keys: 9 }), S.restarted()], { memory: {} }),
    ["Replace v-0: ProcessReplaced", ...chosen("v-0")]
  ],
  [
    "E1 and one never returns: the recorded primary had everything",
    settled([S.restarted(), S.gone, S.restarted()], { memory: {} }),
    ["Replace v-0: ProcessReplaced", ...chosen("v-0")]
  ],
  [
    "E1 and it is the recorded primary that is missing",
    settled([S.gone, S.restarted(), S.restarted()], { memory: {} }),
    ["Replace v-0: ProcessEnded", "Wait"]
  ],
  ["E1 it loads", replacing([S.restarted({ loading: true }), S.restarted(), S.restarted()], { memory: {} }), ["Wait"]],
  [
    "E2 all restart without persistence: start again",
    settled([S.empty(), S.empty(), S.empty()], { memory: {}, desire: { isPersistent: false } }),
    ["Replace v-0: ProcessReplaced", ...chosen("v-0")]
  ],
  ["E2 one may have data", replacing([S.empty(), S.silent, S.empty()], { memory: {}, phaseMillis: 9000 }), ["Wait"]],
  [
    "E3 the recorded primary is empty, others are not: the most data",
    replacing([S.empty(), S.restarted({ keys: 3 }), S.restarted({ keys: 9 })], { memory: {} }),
    chosen("v-2")
  ],
  [
    "E2 nobody had data when the first primary was chosen, and no client was led to it (gungnir:W8)",
    replacing([S.gone, S.silent, S.empty()], { memory: {}, phaseMillis: 9000, untouched: 3, desire: fresh }),
    chosen("v-2")
  ],
  [
    "E2 and the one that is left loads what it cannot have",
    replacing([S.gone, S.empty(), S.restarted({ loading: true })], { memory: {}, untouched: 3, desire: fresh }),
    ["Wait"]
  ],
  ["E5 all volumes are lost", replacing([S.empty(), S.empty(), S.empty()], { memory: {} }), ["Halt"]],
  [
    "E5 and a person says go",
    replacing([S.empty(), S.empty(), S.empty()], { memory: {}, desire: { isSafe: false } }),
    chosen("v-0")
  ],
  [
    "E5 and there never was any data",
    replacing([S.empty(), S.empty(), S.empty()], { memory: {}, desire: { hadData: false } }),
    chosen("v-0")
  ],
  [
    "the only one with data is being deleted: it is waited for",
    {
      ...replacing([], { memory: {} }),
      pods: [S.view(0, S.empty()), S.view(1, S.restarted(), { isDeleting: true }), S.view(2, S.empty())]
    },
    ["Wait"]
  ]
])

const of5 = (...nodes: ReadonlyArray<S.Node>): S.Given => ({
  pods: S.pods(...nodes),
  primary: one,
  memory: { synced: [1, 2, 3, 4], offset: 100 },
  desire: { replicas: 5 },
  failover: { phase: "Fencing" }
})
const f = S.fenced()
const quiet = (silentMillis: number) => ({ memory: { ...synced, silentMillis } })

table("F. partitions", [
  [
    "F1 the operator alone loses the primary: not yet",
    settled([S.silent, S.followsPod(0), S.followsPod(0)], quiet(1999)),
    ["Wait"]
  ],
  [
    "F1 for too long",
    settled([S.silent, S.followsPod(0), S.followsPod(0)], quiet(2000)),
    ["Replace v-0: Silence", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "G9 an operator that stood still has not listened",
    settled([S.silent, S.followsPod(0), S.followsPod(0)], {
      memory: { ...synced, silentMillis: 9000, silentProbes: 2 }
    }),
    ["Wait"]
  ],
  ["a replica has lost it too: not yet", settled([S.silent, S.lost(0), S.followsPod(0)], quiet(499)), ["Wait"]],
  [
    "a replica has lost it too",
    settled([S.silent, S.lost(0), S.followsPod(0)], quiet(500)),
    ["Replace v-0: Silence", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  ["a node that has just started is no witness", settled([S.silent, S.empty(), S.followsPod(0)], quiet(500)), ["Wait"]],
  [
    "a replica in a full synchronisation is no witness",
    settled([S.silent, S.followsPod(0, {}, { linkUp: false, syncing: true }), S.followsPod(0)], quiet(500)),
    ["Wait"]
  ],
  ["F2 the operator loses a replica", settled([S.leads(), S.silent, S.followsPod(0)], quiet(2000)), ["Settled v-0"]],
  ["F3 the operator loses all", settled([S.silent, S.silent, S.silent], quiet(2000)), ["Wait"]],
  ["F3 the operator reaches a minority", settled([S.silent, S.silent, S.lost(0)], quiet(2000)), ["Wait"]],
  [
    "of two pods, the other one is the majority",
    settled([S.silent, S.lost(0)], { ...quiet(2000), desire: { replicas: 2 } }),
    ["Replace v-0: Silence", "Fence v-1", ...chosen("v-1")]
  ],
  [
    "F5 the replicas lose the primary, the operator does not",
    settled([S.leads(), S.lost(0), S.lost(0)]),
    ["Settled v-0"]
  ],
  ["F6 a replica is on the primary's side: it must starve first", of5(S.silent, f, f, f, S.silent), ["Wait"]],
  ["F6 a replica that is busy may acknowledge too", of5(S.silent, f, f, f, S.busy), ["Wait"]],
  [
    "F6 a replica that loads what the primary sent may acknowledge soon",
    of5(S.silent, f, f, f, S.followsPod(0, { loading: true })),
    ["Wait"]
  ],
  [
    "F6 one that loads and follows nobody may not",
    of5(S.silent, f, f, f, S.restarted({ loading: true })),
    chosen("v-1")
  ],
  ["F6 it has starved", { ...of5(S.silent, f, f, f, S.silent), phaseMillis: 4000 }, chosen("v-1")],
  [
    "F6 speed was asked for",
    { ...of5(S.silent, f, f, f, S.silent), desire: { replicas: 5, isSafe: false } },
    chosen("v-1")
  ],
  ["F6 it has ended for certain", of5(S.gone, f, f, f, S.silent), chosen("v-1")],
  [
    "F6 its pod has no address any more, its process may run on a lost node",
    {
      ...of5(S.gone, f, f, f, S.silent),
      pods: [
        S.view(0, S.gone, { address: undefined }),
        ...S.pods(f, f, f, f, S.silent).slice(1, 4),
        S.view(4, S.silent)
      ]
    },
    ["Wait"]
  ],
  [
    "F7 the chosen one does not answer: it may have been promoted",
    replacing([S.gone, S.silent, S.fenced()], { ...to(1), ...quiet(1999) }),
    ["Wait"]
  ],
  [
    "F7 and counts as down",
    replacing([S.gone, S.silent, S.fenced()], { ...to(1), ...quiet(2000) }),
    ["Reconsider", ...chosen("v-2")]
  ]
])

const elsewhere = { uid: "uid-other" }

table("G, H. identity", [
  [
    "G2 the primary's pod was replaced",
    { ...settled([]), pods: [S.view(0, S.empty(), elsewhere), S.view(1, S.lost(0)), S.view(2, S.lost(0))] },
    ["Replace v-0: PodReplaced", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "the primary's pod is gone from the API",
    { ...settled([]), pods: [S.view(1, S.lost(0)), S.view(2, S.lost(0))] },
    ["Replace v-0: PodReplaced", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "H2 a server with another password at the primary's address",
    settled([S.foreign, S.lost(0), S.lost(0)], { memory: down }),
    ["Wait"]
  ],
  [
    "H3 what speaks no Valkey at the primary's address counts as silence",
    settled([S.notValkey, S.lost(0), S.lost(0)], { memory: { ...synced, silentMillis: 500 } }),
    ["Replace v-0: NotValkey", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "H3 and not before its time",
    settled([S.notValkey, S.lost(0), S.lost(0)], { memory: { ...synced, silentMillis: 499 } }),
    ["Wait"]
  ],
  [
    "H3 nor while a replica hears the primary: something stands between the two and the operator",
    settled([S.notValkey, S.lost(0), S.followsPod(0)], { memory: { ...synced, silentMillis: 60_000 } }),
    ["Wait"]
  ],
  [
    "H3 and the replica that it may still reach is given the time to lose it",
    settled([S.notValkey, S.lost(0), S.notValkey, S.lost(0)], {
      memory: { ...synced, silentMillis: 60_000 },
      desire: { replicas: 4 }
    }),
    ["Replace v-0: NotValkey", "Fence v-1 v-3", "Wait"]
  ],
  [
    "H5, H6 the container restarted, faster than anybody noticed",
    settled([S.empty(), S.lost(0), S.followsPod(0)]),
    ["Replace v-0: ProcessReplaced", "Fence v-1 v-2", ...chosen("v-1")]
  ],
  [
    "the chosen one restarted: another choice, at the next epoch",
    replacing([S.gone, S.empty(), S.fenced()], to(1)),
    ["Reconsider", ...chosen("v-2")]
  ],
  ["K1 a script keeps the primary busy", settled([S.busy, S.followsPod(0), S.followsPod(0)]), ["Wait"]]
])

const five = (more: Partial<S.Given> = {}): S.Given => ({
  pods: S.pods(S.followsPod(4), S.followsPod(4), S.followsPod(4), S.followsPod(4), S.leads()),
  primary: S.primaryAt(4),
  memory: { synced: [0, 1, 2, 3], offset: 100 },
  ...more
})

table("I, J. changes of the spec, deletions, and hands of people", [
  ["I2 the primary's ordinal goes: it is moved first", five(), ["SwitchOver v-0", "Fence v-4", ...chosen("v-0")]],
  ["I1 never to an ordinal that goes too", five({ memory: { synced: [3], offset: 100 } }), ["Settled v-4"]],
  [
    "to nobody who is too far behind to catch up in the time of a pause",
    five({
      pods: S.pods(S.followsPod(4, { offset: 60 }), S.gone, S.gone, S.followsPod(4), S.leads()),
      memory: { synced: [0, 3], offset: 100 }
    }),
    ["Settled v-4"]
  ],
  [
    "I1 the target's pod is being deleted meanwhile: back",
    {
      ...moving("Fencing", [], { phaseMillis: 500 }),
      pods: [S.view(0, S.fenced()), S.view(1, S.lost(0), { isDeleting: true }), S.view(2, S.lost(0))]
    },
    chosen("v-0")
  ],
  [
    "J1 the primary's pod is being deleted",
    {
      ...settled([]),
      pods: [S.view(0, S.leads(), { isDeleting: true }), ...S.pods(f, S.followsPod(0), S.followsPod(0)).slice(1)]
    },
    ["SwitchOver v-1", "Fence v-0", ...chosen("v-1")]
  ],
  [
    "I3 to one pod: the guard drops",
    settled([S.leads(), S.followsPod(0), S.followsPod(0)], { desire: { replicas: 1, minReplicas: 0 } }),
    ["Maintain v-0: guard", "Settled v-0"]
  ],
  [
    "strict durability of more pods needs more replicas, not only some",
    settled([S.leads({ minReplicas: 1 }), S.followsPod(0), S.followsPod(0)], { desire: { minReplicas: 2 } }),
    ["Maintain v-0: guard", "Settled v-0"]
  ],
  [
    "I4 a new and empty replica is not eligible",
    settled(
      [S.gone, S.lost(0), S.lost(0), S.followsPod(0, { replid: "own-3", offset: 999, keys: 0 }, { syncing: true })],
      { desire: { replicas: 4 } }
    ),
    ["Replace v-0: ProcessEnded", "Fence v-1 v-2 v-3", ...chosen("v-1")]
  ],
  [
    "I9 somebody changed the Service",
    settled([S.leads(), S.followsPod(0), S.followsPod(0)], { routedTo: "v-2" }),
    ["Maintain v-0: route", "Settled v-0"]
  ],
  [
    "there is no client Service, or it is somebody else's: that is said, and nothing is done for ever",
    settled([S.leads(), S.followsPod(0), S.followsPod(0)], { isRoutable: false, routedTo: "v-9" }),
    ["Wait"]
  ],
  [
    "and replicas are attached meanwhile",
    settled([S.leads(), S.followsPod(2), S.followsPod(0)], { isRoutable: false, routedTo: "v-9" }),
    ["Maintain v-0: route, attach v-1", "Settled v-0"]
  ],
  [
    "I10 somebody made the primary a replica",
    settled([S.followsPod(1), S.leads({ replid: "other" }), S.followsPod(0)]),
    ["Replace v-0: RoleLost", "Fence v-0 v-1 v-2", ...chosen("v-0")]
  ],
  [
    "I10 somebody promoted a replica",
    settled([S.leads(), S.leads({ replid: "other" }), S.followsPod(0)]),
    ["Maintain v-0: demote v-1", "Settled v-0"]
  ]
])
