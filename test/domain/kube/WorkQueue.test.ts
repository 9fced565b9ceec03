import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as WorkQueue from "../../../src/domain/kube/WorkQueue.ts"

const keys = ["ns/a", "ns/b", "ns/c"] as const
const policy: WorkQueue.Policy<number> = {
  backoffBase: 5,
  backoffCap: 40,
  resync: 1000,
  concurrency: 2,
  initialMemory: 0,
  age: (memory, millis) => Math.min(100_000, memory + millis)
}

const Move = Schema.Union([
  Schema.Struct({ _tag: Schema.Literal("Triggered"), key: Schema.Literals(keys) }),
  Schema.Struct({ _tag: Schema.Literal("Succeeded"), key: Schema.Literals(keys), after: Schema.Literals([0, 1, 50]) }),
  Schema.Struct({ _tag: Schema.Literal("Failed"), key: Schema.Literals(keys) }),
  Schema.Struct({
    _tag: Schema.Literal("Primary"),
    key: Schema.Literals(keys),
    uid: Schema.Literals(["", "one", "two"])
  }),
  Schema.Struct({ _tag: Schema.Literal("Wait"), millis: Schema.Literals([1, 7, 45, 1000]) })
])
type Move = typeof Move.Type

/** The queue with everything that a driver would have to know, and what the laws talk about. */
class Driver {
  now = 0
  slots = WorkQueue.noSlots
  readonly items = new Map<string, WorkQueue.Item<number>>()
  readonly at = new Map<string, number>()
  readonly running = new Map<string, number>()
  readonly owed = new Set<string>()
  readonly starts: Array<{ key: string; memory: number; at: number }> = []

  item(key: string): WorkQueue.Item<number> {
    return this.items.get(key) ?? WorkQueue.unknown
  }

  feed(key: string, event: WorkQueue.Event<number>): void {
    const read = (text: string) => ({ item: this.item(text), elapsed: this.now - (this.at.get(text) ?? this.now) })
    const change = WorkQueue.dispatch(policy, read, this.slots, key, event)
    this.slots = change.slots
    for (const [text, item] of change.items) {
      this.items.set(text, item)
      this.at.set(text, this.now)
    }
    for (const { key: started, memory } of change.starts) {
      assert.isFalse(this.running.has(started), `two passes of ${started}`)
      this.running.set(started, memory)
      this.owed.delete(started)
      this.starts.push({ key: started, memory, at: this.now })
    }
    assert.isAtMost(this.running.size, policy.concurrency)
    assert.strictEqual(this.slots.taken, this.running.size)
  }

  end(key: string, event: WorkQueue.Event<number>): void {
    if (!this.running.delete(key)) return
    this.feed(key, event)
  }

  play(move: Move): void {
    switch (move._tag) {
      case "Triggered":
        this.owed.add(move.key)
        return this.feed(move.key, { _tag: "Triggered" })
      case "Succeeded":
        return this.end(move.key, {
          _tag: "Succeeded",
          memory: 1,
          ...(move.after === 0 ? {} : { requeueAfter: move.after })
        })
      case "Failed":
        return this.end(move.key, { _tag: "Failed" })
      case "Primary":
        return this.feed(move.key, { _tag: "Primary", uid: move.uid === "" ? undefined : move.uid })
      case "Wait":
        this.now += move.millis
        for (const key of keys) this.feed(key, { _tag: "Elapsed", millis: 0 })
    }
  }

  settle(): void {
    for (let round = 0; this.running.size > 0; round++) {
      assert.isBelow(round, 20, "passes that nobody asked for")
      const running = [...this.running.keys()]
      for (const key of running) this.end(key, { _tag: "Succeeded", memory: 1 })
    }
  }
}

const played = (moves: ReadonlyArray<Move>): Driver => {
  const driver = new Driver()
  for (const move of moves) driver.play(move)
  return driver
}

const alone = (...events: ReadonlyArray<WorkQueue.Event<number>>) => {
  let item: WorkQueue.Item<number> = WorkQueue.unknown
  let actions: ReadonlyArray<WorkQueue.Action<number>> = []
  for (const event of events) [item, actions] = WorkQueue.step(policy, item, event)
  return { item, actions }
}

const triggered = { _tag: "Triggered" } as const
const granted = { _tag: "Granted" } as const
const failed = { _tag: "Failed" } as const
const succeeded = (memory: number, requeueAfter?: number) => ({ _tag: "Succeeded", memory, requeueAfter }) as const
const primary = (uid: string | undefined) => ({ _tag: "Primary", uid }) as const

describe("WorkQueue", () => {
  it.prop("loses no wake-up, runs one pass per key and never more than it may", { moves: Schema.Array(Move) }, (_) => {
    const driver = played(_.moves)
    driver.settle()
    assert.deepStrictEqual([...driver.owed], [])
    assert.deepStrictEqual(driver.slots, WorkQueue.noSlots)
  })

  it.prop("has finitely many states under any schedule", { moves: Schema.Array(Move) }, ({ moves }) => {
    for (const item of played(moves).items.values()) {
      assert.isAtMost(item.failures, 4)
      assert.isAtMost(item.dueIn ?? 0, policy.resync)
      assert.isTrue(item.phase === "Running" || (!item.again && !item.stale))
      assert.deepStrictEqual(Object.keys(item), Object.keys(WorkQueue.unknown))
    }
  })

  it.prop("after a failure a pass follows within the backoff", { moves: Schema.Array(Move) }, ({ moves }) => {
    const driver = played(moves)
    driver.settle()
    driver.play({ _tag: "Triggered", key: "ns/a" })
    driver.end("ns/a", failed)
    const before = driver.starts.length
    driver.play({ _tag: "Wait", millis: 45 })
    assert.isTrue(driver.starts.slice(before).some(({ key }) => key === "ns/a"))
  })

  it.prop("never hands the memory of one object to a pass of another", { moves: Schema.Array(Move) }, ({ moves }) => {
    const driver = played(moves)
    driver.settle()
    driver.play({ _tag: "Primary", key: "ns/a", uid: "one" })
    driver.play({ _tag: "Triggered", key: "ns/a" })
    driver.play({ _tag: "Primary", key: "ns/a", uid: "two" })
    driver.end("ns/a", succeeded(7))
    driver.play({ _tag: "Triggered", key: "ns/a" })
    assert.strictEqual(driver.starts.at(-1)?.memory, policy.initialMemory)
  })

  it("a trigger during a pass means one more pass after it, however many there were", () => {
    const { actions, item } = alone(triggered, granted, triggered, triggered, succeeded(3))
    assert.strictEqual(item.phase, "Asking")
    assert.deepStrictEqual(
      actions.map(({ _tag }) => _tag),
      ["FreeSlot", "SetTimer", "Ask"]
    )
    assert.strictEqual(WorkQueue.step(policy, item, granted)[0].again, false)
  })

  it("waits twice as long after each failure in a row, up to the cap, and forgets them after a success", () => {
    const waits: Array<number | undefined> = []
    let { item } = alone(primary("one"))
    for (let failures = 0; failures < 6; failures++) {
      for (const event of [triggered, granted, failed]) item = WorkQueue.step(policy, item, event)[0]
      waits.push(item.dueIn)
    }
    assert.deepStrictEqual(waits, [5, 10, 20, 40, 40, 40])
    for (const event of [triggered, granted, succeeded(1)]) item = WorkQueue.step(policy, item, event)[0]
    assert.strictEqual(item.failures, 0)
    assert.strictEqual(item.dueIn, policy.resync)
  })

  it("a failure keeps the memory as it was, only older", () => {
    const { item } = alone(primary("one"), triggered, granted, succeeded(7), triggered, granted, failed, {
      _tag: "Elapsed",
      millis: 3
    })
    assert.strictEqual(item.memory, 10)
    assert.strictEqual(item.dueIn, 2)
  })

  it("resyncs only while the primary object is there, and then forgets the key", () => {
    assert.strictEqual(alone(primary("one"), triggered, granted, succeeded(1)).item.dueIn, policy.resync)
    assert.strictEqual(alone(primary("one"), triggered, granted, succeeded(1, 50)).item.dueIn, 50)
    const gone = alone(primary("one"), triggered, granted, primary(undefined), succeeded(1)).item
    assert.isTrue(WorkQueue.isForgettable(gone))
    assert.deepStrictEqual(gone, WorkQueue.unknown)
  })
})
