import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { KubeObject } from "../../../src/domain/kube/Object.ts"
import * as Reflector from "../../../src/domain/kube/Reflector.ts"
import type { WatchEvent } from "../../../src/domain/kube/Wire.ts"

const policy = { backoffBase: 50, backoffCap: 400 }
const names = ["a", "b", "c"] as const

const Move = Schema.Union([
  Schema.Struct({ _tag: Schema.Literal("Write"), name: Schema.Literals(names) }),
  Schema.Struct({ _tag: Schema.Literal("Remove"), name: Schema.Literals(names) }),
  Schema.Struct({ _tag: Schema.Literal("Other") }),
  /** How many of the events that are due are delivered. */
  Schema.Struct({ _tag: Schema.Literal("Answer"), events: Schema.Literals([1, 2, 100]) }),
  Schema.Struct({ _tag: Schema.Literal("Forget") }),
  Schema.Struct({
    _tag: Schema.Literal("Fail"),
    reason: Schema.Literals(["Unreachable", "TimedOut", "Forbidden", "NotFound", "Expired", "TooManyRequests"])
  })
])
type Move = typeof Move.Type

const object = (name: string, uid: string, version: number): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "ns", name, uid, resourceVersion: String(version) }
})

/** A store that forgets its history whenever it likes, and what one subscriber was told. */
class World {
  version = 1
  forgotten = 0
  history: Array<{ version: number; event: WatchEvent }> = []
  readonly store = new Map<string, KubeObject>()
  readonly told = new Map<string, KubeObject>()
  state: Reflector.State
  pending: Reflector.Action

  constructor() {
    const [state, [action]] = Reflector.start
    this.state = state
    this.pending = action!
  }

  write(type: WatchEvent["type"], next: KubeObject): void {
    if (type === "DELETED") this.store.delete(next.metadata.name!)
    else if (type !== "BOOKMARK") this.store.set(next.metadata.name!, next)
    this.history.push({ version: this.version, event: { type, object: next } })
  }

  feed(event: Reflector.Event): void {
    const [next, actions] = Reflector.step(policy, this.state, event)
    this.state = next
    const waiting = actions.filter(({ _tag }) => _tag === "List" || _tag === "Watch" || _tag === "SetTimer")
    assert.isAtMost(waiting.length, 1)
    this.pending = waiting[0] ?? this.pending
    for (const action of actions) {
      if (action._tag !== "Notify") continue
      const name = (action.after ?? action.before)!.metadata.name!
      assert.deepStrictEqual(this.told.get(name), action.before, "told of what was before as it was told then")
      if (action.after === undefined) this.told.delete(name)
      else this.told.set(name, action.after)
    }
    assert.deepStrictEqual([...this.told.values()].toSorted(byName), this.state.objects)
  }

  answer(count: number): void {
    switch (this.pending._tag) {
      case "List":
        return this.feed({
          _tag: "Listed",
          listed: { resourceVersion: String(this.version), items: [...this.store.values()] }
        })
      case "Watch": {
        const from = Number(this.pending.from)
        if (from < this.forgotten) return this.feed({ _tag: "Failed", reason: "Expired" })
        const due = this.history.filter(({ version }) => version > from).slice(0, count)
        if (due.length > 0) this.feed({ _tag: "Delivered", events: due.map(({ event }) => event) })
        return
      }
      case "SetTimer":
        return this.feed({ _tag: "Elapsed", millis: this.pending.millis })
    }
  }

  play(move: Move): void {
    switch (move._tag) {
      case "Write": {
        const now = this.store.get(move.name)
        this.version++
        const uid = now?.metadata.uid ?? `uid-${this.version}`
        return this.write(now === undefined ? "ADDED" : "MODIFIED", object(move.name, uid, this.version))
      }
      case "Remove": {
        const now = this.store.get(move.name)
        if (now === undefined) return
        this.version++
        return this.write("DELETED", object(move.name, now.metadata.uid!, this.version))
      }
      case "Other":
        this.version++
        return this.write("BOOKMARK", object("", "", this.version))
      case "Answer":
        return this.answer(move.events)
      case "Forget":
        this.forgotten = this.version
        this.history = []
        return
      case "Fail":
        return this.feed({ _tag: "Failed", reason: move.reason })
    }
  }
}

const byName = (left: KubeObject, right: KubeObject) => (left.metadata.name! < right.metadata.name! ? -1 : 1)

const played = (moves: ReadonlyArray<Move>): World => {
  const world = new World()
  for (const move of moves) world.play(move)
  return world
}

const stepAll = (...events: ReadonlyArray<Reflector.Event>) => {
  let [state, actions] = Reflector.start
  for (const event of events) [state, actions] = Reflector.step(policy, state, event)
  return { state, actions }
}
const listed = (version: string, ...items: ReadonlyArray<KubeObject>) =>
  ({ _tag: "Listed", listed: { resourceVersion: version, items } }) as const
const failed = (reason: "Expired" | "Unreachable" | "Forbidden" | "TooManyRequests", retryAfterMillis?: number) =>
  ({ _tag: "Failed", reason, ...(retryAfterMillis === undefined ? {} : { retryAfterMillis }) }) as const

describe("Reflector", () => {
  it.prop("sees everything in the end, whatever was cut, forgotten or refused", { moves: Schema.Array(Move) }, (_) => {
    const world = played(_.moves)
    for (let answers = 0; answers < 8; answers++) world.answer(100)
    assert.deepStrictEqual(world.state.objects, [...world.store.values()].toSorted(byName))
    assert.isTrue(world.state.isSynced)
    assert.strictEqual(world.state.version, String(world.version))
  })

  it.prop("waits for exactly one thing, and has finitely many states", { moves: Schema.Array(Move) }, ({ moves }) => {
    const { pending, state } = played(moves)
    const expected = { Listing: "List", Watching: "Watch", Waiting: "SetTimer" }[state.phase._tag]
    assert.strictEqual(pending._tag, expected)
    assert.isAtMost(state.listFailures, 5)
    assert.isAtMost(state.watchFailures, 5)
    assert.isBelow(state.quiet, policy.backoffCap)
    assert.isTrue(state.phase._tag !== "Waiting" || state.phase.millis <= policy.backoffCap)
  })

  it("reports what went away between a 410 and the list after it", () => {
    const { actions } = stepAll(
      listed("5", object("a", "1", 2), object("b", "2", 3)),
      failed("Expired"),
      listed("9", object("b", "2", 3))
    )
    assert.deepStrictEqual(actions, [
      { _tag: "Notify", before: object("a", "1", 2), after: undefined },
      { _tag: "Watch", from: "9" }
    ])
  })

  it("lists at once after the first 410, and waits when that does not help", () => {
    const once = stepAll(listed("5"), failed("Expired"))
    assert.deepStrictEqual(once.actions, [{ _tag: "List" }])
    const twice = stepAll(listed("5"), failed("Expired"), listed("6"), failed("Expired"))
    assert.deepStrictEqual(twice.actions, [{ _tag: "SetTimer", millis: 100 }])
  })

  it("watches on from where it was after a connection is lost, and says so only when that fails again", () => {
    const once = stepAll(listed("5"), failed("Unreachable"))
    assert.deepStrictEqual(once.actions, [{ _tag: "SetTimer", millis: 50 }])
    const [again, rewatch] = Reflector.step(policy, once.state, { _tag: "Elapsed", millis: 50 })
    assert.deepStrictEqual(rewatch, [{ _tag: "Watch", from: "5" }])
    const [, reported] = Reflector.step(policy, again, failed("Unreachable"))
    assert.deepStrictEqual(reported[0], { _tag: "Report", problem: "Unreachable" })
  })

  it("says once that a kind is forbidden, and once that it works again", () => {
    const first = stepAll(failed("Forbidden"))
    assert.deepStrictEqual(first.actions[0], { _tag: "Report", problem: "Forbidden" })
    const wait = { _tag: "Elapsed", millis: 400 } as const
    const second = stepAll(failed("Forbidden"), wait, failed("Forbidden"))
    assert.deepStrictEqual(
      second.actions.map(({ _tag }) => _tag),
      ["SetTimer"]
    )
    const third = stepAll(failed("Forbidden"), wait, listed("5"))
    assert.deepStrictEqual(third.actions[0], { _tag: "Report", problem: undefined })
  })

  it("waits as long as a busy server asks for", () => {
    const { actions } = stepAll(failed("TooManyRequests", 300))
    assert.deepStrictEqual(actions.at(-1), { _tag: "SetTimer", millis: 300 })
  })

  it("detects a server that knows less than before, and reads all anew", () => {
    const back = stepAll(listed("50", object("a", "1", 49)), {
      _tag: "Delivered",
      events: [{ type: "MODIFIED", object: object("a", "1", 12) }]
    })
    assert.deepStrictEqual(
      back.actions.map(({ _tag }) => _tag),
      ["WentBack", "List"]
    )
    assert.deepStrictEqual(back.state.objects, [object("a", "1", 49)])
    const relisted = stepAll(listed("50"), failed("Expired"), listed("12"))
    assert.deepStrictEqual(relisted.actions[0], { _tag: "WentBack", from: "50", to: "12" })
  })

  it("tells two objects of one name apart", () => {
    const { actions } = stepAll(
      listed("5", object("a", "old", 2)),
      failed("Expired"),
      listed("9", object("a", "new", 8))
    )
    assert.deepStrictEqual(actions[0], { _tag: "Notify", before: object("a", "old", 2), after: object("a", "new", 8) })
  })
})
