/** An embedded world with two nodes whose containers always run, and kubectl on it. */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { type ChildProcess, spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { withNode } from "../../src/interpreters/memory/Cluster.ts"
import { ApiState, drive } from "../../src/interpreters/memory/Kubernetes.ts"
import type { KubeObject } from "../../src/domain/kube/Object.ts"
import * as Embedded from "../../src/local/Embedded.ts"
import { random } from "../../src/local/endpoint/Names.ts"
import { find, missing } from "../../src/local/Servers.ts"
import { all, find as stored } from "../../src/models/kube/api/Store.ts"
import { instant } from "../../src/models/kube/controllers/Containers.ts"
import { kubelet } from "../../src/models/kube/controllers/Kubelet.ts"
import * as Processes from "../servers/Processes.ts"

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Given {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The machine's kubectl; a test without it fails with the line that says how to get it. */
const program = Effect.suspend(() => {
  const found = find("kubectl")
  return found === undefined
    ? Effect.fail(new Processes.ServerError({ server: "kubectl", detail: missing("kubectl") }))
    : Effect.succeed(found)
})

const addressOf = (index: number): string => `127.101.0.${index + 1}`

/** Each pod of a name has the address of its ordinal, wherever it runs. */
const addresses = (_: unknown, pod: KubeObject): string =>
  addressOf(Number(/-(\d+)$/.exec(pod.metadata.name ?? "")?.[1] ?? 99))

const make = Effect.gen(function* () {
  const folder = yield* Processes.folder
  const { command, env } = yield* program
  const embedded = yield* Embedded.make({ kubeconfigPath: join(folder, "kubeconfig") })
  const now = Date.now()
  yield* SubscriptionRef.update(embedded.world, (state) =>
    ["node-a", "node-b"].reduce((next, name, index) => withNode(next, name, index, random(now)), state)
  )
  yield* Effect.forkScoped(
    Effect.provideService(
      drive(Effect.succeed([kubelet({ containers: instant, addresses })])),
      ApiState,
      embedded.world
    )
  )

  const start = (words: ReadonlyArray<string>, given: Given): ChildProcess =>
    spawn(command, ["--kubeconfig", embedded.kubeconfigPath, "--cache-dir", join(folder, "cache"), ...words], {
      env: { ...process.env, ...env, ...given.env, HOME: folder },
      stdio: ["pipe", "pipe", "pipe"]
    })

  /** Runs to its end. Words are split at spaces; those with spaces in them come as a list. */
  const kubectl = (words: string | ReadonlyArray<string>, given: Given = {}): Effect.Effect<Ran> =>
    Effect.callback<Ran>((resume) => {
      const child = start(typeof words === "string" ? words.split(" ") : words, given)
      let [stdout, stderr] = ["", ""]
      child.stdout?.setEncoding("utf8").on("data", (text: string) => void (stdout += text))
      child.stderr?.setEncoding("utf8").on("data", (text: string) => void (stderr += text))
      child.on("close", (code) => resume(Effect.succeed({ code: code ?? -1, stdout, stderr })))
      child.stdin?.end(given.input ?? "")
      return Effect.sync(() => child.kill("SIGKILL"))
    })

  /** Its lines as they come, until the scope closes. */
  const following = (words: string): Effect.Effect<Queue.Dequeue<string>, never, Scope.Scope> =>
    Effect.gen(function* () {
      const lines = yield* Queue.unbounded<string>()
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const child = start(words.split(" "), {})
          let rest = ""
          child.stdout?.setEncoding("utf8").on("data", (text: string) => {
            const parts = (rest + text).split("\n")
            rest = parts.pop()!
            for (const line of parts) Queue.offerUnsafe(lines, line)
          })
          return child
        }),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      return lines
    })

  /** Succeeds, and gives what it printed. */
  const ok = (words: string | ReadonlyArray<string>, given: Given = {}): Effect.Effect<string> =>
    Effect.map(kubectl(words, given), ({ code, stderr, stdout }) => {
      assert.strictEqual(code, 0, `kubectl ${String(words)}: ${stderr}`)
      return stdout
    })

  const script = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o700 })
    return join(folder, name)
  }

  const object = (key: string, path: string) =>
    Effect.map(SubscriptionRef.get(embedded.world), (state) => stored(state, key, path))
  const objects = (key: string) =>
    Effect.map(SubscriptionRef.get(embedded.world), (state) => [...all(state, key).values()])

  return { ...embedded, kubectl, ok, following, script, object, objects }
})

export class World extends Context.Service<World, Effect.Success<typeof make>>()("gungnir/test/local/EndpointWorld") {
  static readonly layer: Layer.Layer<World, Embedded.Failure | Processes.ServerError> = Layer.effect(World, make)
}
