import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Lease from "../../../src/domain/kube/Lease.ts"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"

const policy = (identity: string): Lease.Policy => ({ identity, ...Lease.defaults })

const Index = Schema.Literals([0, 1])
/**
 * A whole attempt, with real time before it is sent, until it lands and until
 * its answer is there; the other candidate may look once it has landed.
 */
const Attempt = Schema.Struct({
  _tag: Schema.Literal("Attempt"),
  who: Index,
  isStale: Schema.Boolean,
  isWatched: Schema.Boolean,
  waits: Schema.Tuple([
    Schema.Literals([0, 1000, 2000, 3500, 4100]),
    Schema.Literals([0, 500, 2500]),
    Schema.Literals([0, 500, 1500])
  ])
})
// Most moves are whole attempts: what matters takes several of them.
const Move = Schema.Union([
  Attempt,
  Attempt,
  Attempt,
  Attempt,
  Attempt,
  Attempt,
  /** Real time; what each clock makes of it depends on its rate. */
  Schema.Struct({ _tag: Schema.Literal("Wait"), millis: Schema.Literals([100, 900, 1100, 3900, 6100]) }),
  /** Look at the store, or at what it was one write ago, and ask. */
  Schema.Struct({ _tag: Schema.Literal("Ask"), who: Index, isStale: Schema.Boolean }),
  Schema.Struct({ _tag: Schema.Literal("Land"), who: Index }),
  Schema.Struct({ _tag: Schema.Literal("Answer"), who: Index }),
  Schema.Struct({ _tag: Schema.Literal("Lose"), who: Index })
])
type Move = typeof Move.Type
/** Rates in percent: within the bound of 6000 / 4000. */
const Rates = Schema.Tuple([Schema.Literals([100, 120, 149]), Schema.Literals([100, 110, 149])])

interface Claim {
  readonly over: KubeObject | undefined
  readonly body: KubeObject
  outcome: KubeObject | "Refused" | undefined
}

const leaseObject = (version: number, spec: unknown): KubeObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { namespace: "ns", name: "lease", uid: "one", resourceVersion: String(version) },
  spec
})

/** Two candidates, one Lease with compare-and-swap, requests that take their time or get lost. */
class World {
  version = 0
  store: KubeObject | undefined
  past: KubeObject | undefined
  now = 0
  terms = 0
  readonly rates: ReadonlyArray<number>
  readonly states = [Lease.initial(policy("a")), Lease.initial(policy("b"))]
  readonly clocks = [0, 0]
  readonly claims: Array<Claim | undefined> = [undefined, undefined]

  constructor(rates: ReadonlyArray<number>) {
    this.rates = rates
  }

  feed(who: number, event: Lease.Event): ReadonlyArray<Lease.Action> {
    const [next, actions] = Lease.step(policy("ab"[who]!), this.states[who]!, event)
    if (next.isLeading && !this.states[who]!.isLeading) this.terms++
    this.states[who] = next
    return actions
  }

  play(move: Move | { readonly _tag: "Wait"; readonly millis: number }): void {
    switch (move._tag) {
      case "Wait":
        this.now += move.millis
        this.states.forEach((_, who) => {
          const clock = Math.floor((this.now * this.rates[who]!) / 100)
          this.feed(who, { _tag: "Elapsed", millis: clock - this.clocks[who]! })
          this.clocks[who] = clock
        })
        return
      case "Ask":
        return this.ask(move.who, move.isStale ? this.past : this.store)
      case "Land":
        return this.land(this.claims[move.who])
      case "Answer": {
        const claim = this.claims[move.who]
        if (claim?.outcome === undefined) return
        this.claims[move.who] = undefined
        this.feed(
          move.who,
          claim.outcome === "Refused"
            ? { _tag: "Observed", lease: this.store }
            : { _tag: "Accepted", lease: claim.outcome }
        )
        return
      }
      case "Lose":
        this.claims[move.who] = undefined
        return
      case "Attempt": {
        const { isStale, isWatched, waits, who } = move
        this.play({ _tag: "Wait", millis: waits[0] })
        this.play({ _tag: "Ask", who, isStale })
        this.play({ _tag: "Wait", millis: waits[1] })
        this.play({ _tag: "Land", who })
        if (isWatched) this.play({ _tag: "Ask", who: who === 0 ? 1 : 0, isStale: false })
        this.play({ _tag: "Wait", millis: waits[2] })
        this.play({ _tag: "Answer", who })
      }
    }
  }

  ask(who: number, seen: KubeObject | undefined): void {
    if (this.claims[who] !== undefined) return
    if (!this.states[who]!.isLeading) this.feed(who, { _tag: "Observed", lease: seen })
    for (const action of this.feed(who, { _tag: "Asked" })) {
      if (action._tag !== "Claim") continue
      const spec = { holderIdentity: "ab"[who], leaseDurationSeconds: 6, leaseTransitions: action.transitions }
      this.claims[who] = { over: this.states[who]!.lease, body: leaseObject(0, spec), outcome: undefined }
    }
  }

  land(claim: Claim | undefined): void {
    if (claim === undefined || claim.outcome !== undefined) return
    if (claim.over?.metadata.resourceVersion !== this.store?.metadata.resourceVersion) {
      claim.outcome = "Refused"
      return
    }
    this.past = this.store
    this.store = leaseObject(++this.version, claim.body["spec"])
    claim.outcome = this.store
  }

  get leaders(): number {
    return this.states.filter(({ isLeading }) => isLeading).length
  }
}

const at = (state: Lease.State, ...events: ReadonlyArray<Lease.Event>): Lease.State =>
  events.reduce((now, event) => Lease.step(policy("a"), now, event)[0], state)
const initial = Lease.initial(policy("a"))
const observed = (lease: KubeObject | undefined): Lease.Event => ({ _tag: "Observed", lease })
const elapsed = (millis: number): Lease.Event => ({ _tag: "Elapsed", millis })
const asked = (state: Lease.State) => Lease.step(policy("a"), state, { _tag: "Asked" })[1]
const heldBy = (holderIdentity: string, version = 1) =>
  leaseObject(version, { holderIdentity, leaseDurationSeconds: 10, leaseTransitions: 4 })
const leading = at(initial, { _tag: "Asked" }, elapsed(200), { _tag: "Accepted", lease: heldBy("a") })

describe("Lease", () => {
  let terms = 0
  it.prop(
    "never has two leaders, at any clock rates within the bound, with stale reads and late or lost answers",
    { moves: Schema.Array(Move), rates: Rates },
    ({ moves, rates }) => {
      const world = new World(rates)
      for (const move of moves) {
        world.play(move)
        assert.isAtMost(world.leaders, 1)
      }
      terms = Math.max(terms, world.terms)
    },
    { arbitrary: { runs: 3000, size: 60 } }
  )

  it("those worlds do change leaders, and beyond the bound two can lead", () => {
    assert.isAbove(terms, 2)
    const takeOver: ReadonlyArray<Move> = [
      { _tag: "Ask", who: 0, isStale: false },
      { _tag: "Land", who: 0 },
      { _tag: "Answer", who: 0 },
      { _tag: "Ask", who: 1, isStale: false },
      { _tag: "Wait", millis: 3900 },
      { _tag: "Ask", who: 1, isStale: false },
      { _tag: "Land", who: 1 },
      { _tag: "Answer", who: 1 }
    ]
    const within = new World([100, 149])
    for (const move of takeOver) within.play(move)
    assert.deepStrictEqual(
      within.states.map(({ isLeading }) => isLeading),
      [true, false]
    )
    const waited = new World([100, 149])
    for (const move of takeOver) waited.play(move._tag === "Wait" ? { _tag: "Wait", millis: 6100 } : move)
    assert.deepStrictEqual(
      waited.states.map(({ isLeading }) => isLeading),
      [false, true]
    )
    const beyond = new World([100, 160])
    for (const move of takeOver) beyond.play(move)
    assert.strictEqual(beyond.leaders, 2)
  })

  it("claims at once what nobody holds, and counts the change of holder", () => {
    assert.deepStrictEqual(asked(at(initial, observed(undefined))), [
      { _tag: "Claim", transitions: 0, isTakeover: true }
    ])
    assert.deepStrictEqual(asked(at(initial, observed(heldBy("")))), [
      { _tag: "Claim", transitions: 5, isTakeover: true }
    ])
    assert.deepStrictEqual(asked(at(initial, observed(heldBy("a")))), [
      { _tag: "Claim", transitions: 4, isTakeover: false }
    ])
  })

  it("waits for the duration in the record since it last saw it change, whatever its times say", () => {
    const seen = at(initial, observed(heldBy("b", 1)), elapsed(9000))
    assert.deepStrictEqual(asked(seen), [])
    assert.strictEqual(Lease.nextAsk(policy("a"), seen), 1000)
    assert.deepStrictEqual(asked(at(seen, observed(heldBy("b", 2)), elapsed(9999))), [])
    assert.lengthOf(asked(at(seen, observed(heldBy("b", 1)), elapsed(1000))), 1)
  })

  it("reads a Lease with absent or unreadable fields as held for its own duration, or free without a holder", () => {
    const term = (spec: unknown) => Lease.termOf(leaseObject(1, spec), 6000)
    assert.deepStrictEqual(term(undefined), { holder: "", duration: 6000, transitions: 0 })
    assert.deepStrictEqual(term({ holderIdentity: "b", leaseDurationSeconds: 0, leaseTransitions: -1 }), {
      holder: "b",
      duration: 6000,
      transitions: 0
    })
    assert.deepStrictEqual(term({ holderIdentity: 7 }), { holder: "unreadable", duration: 6000, transitions: 0 })
  })

  it("authorises writes from the start of the claim, less than it leads, and stops by itself", () => {
    assert.deepStrictEqual(Lease.standing(policy("a"), leading), { authorisedMillis: 2800, leadingMillis: 3800 })
    assert.deepStrictEqual(Lease.standing(policy("a"), at(leading, elapsed(3000))), {
      authorisedMillis: 0,
      leadingMillis: 800
    })
    assert.isFalse(at(leading, elapsed(3800)).isLeading)
  })

  it("renews no sooner than a retry after the last claim, also when woken by its own write", () => {
    assert.deepStrictEqual(asked(leading), [])
    assert.strictEqual(Lease.nextAsk(policy("a"), leading), 800)
    assert.deepStrictEqual(asked(at(leading, elapsed(800))), [{ _tag: "Claim", transitions: 4, isTakeover: false }])
  })

  it("a claim answered after the deadline makes nobody leader", () => {
    const late = at(initial, { _tag: "Asked" }, elapsed(4000), { _tag: "Accepted", lease: heldBy("a") })
    assert.isFalse(late.isLeading)
  })

  it("stops leading when it sees another holder, and waits when the Lease was deleted under its holder", () => {
    assert.isFalse(at(leading, observed(heldBy("b", 2))).isLeading)
    const deleted = at(initial, observed(heldBy("b")), observed(undefined), elapsed(5000))
    assert.deepStrictEqual(asked(deleted), [])
    assert.lengthOf(asked(at(deleted, elapsed(1000))), 1)
  })

  it("refuses timings that cannot keep a leader or keep two apart", () => {
    const wrong = (change: Partial<typeof Lease.defaults>) =>
      Lease.validate({ ...Lease.defaults, ...change } as typeof Lease.defaults).length
    assert.strictEqual(wrong({}), 0)
    for (const change of [{ duration: 4000 }, { retry: 3500 }, { retry: 0 }, { margin: 3000 }, { duration: 6500 }]) {
      assert.isAbove(wrong(change as Partial<typeof Lease.defaults>), 0, JSON.stringify(change))
    }
  })
})
