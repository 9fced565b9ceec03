import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Kinds from "../../src/domain/kube/Object.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import * as PodRunner from "../../src/local/PodRunner.ts"
import * as Sandbox from "../../src/local/Sandbox.ts"
import { isReady, type Pod } from "../../src/models/kube/controllers/Shapes.ts"
import * as LocalCluster from "./LocalCluster.ts"

const shell = (script: string) => ["/bin/sh", "-c", script]

/** A pod with a folder at /data, in which the script works and the test looks. */
const pod = (script: string, more: { readonly container?: object; readonly volumes?: ReadonlyArray<object> } = {}) => ({
  spec: {
    volumes: [{ name: "data", emptyDir: {} }, ...(more.volumes ?? [])],
    containers: [
      {
        name: "main",
        image: "machine",
        command: shell(script),
        env: [
          { name: "DATA", value: "/data" },
          { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }
        ],
        volumeMounts: [{ name: "data", mountPath: "/data" }],
        ...more.container
      }
    ]
  }
})

/** Sound: the server decodes what it stores. */
const asPod = (object: KubeObject | undefined): Pod | undefined => object as Pod | undefined

const statusOf = (object: KubeObject | undefined) => {
  const [status] = (asPod(object)?.status?.containerStatuses ?? []) as ReadonlyArray<{
    readonly restartCount: number
    readonly state: { readonly running?: object }
    readonly lastState: { readonly terminated?: { readonly exitCode: number } }
  }>
  return status
}

const isRunning = (object: KubeObject | undefined): boolean => statusOf(object)?.state.running !== undefined

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

const setUp = Effect.gen(function* () {
  const cluster = yield* LocalCluster.make
  const scope = yield* Scope.fork(yield* Effect.scope)
  const runner = yield* Scope.provide(
    PodRunner.make({
      send: cluster.send,
      sandboxes: Sandbox.loopback(67),
      images: (image) => (image === "machine" ? { path: [], env: {} } : undefined),
      folder: cluster.folder,
      node: "test",
      backoffMillis: () => 50
    }),
    scope
  )
  const dataOf = (object: KubeObject, file: string) =>
    join(cluster.folder, "pods", object.metadata.uid ?? "", "data", file)
  return { ...cluster, runner, dataOf, stop: Scope.close(scope, Exit.void) }
})

/** The container's own word that it came so far. */
const appears = (file: string): Effect.Effect<string> =>
  Effect.suspend(() =>
    existsSync(file)
      ? Effect.succeed(readFileSync(file, "utf8").trim())
      : Effect.andThen(Effect.sleep("5 millis"), appears(file))
  )

const stays = "exec sleep 1000"

describe("the pod runner", () => {
  it.live("runs a container at an address of its own, and says ready when its probe does", () =>
    Effect.gen(function* () {
      const { create, dataOf, until } = yield* setUp
      const probe = { exec: { command: ["test", "-f", "/data/well"] }, periodSeconds: 1 }
      const script = `echo "$POD_IP" >"$DATA/.address"; mv "$DATA/.address" "$DATA/address"; ${stays}`
      const created = yield* create(Kinds.Pod, "one", pod(script, { container: { readinessProbe: probe } }))
      const address = yield* appears(dataOf(created, "address"))
      assert.match(address, /^127\.67\./)
      const running = asPod(yield* until(Kinds.Pod, "one", isRunning))!
      assert.strictEqual(running.status?.podIP, address)
      assert.isFalse(isReady(running))
      writeFileSync(dataOf(created, "well"), "")
      yield* until(Kinds.Pod, "one", (object) => object !== undefined && isReady(asPod(object)!))
    }).pipe(Effect.scoped)
  )

  it.live("starts a container again when it ends, on the same folder", () =>
    Effect.gen(function* () {
      const { create, until } = yield* setUp
      yield* create(Kinds.Pod, "one", pod(`[ -f "$DATA/again" ] && ${stays}; touch "$DATA/again"; exit 3`))
      const again = yield* until(
        Kinds.Pod,
        "one",
        (object) => isRunning(object) && statusOf(object)?.restartCount === 1
      )
      assert.strictEqual(statusOf(again)?.lastState.terminated?.exitCode, 3)
    }).pipe(Effect.scoped)
  )

  it.live("kills the main process when it is told to, and the pod goes on with another", () =>
    Effect.gen(function* () {
      const { create, runner, until } = yield* setUp
      yield* create(Kinds.Pod, "one", pod(stays))
      yield* until(Kinds.Pod, "one", isRunning)
      const before = yield* runner.pids
      assert.isTrue(yield* runner.signal("default", "one", "SIGKILL"))
      const after = yield* until(
        Kinds.Pod,
        "one",
        (object) => isRunning(object) && statusOf(object)?.restartCount === 1
      )
      assert.strictEqual(statusOf(after)?.lastState.terminated?.exitCode, 137)
      assert.notDeepEqual(yield* runner.pids, before)
      assert.isFalse(yield* runner.signal("default", "nobody", "SIGKILL"))
    }).pipe(Effect.scoped)
  )

  it.live("asks a container to end, and removes the pod's process and files", () =>
    Effect.gen(function* () {
      const { create, dataOf, remove, runner, until } = yield* setUp
      const created = yield* create(Kinds.Pod, "one", pod(stays))
      yield* until(Kinds.Pod, "one", isRunning)
      const [pid] = yield* runner.pids
      yield* remove(Kinds.Pod, "one", 30)
      yield* until(Kinds.Pod, "one", (object) => object === undefined)
      assert.isFalse(isAlive(pid!))
      while (existsSync(dataOf(created, ""))) yield* Effect.sleep("5 millis")
    }).pipe(Effect.scoped)
  )

  it.live("ends a container that does not want to, when its grace period is over", () =>
    Effect.gen(function* () {
      const { create, dataOf, remove, runner, until } = yield* setUp
      const created = yield* create(Kinds.Pod, "one", pod(`trap '' TERM; touch "$DATA/deaf"; ${stays}`))
      yield* appears(dataOf(created, "deaf"))
      yield* until(Kinds.Pod, "one", isRunning)
      const [pid] = yield* runner.pids
      yield* remove(Kinds.Pod, "one", 30)
      assert.isTrue(isAlive(pid!))
      yield* remove(Kinds.Pod, "one", 1)
      yield* until(Kinds.Pod, "one", (object) => object === undefined)
      assert.isFalse(isAlive(pid!))
    }).pipe(Effect.scoped)
  )

  it.live("waits for a Secret that is missing, and writes its files before it starts", () =>
    Effect.gen(function* () {
      const { create, dataOf, runner, until } = yield* setUp
      const created = yield* create(
        Kinds.Pod,
        "one",
        pod(`cat "$SECRET/word" >"$DATA/.read"; mv "$DATA/.read" "$DATA/read"; ${stays}`, {
          volumes: [{ name: "secret", secret: { secretName: "words" } }],
          container: {
            env: [
              { name: "DATA", value: "/data" },
              { name: "SECRET", value: "/secret" }
            ],
            volumeMounts: [
              { name: "data", mountPath: "/data" },
              { name: "secret", mountPath: "/secret" }
            ]
          }
        })
      )
      // Another pod that came later runs already: this one waits, and is not just slow.
      yield* create(Kinds.Pod, "two", pod(stays))
      yield* until(Kinds.Pod, "two", isRunning)
      assert.strictEqual((yield* runner.pids).length, 1)
      yield* create(Kinds.Secret, "words", { data: { word: btoa("hush") } })
      assert.strictEqual(yield* appears(dataOf(created, "read")), "hush")
      yield* until(Kinds.Pod, "one", isRunning)
    }).pipe(Effect.scoped)
  )

  it.live("leaves no process when it ends, also of a container that does not want to", () =>
    Effect.gen(function* () {
      const { create, dataOf, runner, stop, until } = yield* setUp
      const created = yield* create(Kinds.Pod, "one", pod(`trap '' TERM; touch "$DATA/deaf"; ${stays}`))
      yield* appears(dataOf(created, "deaf"))
      yield* create(Kinds.Pod, "two", pod(stays))
      yield* until(Kinds.Pod, "one", isRunning)
      yield* until(Kinds.Pod, "two", isRunning)
      const pids = yield* runner.pids
      assert.strictEqual(pids.length, 2)
      yield* stop
      assert.deepStrictEqual(pids.filter(isAlive), [])
    }).pipe(Effect.scoped)
  )
})
