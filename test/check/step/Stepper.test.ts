import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Hash, Queue, Ref, Schedule, Semaphore, Stream } from "effect"
import * as Clock from "effect/Clock"
import { get, put, run, stepper, type Told, type Toy } from "./Toys.ts"

/** Both times the same: what a program does is decided by its answers. */
const expect = <E>(program: Effect.Effect<unknown, E, Toy>, told: ReadonlyArray<Told>, seen: string) => {
  const by = stepper()
  assert.strictEqual(run(program, told, by), seen)
  assert.strictEqual(run(program, told, by), seen)
  assert.deepStrictEqual(by.leaks, [])
}

const unbounded = { concurrency: "unbounded" } as const

describe("a program is stepped as it is", () => {
  it("typed failures are answers", () => {
    const program = get("a").pipe(Effect.catch(() => get("b")))
    expect(program, [], "0:a")
    expect(program, [[0, "gone"]], "1:b")
    expect(
      program,
      [
        [0, "gone"],
        [1, 7]
      ],
      "=7"
    )
  })

  it("calls of several fibers are open at once, and answered in any order", () => {
    const program = Effect.all([Effect.flatMap(get("a"), () => get("a2")), get("b")], unbounded)
    expect(program, [], "0:a 1:b")
    expect(program, [[1, 1]], "0:a")
    expect(program, [[0, 0]], "1:b 2:a2")
    expect(
      program,
      [
        [1, 1],
        [0, 0],
        [2, 2]
      ],
      "=[2,1]"
    )
    expect(
      Effect.forEach(["a", "b", "c"], get, unbounded),
      [
        [2, 3],
        [0, 1]
      ],
      "1:b"
    )
  })

  it("a timeout is a timer beside the call; the call that loses is cancelled, and may still land", () => {
    const program = get("a").pipe(
      Effect.timeout("5 seconds"),
      Effect.catchTag("TimeoutError", () => get("late"))
    )
    expect(program, [], "0:a 1:sleep5000")
    expect(program, [{ elapsed: 5000 }], "x0:a 2:late")
    expect(program, [{ elapsed: 4999 }], "0:a 1:sleep5000")
    expect(program, [[0, 9]], "=9")
  })

  it("races end with the first answer, and a failure interrupts its siblings", () => {
    expect(Effect.race(get("a"), get("b")), [[1, 1]], "x0:a =1")
    expect(Effect.all([get("a"), get("b")], unbounded), [[1, "gone"]], "x0:a !Error: gone")
  })

  it("retries with a schedule sleep on the checker's clock", () => {
    const schedule = Schedule.exponential("1 second").pipe(Schedule.upTo({ times: 2 }))
    const program = Effect.retry(get("a"), schedule)
    expect(program, [[0, "gone"]], "1:sleep1000")
    expect(program, [[0, "gone"], { elapsed: 1000 }, [2, "gone"]], "3:sleep3000")
    expect(program, [[0, "gone"], { elapsed: 1000 }, [2, "gone"], { elapsed: 2000 }, [4, "gone"]], "!Error: gone")
    expect(Effect.andThen(Effect.sleep("2 seconds"), get("a")), [{ elapsed: 2000 }], "1:a")
  })

  it("timers go off in the order of their deadlines, those that are set meanwhile too", () => {
    const program = Effect.suspend(() => {
      const order: Array<string> = []
      const note = (what: string) => Effect.sync(() => void order.push(what))
      const late = Effect.andThen(Effect.sleep(30), note("late"))
      const early = Effect.andThen(Effect.andThen(Effect.sleep(10), Effect.sleep(10)), note("early"))
      return Effect.as(Effect.all([late, early], unbounded), order)
    })
    expect(program, [{ elapsed: 10 }], "0:sleep30 2:sleep20")
    expect(program, [{ elapsed: 30 }], '=["early","late"]')
  })

  it("the clock says how long it took", () => {
    const program = Effect.gen(function* () {
      const from = yield* Clock.currentTimeMillis
      yield* get("a")
      return (yield* Clock.currentTimeMillis) - from
    })
    expect(program, [{ elapsed: 70 }, [0, 1]], "=70")
  })

  it("what is acquired is released, also on interruption, and never because the checker waits", () => {
    const program = Effect.scoped(
      Effect.andThen(
        Effect.acquireRelease(get("lock"), () => Effect.ignore(put("unlock"))),
        get("work")
      )
    )
    expect(program, [[0, 0]], "1:work")
    expect(
      program,
      [
        [0, 0],
        [1, 5]
      ],
      "2:unlock"
    )
    expect(
      program,
      [
        [0, 0],
        [1, 5],
        [2, 1]
      ],
      "=5"
    )
    expect(Effect.timeoutOption(program, "1 second"), [[0, 0], { elapsed: 1000 }], "x2:work 3:unlock")
  })

  it("nothing in the program can see that it is parked", () => {
    const seen: Array<string> = []
    const note = (what: string) => Effect.sync(() => void seen.push(what))
    const program = get("a").pipe(
      Effect.exit,
      Effect.onExit(() => note("exit")),
      Effect.catchCause(() => note("cause")),
      Effect.ensuring(note("final"))
    )
    expect(program, [], "0:a")
    assert.deepStrictEqual(seen, [])
  })

  it("forks, deferreds, semaphores, queues, refs and streams", () => {
    expect(Effect.andThen(Effect.yieldNow, get("a")), [], "0:a")
    const forked = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(get("back"))
      return (yield* get("front")) + (yield* Fiber.join(fiber))
    })
    expect(forked, [], "0:front 1:back")
    expect(
      forked,
      [
        [1, 2],
        [0, 3]
      ],
      "=5"
    )
    const deferred = Effect.gen(function* () {
      const told = yield* Deferred.make<number>()
      yield* Effect.forkChild(Effect.flatMap(get("a"), (value) => Deferred.succeed(told, value)))
      return yield* Deferred.await(told)
    })
    expect(deferred, [[0, 3]], "=3")
    const exclusive = Effect.gen(function* () {
      const one = yield* Semaphore.make(1)
      return yield* Effect.all([one.withPermits(1)(get("a")), one.withPermits(1)(get("b"))], unbounded)
    })
    expect(exclusive, [], "0:a")
    expect(exclusive, [[0, 1]], "1:b")
    const queued = Effect.gen(function* () {
      const queue = yield* Queue.unbounded<number>()
      const sum = yield* Ref.make(0)
      yield* Effect.forkChild(Effect.flatMap(get("a"), (value) => Queue.offer(queue, value)))
      yield* Ref.set(sum, yield* Queue.take(queue))
      return yield* Ref.get(sum)
    })
    expect(queued, [[0, 4]], "=4")
    const streamed = Stream.fromIterable(["a", "b"]).pipe(Stream.mapEffect(get), Stream.runCollect)
    expect(streamed, [[0, 1]], "1:b")
    expect(
      streamed,
      [
        [0, 1],
        [1, 2]
      ],
      "=[1,2]"
    )
  })

  it("an interrupted fiber stops waiting, an uninterruptible call keeps its fiber", () => {
    const interrupted = Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(get("a"))
      yield* get("b")
      yield* Fiber.interrupt(fiber)
      return yield* get("c")
    })
    expect(interrupted, [], "0:b 1:a")
    expect(interrupted, [[0, 1]], "x1:a 2:c")
    expect(Effect.timeout(Effect.uninterruptible(get("a")), "1 second"), [{ elapsed: 1000 }], "0:a")
  })

  it("spans, logs and traced functions do nothing", () => {
    const traced = Effect.fn("traced")(function* (key: string) {
      yield* Effect.logError("not to be seen")
      yield* Effect.annotateCurrentSpan("key", key)
      return yield* get(key)
    })
    expect(traced("a").pipe(Effect.withSpan("outer"), Effect.annotateLogs({ key: "a" })), [], "0:a")
  })

  it("a defect is how a program ends", () => {
    assert.match(run(Effect.andThen(get("a"), Effect.die("boom")), [[0, 1]]), /^!.*boom/)
  })
})

describe("the fence", () => {
  it("asks for the lease before each write, and refuses without it", () => {
    const fenced = () => stepper({ spans: true })
    const program = Effect.andThen(get("a"), put("b"))
    assert.strictEqual(run(program, [[0, 1]], fenced()), "1:?Authorised")
    assert.strictEqual(
      run(
        program,
        [
          [0, 1],
          [1, true]
        ],
        fenced()
      ),
      "2:b"
    )
    assert.match(
      run(
        program,
        [
          [0, 1],
          [1, false]
        ],
        fenced()
      ),
      /^!.*NotLeader/
    )
    assert.strictEqual(run(program, [[0, 1]]), "1:b")
  })
})

describe("what cannot be checked is said", () => {
  const breaks = (program: Effect.Effect<unknown, unknown, Toy>, sentence: RegExp, told: ReadonlyArray<Told> = []) =>
    assert.match(run(program, told), sentence)

  it("waiting for what is no command", () => {
    breaks(Effect.never, /BREAKS parked on something/)
    breaks(
      Effect.callback(() => {}),
      /BREAKS parked on something/
    )
    breaks(Effect.flatMap(Deferred.make<void>(), Deferred.await), /BREAKS parked on something/)
    breaks(
      Effect.promise(() => Promise.resolve(1)),
      /BREAKS a program used Promise.prototype.then/
    )
  })

  it("an endless loop", () => {
    breaks(Effect.forever(Effect.void), /BREAKS an endless loop: 10000 operations/)
  })

  it("foreign clocks, timers and chance, also where the program hides the error", () => {
    const used = (what: string, use: () => unknown) =>
      breaks(Effect.exit(Effect.sync(use)), new RegExp(`BREAKS a program used ${what}`))
    used("Date.now", () => Date.now())
    used("Date without an argument", () => new Date())
    used("Math.random", () => Math.random())
    used("performance.now", () => performance.now())
    used("setTimeout", () => setTimeout(() => {}, 1))
    used("setInterval", () => setInterval(() => {}, 1))
    used("setImmediate", () => setImmediate(() => {}))
    used("queueMicrotask", () => queueMicrotask(() => {}))
    used("crypto.getRandomValues", () => crypto.getRandomValues(new Uint8Array(1)))
    used("crypto.randomUUID", () => crypto.randomUUID())
    assert.strictEqual(run(Effect.sync(() => new Date(0).getTime() + Date.parse("1970-01-01"))), "=0")
  })

  it("not what Effect itself hashes by identity: a failure, and another one while it is cleaned up", () => {
    const failing = Effect.fn("failing")(function* () {
      yield* get("a")
      return yield* Effect.fail("first")
    })
    const program = Effect.onExit(failing(), () => Effect.fail("second")).pipe(
      Effect.catchCause((cause) => Effect.succeed(cause.reasons.length))
    )
    expect(program, [[0, 1]], "=2")
    expect(
      Effect.sync(() => Hash.hash(() => 1) === Hash.hash(() => 2)),
      [],
      "=true"
    )
  })

  it("the clocks of everybody else are back afterwards", () => {
    run(get("a"))
    assert.isAbove(Date.now(), 0)
    assert.isAbove(new Date().getTime(), 0)
    assert.isAtLeast(Math.random(), 0)
    assert.isTrue(Object.getOwnPropertyDescriptor(performance, "now") === undefined)
  })

  it("a program that asks something else the second time", () => {
    let times = 0
    // Its capability is the stepper's.
    const program = Effect.suspend(() => (times++ === 0 ? get("a") : Effect.succeed(1))) as Effect.Effect<number>
    const by = stepper()
    const { slot } = by.replay(program, []).open[0]!
    const again = by.replay(program, [{ _tag: "Answered", slot, exit: Exit.succeed(1) }])
    assert.match(again.breaks ?? "", /^not deterministic/)
  })

  it.effect("an abandoned program that goes on after its step", () =>
    Effect.gen(function* () {
      let wake: () => void = () => {}
      const foreign = Effect.callback<void>((resume) => {
        wake = () => resume(Effect.void)
      })
      const by = stepper()
      assert.strictEqual(run(Effect.all([Effect.andThen(foreign, get("ghost")), get("a")], unbounded), [], by), "0:a")
      wake()
      assert.strictEqual(by.leaks.length, 1)
      assert.match(by.leaks[0]!, /outside of its step/)
    })
  )
})
