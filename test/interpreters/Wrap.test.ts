import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { Performs } from "../../src/domain/Capability.ts"
import { answer, Cache, type View } from "../../src/domain/kube/Cache.ts"
import { CachedGet, CachedList, type Command, Create, Get, Kubernetes } from "../../src/domain/kube/Kubernetes.ts"
import { ConfigMap, type KubeObject, Lease } from "../../src/domain/kube/Object.ts"
import { ClaimLease } from "../../src/domain/kube/Kubernetes.ts"
import { Leadership } from "../../src/domain/kube/Leadership.ts"
import * as Reflector from "../../src/domain/kube/Reflector.ts"
import * as Selector from "../../src/domain/kube/Selector.ts"
import * as Memory from "../../src/interpreters/memory/Kubernetes.ts"
import { cached } from "../../src/interpreters/wrap/Cached.ts"
import { dryRun } from "../../src/interpreters/wrap/DryRun.ts"
import * as Faults from "../../src/interpreters/wrap/Faults.ts"
import * as Journal from "../../src/interpreters/wrap/Journal.ts"
import * as Stack from "../../src/interpreters/wrap/Stack.ts"

const configMap = (name: string, namespace = "default", labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, labels }
})
const create = (name: string) => new Create({ resource: ConfigMap, object: configMap(name) })
const get = (name: string) => new Get({ resource: ConfigMap, namespace: "default", name })
const cachedGet = (name: string, namespace = "default") => new CachedGet({ resource: ConfigMap, namespace, name })
const claim = new ClaimLease({
  namespace: "default",
  name: "lease",
  holder: "me",
  durationSeconds: 6,
  transitions: 0,
  acquired: true
})

const exists = (kube: Performs<Command>, name: string) =>
  Effect.map(Effect.exit(kube.perform(get(name))), Exit.isSuccess)
const reasonOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>) =>
  Exit.isFailure(exit) && exit.cause.reasons[0]?._tag === "Fail"
    ? "reason" in exit.cause.reasons[0].error
      ? exit.cause.reasons[0].error.reason
      : exit.cause.reasons[0].error._tag
    : undefined

const inMemory = <A, E>(name: string, body: (kube: Performs<Command>) => Effect.Effect<A, E, Memory.ApiState>) =>
  it.effect(name, () => Effect.flatMap(Kubernetes, body).pipe(Effect.provide(Memory.layer)))

const view = (objects: ReadonlyArray<KubeObject>, scope: Partial<Reflector.Scope> = {}, isSynced = true): View => ({
  scope: { resource: ConfigMap, ...scope },
  state: { ...Reflector.start[0], isSynced, objects, version: "7" }
})
const overViews = (kube: Performs<Command>, ...views: ReadonlyArray<View>) =>
  cached((request) => Effect.succeed(answer(views, request)))(kube)

describe("fencing", () => {
  inMemory("refuses writes without the lease, lets reads and the claim through", (kube) =>
    Effect.gen(function* () {
      const holds = yield* Ref.make(false)
      const fenced = Stack.aroundKubernetes({}, Ref.get(holds), () => Effect.succeed(undefined))(kube)
      assert.strictEqual(reasonOf(yield* Effect.exit(fenced.perform(create("a")))), "NotLeader")
      assert.isFalse(yield* exists(fenced, "a"))
      assert.strictEqual((yield* fenced.perform(claim)).kind, "Lease")
      yield* Ref.set(holds, true)
      yield* fenced.perform(create("a"))
      assert.isTrue(yield* exists(fenced, "a"))
    })
  )
})

describe("journal", () => {
  inMemory("a program replayed on its journal ends the same, with no world", (kube) =>
    Effect.gen(function* () {
      const entries = Journal.makeEntries()
      const program = (kube: Performs<Command>) =>
        Effect.gen(function* () {
          const absent = yield* Effect.exit(kube.perform(get("a")))
          yield* Effect.all([kube.perform(create("a")), kube.perform(create("b"))], { concurrency: "unbounded" })
          const again = yield* Effect.exit(kube.perform(get("a")))
          return [reasonOf(absent), Exit.isSuccess(again)]
        })
      const first = yield* program(Journal.journal(entries.write)<Command>(kube))
      const recorded = yield* entries.all
      assert.deepStrictEqual(first, ["NotFound", true])
      assert.deepStrictEqual(yield* program(Journal.replay<Command>(recorded)), first)
      const other = yield* Effect.exit(Journal.replay<Command>(recorded).perform(get("c")))
      assert.isTrue(Exit.hasDies(other))
    })
  )
})

describe("dryRun", () => {
  inMemory("reports the first write and does not send it", (kube) =>
    Effect.gen(function* () {
      const reported: Array<string> = []
      const dry = dryRun((command) => Effect.sync(() => void reported.push(command._tag)))<Command>(kube)
      assert.isFalse(yield* exists(dry, "a"))
      assert.strictEqual(reasonOf(yield* Effect.exit(dry.perform(create("a")))), "NotLeader")
      assert.deepStrictEqual(reported, ["Create"])
      assert.isFalse(yield* exists(kube, "a"))
    })
  )
})

describe("faults", () => {
  const cases: ReadonlyArray<[Faults.Kind, string | undefined, boolean]> = [
    ["NotSent", "Unreachable", false],
    ["AnswerLost", "TimedOut", true],
    ["Twice", undefined, true],
    ["TwiceSecond", "AlreadyExists", true]
  ]
  for (const [kind, answer, lands] of cases) {
    inMemory(
      `${String(kind)}: the program is told ${answer ?? "the first answer"}, the write ${lands ? "lands" : "does not"}`,
      (kube) =>
        Effect.gen(function* () {
          const faulty = Faults.faults([{ tag: "Create", nth: 1, kind }], Faults.kubernetes)<Command>(kube)
          yield* faulty.perform(create("before"))
          assert.strictEqual(reasonOf(yield* Effect.exit(faulty.perform(create("a")))), answer)
          assert.strictEqual(yield* exists(kube, "a"), lands)
          yield* faulty.perform(create("after"))
        })
    )
  }

  inMemory("a delayed command is sent later", (kube) =>
    Effect.gen(function* () {
      const slow = Faults.faults(
        [{ nth: 0, access: "write", kind: { delayMillis: 500 } }],
        Faults.kubernetes
      )<Command>(kube)
      const waiting = yield* Effect.forkChild(slow.perform(create("a")))
      yield* TestClock.adjust(499)
      assert.isFalse(yield* exists(kube, "a"))
      yield* TestClock.adjust(1)
      yield* Fiber.join(waiting)
      assert.isTrue(yield* exists(kube, "a"))
    })
  )
})

describe("cached", () => {
  const held = configMap("a", "default", { role: "x" })
  inMemory("answers from a synced view without asking, also that an object is not there", (kube) =>
    Effect.gen(function* () {
      const from = overViews(kube, view([held]))
      assert.strictEqual((yield* from.perform(cachedGet("a"))).metadata.name, "a")
      yield* kube.perform(create("b"))
      assert.strictEqual(reasonOf(yield* Effect.exit(from.perform(cachedGet("b")))), "NotFound")
      assert.isTrue(yield* exists(from, "b"), "a quorum read asks the server")
    })
  )

  inMemory("asks the server while no view can tell", (kube) =>
    Effect.gen(function* () {
      yield* kube.perform(create("b"))
      const blind = [
        view([held], {}, false),
        view([held], { namespace: "other" }),
        view([held], { labelSelector: "role=x" }),
        view([held], { resource: Lease })
      ]
      for (const one of blind) {
        assert.strictEqual((yield* overViews(kube, one).perform(cachedGet("b"))).metadata.name, "b")
      }
    })
  )

  inMemory("lists what the namespace and the selector name, of whichever view can tell", (kube) =>
    Effect.gen(function* () {
      const objects = [
        configMap("a", "default", { role: "x", tier: "1" }),
        configMap("b", "default", { role: "y" }),
        configMap("c", "default-2", { role: "x" })
      ]
      const list = (selector: string | undefined, ...views: ReadonlyArray<View>) =>
        Effect.map(
          overViews(kube, ...views).perform(
            new CachedList({
              resource: ConfigMap,
              namespace: "default",
              ...(selector === undefined ? {} : { labelSelector: selector })
            })
          ),
          ({ items }) => items.map(({ metadata }) => metadata.name)
        )
      assert.deepStrictEqual(yield* list(undefined, view(objects)), ["a", "b"])
      assert.deepStrictEqual(yield* list("role=x", view(objects)), ["a"])
      assert.deepStrictEqual(yield* list("role in (x,y),!tier", view(objects)), ["b"])
      const narrow = view([objects[0]!], { labelSelector: "role=x" })
      assert.deepStrictEqual(yield* list("role=x", narrow), ["a"])
      assert.deepStrictEqual(yield* list("role=y", narrow), [])
    })
  )
})

describe("selectors", () => {
  const fits = (selector: string, labels: Record<string, string>) => Selector.parse(selector)?.(labels)
  it("mean what the API says", () => {
    const labels = { app: "valkey", tier: "db" }
    for (const selector of ["", "app=valkey", "app==valkey,tier", "app!=redis", "!zone", "app in (a, valkey)"]) {
      assert.isTrue(fits(selector, labels), selector)
    }
    for (const selector of ["app=redis", "app!=valkey", "!app", "zone", "app notin (valkey)", "zone in (a)"]) {
      assert.isFalse(fits(selector, labels), selector)
    }
    assert.isTrue(fits("zone notin (a)", labels))
    for (const selector of ["a b", "=x", "app in x", ","]) assert.isUndefined(fits(selector, labels), selector)
  })
})

describe("Stack", () => {
  const process = (isAuthorised: boolean, views: ReadonlyArray<View>) =>
    Layer.merge(
      Layer.succeed(Cache, { views: Effect.succeed(views), publish: () => Effect.void }),
      Layer.succeed(Leadership, {
        isAuthorised: Effect.succeed(isAuthorised),
        isLeading: Effect.succeed(isAuthorised),
        publish: () => Effect.void,
        acquired: Effect.void,
        lost: Effect.never
      })
    )

  it.effect("journals what programs see: refusals and cached answers too, faults only of what was sent", () => {
    const entries = Journal.makeEntries()
    const options: Stack.Options = {
      spans: true,
      journal: entries.write,
      faults: [{ access: "read", nth: 0, kind: "NotSent" }]
    }
    return Effect.gen(function* () {
      yield* Effect.exit(Kubernetes.perform(create("a")))
      yield* Kubernetes.perform(cachedGet("held"))
      yield* Effect.exit(Kubernetes.perform(get("a")))
      const seen = (yield* entries.all).map(({ command, exit }) => [
        command._tag,
        reasonOf(exit as Exit.Exit<unknown, { readonly _tag: string }>) ?? "ok"
      ])
      assert.deepStrictEqual(seen, [
        ["Create", "NotLeader"],
        ["CachedGet", "ok"],
        ["Get", "Unreachable"]
      ])
    }).pipe(
      Effect.provide(
        Stack.kubernetes(options).pipe(
          Layer.provide(Layer.merge(Memory.layer, process(false, [view([configMap("held")])])))
        )
      )
    )
  })
})
